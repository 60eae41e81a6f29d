#!/usr/bin/env python3
"""The inventory is the same, octet for octet, with 1, 2 and 4 workers.

Of our own recording always; of every fortieth capture of ONLOOKER_CORPUS when that is set.
"""
import json
import os

import tap


def compare(t, p, name, path):
  seen = []
  for workers in ("1", "2", "4"):
    result, inventory = p.inventory("-r", path, "--workers", workers)
    if result.status not in (0, 2, 3) or not result.clean():
      t.point(False, f"{name} with {workers} workers", result)
      return
    seen.append((result.status, inventory))
  problems = [] if seen[0] == seen[1] == seen[2] else [f"{len(i)} octets, status {s}" for s, i in seen]
  try:
    endpoints = [json.loads(line)["endpointIdentifier"] for line in seen[0][1].splitlines()]
    if endpoints != sorted(endpoints):
      problems.append("not ordered by endpointIdentifier")
    if path == tap.LAB and not endpoints:
      problems.append("no endpoint found")
  except (ValueError, KeyError, TypeError) as e:
    problems.append(f"no inventory as JSON: {e}")
  t.point(not problems, name, "\n".join(problems))


def corpus(folder):
  found = [os.path.join(base, name) for base, _, names in os.walk(folder) for name in names if ".pcap" in name or ".cap" in name]
  return sorted(found)[::40]


def test(t, p):
  compare(t, p, "lab", tap.LAB)
  folder = os.environ.get("ONLOOKER_CORPUS")
  if not folder:
    t.skip("every fortieth capture of the corpus", "ONLOOKER_CORPUS is not set")
    return
  for path in corpus(folder):
    compare(t, p, os.path.relpath(path, folder), path)


tap.main(test)
