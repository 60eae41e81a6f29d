#!/usr/bin/env python3
"""What is said hangs together: whatever was opened is closed once, in the words it was said in; the stream of
assertions is the same with any number of workers; endpoints that are known are not new.

Of our own recording always; of every sixtieth capture of ONLOOKER_CORPUS when that is set.
"""
import json
import os

import tap


HELD = ("macAddress", "ipv4Address", "ipv6Address", "vlanId", "layer2SegmentId", "dot1qCustomerVlanId")


def keys(a):
  """What an assertion says, a piece each: what was opened together need not end together."""
  where = [d["value"] for d in a["endpoint"]["designation"] if d["name"] in HELD]
  return [json.dumps([a["endpoint"].get("endpointIdentifier"), where, t["name"], t.get("value"), a["interval"]["start"]])
          for t in a["attributes"]]


def said(result):
  lines = [json.loads(line) for line in result.out.splitlines()]
  return [a for a in lines if "assertionId" in a]


def problems_of(assertions):
  opened, problems = set(), []
  for a in assertions:
    if a["statementType"] == "Event":
      if a["interval"]["start"] != a["interval"]["end"]:
        problems.append(f"an event that lasts: {a['assertionId']}")
    elif a["interval"]["open"]:
      opened.update(keys(a))
    else:
      problems += [f"closed but never opened: {k[:300]}" for k in keys(a) if k not in opened]
      opened.difference_update(keys(a))
    if a["interval"]["end"] < a["interval"]["start"]:
      problems.append(f"ends before it starts: {a['assertionId']}")
    for t in a["attributes"]:
      if not t["howKnown"] or not 0 < t["confidence"] <= 100:
        problems.append(f"not marked how it is known: {a['assertionId']}")
  return problems + [f"never closed: {k[:300]}" for k in sorted(opened)[:5]]


def hold(t, p, name, path):
  one = p.run("observe", "-r", path, "--workers", "1", "--json", "-")
  three = p.run("observe", "-r", path, "--workers", "3", "--json", "-")
  if not one.clean() or one.status not in (0, 2, 3):
    t.point(False, name, one)
    return
  problems = problems_of(said(one))
  if sorted(one.out.splitlines()[1:]) != sorted(three.out.splitlines()[1:]):
    problems.append("three workers say something else than one")
  t.point(not problems, name, "\n".join(problems))


def events(result, kind):
  return sum(1 for a in said(result) for t in a["attributes"] if t["name"] == "event" and t["value"]["kind"] == kind)


def known_again(t, p):
  repository = "sqlite:" + p.file("known.db")
  first = p.run("observe", "-r", tap.LAB, "--json", "-", "--repository", repository)
  again = p.run("observe", "-r", tap.LAB, "--json", "-", "--repository", repository)
  t.point(events(first, "newEndpoint") > 0, "endpoints are new at first", first)
  t.equal(events(again, "newEndpoint"), 0, "known endpoints are not new")
  ids = [{a["endpoint"].get("endpointIdentifier") for a in said(r)} for r in (first, again)]
  t.equal(ids[0] == ids[1], True, "known endpoints keep their identifiers")


def test(t, p):
  hold(t, p, "lab", tap.LAB)
  known_again(t, p)
  folder = os.environ.get("ONLOOKER_CORPUS")
  if not folder:
    t.skip("every sixtieth capture of the corpus", "ONLOOKER_CORPUS is not set")
    return
  found = [os.path.join(base, name) for base, _, names in os.walk(folder) for name in names if ".pcap" in name]
  for path in sorted(found)[7::60]:
    hold(t, p, os.path.relpath(path, folder), path)


tap.main(test)
