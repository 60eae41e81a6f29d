#!/usr/bin/env python3
"""A hundred thousand MACs and as many names that nobody has, with room for a fifth: memory stays bounded, what is shed is
counted, and who was there before is who he was.

test_flood.py ONLOOKER
"""
import json
import os
import resource
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "program"))

import judge
import stage
import tap
from stage import Host

MADE_UP = 100_000
ROOM = 20_000
MOST_KIB = 1_500_000  # far less than what all of it would take, far more than what the room for it does


def honest():
  return [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in range(10, 20)]


def speak(s, hosts):
  for h in hosts:
    s.arp_announce(h)
    s.ssh(hosts[0], h, int(h.ip[-2:]))


def macs(s):
  """Every frame from another MAC with another address."""
  for n in range(MADE_UP):
    mac = f"00:{n * 7919 % 251:02x}:{n * 31 % 241:02x}:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"
    s.arp_announce(Host(mac, f"10.{100 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"))


def names(s):
  """One host gives itself another name with every breath."""
  liar = Host("00:25:90:00:00:66", "10.0.0.66")
  for n in range(MADE_UP):
    s.mdns(liar, f"name-{n}.local")


def flood(t, p, made_up):
  s, hosts = stage.Stage(), honest()
  speak(s, hosts)
  made_up(s)
  speak(s, hosts)
  path, seen, db = p.file("flood.pcap", s.capture()), p.file("stats.json"), p.file(made_up.__name__ + ".db")
  result = p.observe("-r", path, "--max-endpoints", str(ROOM), "--stats", seen, "--repository", "sqlite:" + db, seconds=240)
  t.equal(result.status, 3, f"{made_up.__name__}: what is shed shows in the exit status")
  with open(seen, encoding="utf-8") as f:
    text = f.read()
  shed = {k: v for k, v in flat(json.loads(text)) if "shed" in k.lower() and v}
  t.point(bool(shed), f"{made_up.__name__}: … and is counted: {' '.join(f'{k}={v}' for k, v in shed.items())}", text[:2000])
  inventory = p.run("inventory", "--json", "--repository", "sqlite:" + db, seconds=120).out.decode()
  v = judge.Verdict(inventory, "")
  wrong = [w for h in hosts for w in v.problems([("together", h.mac, h.ip, f"key:{int(h.ip[-2:])}"), ("holders", h.mac, 1)])]
  t.point(not wrong, f"{made_up.__name__}: who was there is who he was", "\n".join(wrong))
  t.point(len(v.endpoints) <= ROOM + 1, f"{made_up.__name__}: {len(v.endpoints)} endpoints are no more than there is room for")


def flat(value, name=""):
  if isinstance(value, dict):
    for k, v in value.items():
      yield from flat(v, f"{name}.{k}" if name else k)
  elif isinstance(value, int):
    yield name, value


def test(t, p):
  for made_up in (macs, names):
    flood(t, p, made_up)
  kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
  t.point(kib < MOST_KIB, f"no run took more than {kib // 1024} MiB")


tap.main(test)
