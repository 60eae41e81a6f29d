#!/usr/bin/env python3
"""Every scenario, replayed with 1, 2 and 4 workers: the inventory is the same octet for octet, and the truth.

test_scenarios.py ONLOOKER [NAME…]; with --keep FOLDER behind the names the captures stay there.
"""
import os
import sys
import time
from concurrent import futures

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))

import judge
import stage
import tap

import bridges
import carriers
import deputies
import dual
import gates
import kin
import leases
import links
import machines
import malice
import masks
import mixed
import nets
import noise
import odds
import passages
import sharing
import six
import stacks
import swarms
import times
import towns
import tunnels
import views
import wander

PARTS = (links, times, nets, stacks, kin, swarms, gates, machines, six, views, tunnels, malice, odds,
         leases, sharing, wander, dual, masks, noise, mixed, passages, bridges, carriers, deputies, towns)


def scenarios():
  for part in PARTS:
    for name, function in vars(part).items():
      if getattr(function, "__module__", "") == part.__name__ and not name.startswith("_") and callable(function):
        yield f"{part.__name__}/{name}", function


def run(p, paths, options, workers):
  said, words = p.file("said.json"), b""
  for path in paths:
    arguments = ("-r", path, "--workers", workers, "--json", said, *options)
    result, inventory = p.inventory(*arguments, seconds=120, fresh=path == paths[0])
    with open(said, "rb") as f:
      words += f.read()
  return result, inventory, words


def play(name, function, keep):
  """Whether it went as it must, what to say of it, and what was wrong."""
  p = tap.Program(sys.argv[1])
  s = stage.Stage()
  function(s)
  paths = [p.file(f"scenario-{n}.pcap", data) for n, data in enumerate(s.captures())]
  if keep:
    with open(os.path.join(keep, name.replace("/", "-") + ".pcap"), "wb") as f:
      f.write(s.capture())
  problems, inventories, began = [], [], time.monotonic()
  for workers in ("1", "2", "4"):
    result, inventory, said = run(p, paths, s.options, workers)
    if result.status != s.status or not result.clean():
      problems.append(f"with {workers} workers: {result}")
    inventories.append(inventory)
    if workers == "1":
      problems += judge.Verdict(inventory.decode(), said.decode()).problems(s.truth)
  if len(set(inventories)) != 1:
    problems.append("the number of workers changes the inventory")
  if not s.truth:
    problems.append("no truth is told")
  p.folder.cleanup()
  return not problems, f"{name} ({len(s.records)} packets, {time.monotonic() - began:.1f} s)", "\n".join(problems)


def test(t, p):
  words = sys.argv[2:]
  keep = words[words.index("--keep") + 1] if "--keep" in words else None
  wanted = words[:words.index("--keep")] if keep else words
  chosen = [(name, function) for name, function in scenarios() if not wanted or any(w in name for w in wanted)]
  with futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for outcome in pool.map(lambda c: play(*c, keep), chosen):
      t.point(*outcome)


tap.main(test)
