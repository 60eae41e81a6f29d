#!/usr/bin/env python3
"""What is judged at the end of an epoch is judged alike live and replayed: hosts that quarrel over addresses, let them
go and borrow them speak through a pair of virtual interfaces for a minute and three quarters, in true time, so that one
epoch at least ends meanwhile. The frames are recorded beside it, with the kernel's own times; what is said of the
recording must be what was said live, identifiers, order and times included.

Needs root, tcpreplay and tcpdump; skipped without. Everything it makes is removed.
"""
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))

import stage
import tap
import test_live

SECONDS = 105


def quarrels():
  """A conflict of two at work, an address that moves, one that is borrowed, a lease; a silent stretch."""
  s = stage.Stage()
  host = lambda n, ip, **more: stage.Host(f"00:25:90:00:00:{n:02x}", ip, **more)
  gateway, one, other = host(0xFE, "10.0.0.1"), host(1, "10.0.0.10"), host(2, "10.0.0.10", stack="windows")
  leaves, comes = host(3, "10.0.0.20"), host(4, "10.0.0.20", stack="mac")
  balancer, server = host(5, "10.0.0.30"), host(6, "10.0.0.31")
  for h in (gateway, one, leaves, balancer, server):
    s.arp_announce(h)
    s.http(h, gateway)
  for turn in range(SECONDS // 5):
    began = s.now
    s.http(one, gateway)
    s.http(balancer, gateway)
    if turn > 1:
      s.arp_ask(other, gateway.ip)
      s.http(other, gateway)
      s.http(comes, gateway)
      s.packet(server, gateway, 17, b"\x30\x39\x30\x39\0\x0a\0\0hi", source=balancer.ip)
    if turn == 2:
      s.arp_announce(comes)
    if turn == 12:
      s.lease(host(7, None), gateway, "10.0.0.40", name="guest")
    s.wait(5 - (s.now - began) / stage.SECOND)
  return s


def without_point(said):
  """Assertions but for who observed, and where; live, packets are numbered by their queue."""
  lines = []
  for line in said.splitlines():
    a = json.loads(line)
    if "assertionId" not in a:
      continue
    for attribute in a.get("attributes", []):
      for evidence in attribute.get("evidence", []):
        evidence.pop("source", None)
        evidence.pop("packet", None)
    for member in ("assertionId", "provenanceId", "collectionTimestamp", "basis"):
      a.pop(member, None)
    lines.append(json.dumps(a, sort_keys=True))
  return lines


def recorded_meanwhile(t, p, capture, workers):
  film = p.file("film.pcap")
  said = [p.file(name) for name in ("live.jsonl", "file.jsonl")]
  with test_live.Wire() as wire, test_live.Live(p, "-i", "ol-b0", "--workers", workers, "--json", said[0]) as live:
    with subprocess.Popen([*test_live.INSIDE, "tcpdump", "-i", "ol-b0", "-Q", "in", "-U", "-s", "0", "--time-stamp-precision=nano", "-w", film],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as camera:
      camera.stderr.readline()  # it says that it listens
      time.sleep(0.5)
      wire.replay(capture)
      time.sleep(1)
      camera.terminate()
      camera.communicate()
    result, stats = live.end()
  t.point(result.status == 0 and result.clean(), f"{workers} workers: ends in good order", result)
  replayed, inventory = p.inventory("-r", film, "--json", said[1])
  t.point(replayed.status == 0, f"{workers} workers: the recording can be read", replayed)
  t.point(stats["packets"]["received"] > 500, f"{workers} workers: the frames came")
  texts = []
  for path in said:
    with open(path, encoding="utf-8") as f:
      texts.append(without_point(f.read()))
  kinds = [json.loads(x)["attributes"][0]["value"]["kind"] for x in texts[1] if '"event"' in x]
  t.equal((kinds.count("conflict") > 0, kinds.count("addressMoved") > 0), (True, True), f"{workers} workers: an epoch ended, and something was judged")
  differ = [f"live: {a}\nfile: {b}" for a, b in zip(*texts) if a != b]
  t.point(len(texts[0]) == len(texts[1]) and not differ, f"{workers} workers: said alike, in one order", "\n".join(differ[:3]) or f"{len(texts[0])} and {len(texts[1])} assertions")
  t.equal(test_live.essence(live.inventory()), test_live.essence(inventory), f"{workers} workers: one inventory")


def possible():
  why = test_live.possible()
  return why or (None if shutil.which("tcpdump") else "there is no tcpdump")


def test(t, p):
  why = possible()
  if why:
    t.skip("epochs, live", why)
    return
  capture = p.file("quarrels.pcap", quarrels().capture())
  for workers in ("1", "2"):
    recorded_meanwhile(t, p, capture, workers)


if __name__ == "__main__":
  tap.main(test)
