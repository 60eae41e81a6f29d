#!/usr/bin/env python3
"""Broken captures: no crash, no hang, valid JSON, sums that come out, and the same answer with several workers."""
import random

import captures
import tap
from assertions import check, imbalances


def hold(t, p, name, capture):
  path = p.file("hostile.pcap", capture)
  result, stats = p.stats("-r", path, "--json", "hostile.jsonl", "--flows", "hostile.ipfix", "--raw", "--workers", "2",
                          seconds=30)
  problems = [] if result.clean() and result.status in (0, 3) else [str(result)]
  problems += imbalances(stats) if stats else ["no counters"]
  if not problems:
    with open(p.file("hostile.jsonl"), "rb") as f:
      problems += check(f.read())[0]
    one, two = (p.inventory("-r", path, "--workers", n)[1] for n in ("1", "2"))
    if one != two:
      problems.append("one and two workers see different inventories")
  t.point(not problems, name, "\n".join(problems))


def test(t, p):
  frames = captures.unpack(tap.lab_capture())
  for name, capture in captures.hostile(frames, random.Random(20240229)):
    hold(t, p, name, capture)


tap.main(test)
