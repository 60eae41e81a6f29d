#!/usr/bin/env python3
"""From the packet to the query: latency.py BUILD [FACTS_A_SECOND [SECONDS]] lets new endpoints appear on a link of its own, a frame each, and
measures how long after each packet's time a query finds what it told: over collector, fabric with CURVE, and SQLite, all as processes.

Prints a row: facts, assertions, percentiles in milliseconds. The status is 1 when one is missing, or the percentiles are above what is
asked for (p50 30 ms, p99 100 ms; ONLOOKER_LATENCY=P50,P99 asks for others). Needs root for the link.
"""
import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
sys.dont_write_bytecode = True
import tap  # noqa: E402  (its folder was just named)
import roles  # noqa: E402

CLONE_NEWNET = 0x40000000
CHANGES = "/notification/repository/change/json/default/"


def frame(number, maker=b"\x00\x1b\x21"):
  """An ARP announcement of an endpoint nobody has seen."""
  mac = maker + struct.pack("!I", number)[1:]
  address = struct.pack("!I", 0x0A000000 + 256 + number)
  return b"\xff" * 6 + mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + address + bytes(6) + address + bytes(18)


def send(name, rate, count):
  """So many frames, evenly; the sender must not be what is measured, so it says how late it was."""
  late = 0
  with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
    s.bind((name, 0))
    begin = time.monotonic()
    for i in range(count):
      wait = begin + i / rate - time.monotonic()
      if wait > 0:
        time.sleep(wait)
      late = max(late, -wait)
      s.send(frame(i))
  return late


def warm_up(name, listener):
  """Until the collector is known to see the link."""
  with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
    s.bind((name, 0))
    for i in range(100):
      s.send(frame(0x400000 + i, b"\x00\x1b\x22"))
      if roles.until(lambda: listener.heard, 0.2):
        return


def seconds_of(text):
  return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()


class Listener(threading.Thread):
  """Hears changes, which are told when they are committed: from then on a query finds them."""

  def __init__(self, site):
    super().__init__(daemon=True)
    self.client, self.heard, self.over = site.client("viewer", "viewer"), [], threading.Event()
    self.client.subscribe(CHANGES)
    self.client.note("subscribed")

  def run(self):
    while not self.over.is_set():
      frames = self.client.hear(0.5)
      if frames:
        self.heard.append((time.time(), frames[2]))


def percentile(values, part):
  return 1000 * values[min(len(values) - 1, int(len(values) * part))]


def measure(p, rate, seconds):
  site = roles.Site(p, "latency")
  for key, role in (("manager", "manager"), ("repository", "repository"), ("collector", "collector"), ("viewer", "viewer"), ("admin", "admin")):
    site.key(key, role)
  subprocess.run(["ip", "link", "add", "seen", "type", "veth", "peer", "name", "sent"], check=True)
  try:
    for name in ("seen", "sent"):
      subprocess.run(["ip", "link", "set", name, "up"], check=True)
    site.fabric()
    site.manager()
    site.repository()
    roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2)
    listener = Listener(site)
    listener.start()
    site.start("collector", "observe", "-i", "seen", "-f", "arp", "--workers", "1", "--publish", site.url, "--key", site.key("collector"),
               "--spool", site.path("spool"), "--stats", site.path("stats"))
    roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 3)
    warm_up("sent", listener)
    late = send("sent", rate, rate * seconds)
    time.sleep(2)
    status = site.kill("collector", signal.SIGTERM)
    listener.over.set()
    listener.join()
    listener.client.close()
    with open(site.path("stats"), encoding="utf-8") as f:
      stats = json.load(f)
    site.stop()
  finally:
    subprocess.run(["ip", "link", "del", "seen"], check=False)
  return listener.heard, stats, late, status, site


def first_seen(heard):
  """(address, seconds from its packet to the commit) of each endpoint's first assertion."""
  out = {}
  for at, payload in heard:
    for line in payload.splitlines():
      a = json.loads(line)
      mac = [d["value"] for d in a["endpoint"].get("designation", []) if d["name"] == "macAddress"]
      if mac and mac[0] not in out:
        out[mac[0]] = at - seconds_of(a["interval"]["start"])
  return out


def report(p, rate, seconds):
  heard, stats, late, status, site = measure(p, rate, seconds)
  delays = first_seen(heard)
  ours = sorted(v for mac, v in delays.items() if mac.startswith("00:1b:21:"))
  wanted = [float(x) for x in os.environ.get("ONLOOKER_LATENCY", "30,100").split(",")]
  p50, p99 = percentile(ours, 0.5), percentile(ours, 0.99)
  print(f"{'facts/s':>8} {'facts':>8} {'found':>8} {'assertions':>10} {'p50 ms':>8} {'p90 ms':>8} {'p99 ms':>8} {'max ms':>8} {'sender late ms':>14}")
  print(f"{rate:8} {rate * seconds:8} {len(ours):8} {stats['assertions']['made']:10} {p50:8.1f} {percentile(ours, 0.9):8.1f} {p99:8.1f}"
        f" {1000 * ours[-1]:8.1f} {1000 * late:14.1f}")
  wrong = [text for good, text in ((len(ours) == rate * seconds, "facts are missing"), (status in (0, 3), f"the collector ended with {status}"),
                                   (p50 < wanted[0], "p50 is above what is asked for"), (p99 < wanted[1], "p99 is above what is asked for"))
           if not good]
  for text in wrong:
    print("#", text, site.said()[-1000:] if "missing" in text else "")
  return 1 if wrong else 0


if __name__ == "__main__":
  if os.geteuid() or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
    print("# needs root for a network of its own")
    sys.exit(77)
  subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
  numbers = [int(x) for x in sys.argv[2:4]] + [1000, 10][len(sys.argv[2:4]):]
  sys.exit(report(tap.Program(os.path.join(os.path.abspath(sys.argv[1]), "onlooker")), *numbers))
