#!/usr/bin/env python3
"""Capturing from DPDK's virtual devices: what the replay of the same recording finds, and one line for every mistake.

Skipped where the build has no DPDK or DPDK cannot start. Without a library the option itself is still answered.
"""
import json
import os
import signal
import struct
import subprocess
import time

import assertions
import captures
import tap
import test_fragments
import test_live

EAL = "--no-huge --no-pci --no-shconf -m 192 --no-telemetry -l 0 --log-level=*:warning "


def split(capture):
  """The capture as two, each flow whole in one of them."""
  header, at, halves = capture[:24], 24, [b"", b""]
  while at < len(capture):
    end = at + 16 + struct.unpack_from("<I", capture, at + 8)[0]
    frame = capture[at + 16:end]
    last = {b"\x08\x00": (29, 33), b"\x86\xdd": (37, 53)}.get(frame[12:14])
    halves[(frame[last[0]] ^ frame[last[1]]) & 1 if last else 0] += capture[at:end]
    at = end
  return [header + half for half in halves]


def known(inventory):
  """What does not depend on time: of each endpoint the designations, software and services."""
  endpoints = []
  for line in inventory.splitlines():
    e = json.loads(line)
    facts = [(d["name"], d["value"]) for d in e["designation"]]
    facts += [(s["value"].get("softwareTitle"), s["value"].get("softwareVersion"), s["value"].get("role")) for s in e["software"]]
    facts += [(test_live.name_in_any_order(s["value"]), s["value"].get("port")) for s in e["services"]]
    endpoints.append(sorted(set(json.dumps(f) for f in facts)))
  return sorted(endpoints)


def replayed(t, p, device, workers, wanted, packets, name):
  counters = p.file("dpdk-stats.json")
  result, inventory = p.inventory("--dpdk", EAL + device, "--idle-exit", "0.5", "--workers", str(workers), "--stats", counters)
  if not t.point(result.status == 0 and result.clean() and not result.lines, f"{name}: ends well and says nothing", result):
    return
  with open(counters, encoding="utf-8") as f:
    counted = json.load(f)["packets"]
  t.equal((counted["received"], counted["lost"]), (packets, {}), f"{name}: every packet, none lost")
  found = known(inventory)
  t.point(found == wanted, f"{name}: the inventory of the file", f"{found}\n{wanted}")


def on_the_wire(t, p, path, wanted):
  """An interface that the kernel drives, polled by DPDK: a pair of virtual ones in a namespace of their own."""
  why = test_live.possible()
  if why:
    t.skip("net_af_packet", why)
    return
  _, counted = p.stats("-r", path, "--workers", "1")
  keys = ("received", "decoded", "bytes", "notIp", "malformed", "lost")
  for queues, workers in ((1, 1), (1, 2), (2, 1), (2, 2), (2, 4)):
    name = f"net_af_packet, queues {queues}, workers {workers}"
    device = f"--vdev=net_af_packet0,iface=ol-b0,qpairs={queues}"
    with test_live.Wire() as wire, test_live.Live(p, "--dpdk", EAL + device, "--workers", str(workers)) as live:
      before = wire.received()
      wire.replay(path, "--multiplier=10")
      passed = wire.received() - before
      time.sleep(0.5)  # what the kernel has counted is on its way through the driver's ring
      result, stats = live.end()
    if not t.point(result.status == 0 and result.clean() and stats, f"{name}: ends in good order on TERM", result):
      continue
    t.equal((stats["packets"]["received"], assertions.imbalances(stats)), (passed, []),
            f"{name}: received is what the kernel counted, and the sums come out")
    t.equal([stats["packets"][k] for k in keys], [counted["packets"][k] for k in keys], f"{name}: packets as in the file")
    found = known(live.inventory())
    t.point(found == wanted, f"{name}: the inventory of the file", f"{found}\n{wanted}")


def two_on_the_wire(t, p, halves, packets, wanted):
  """Both sides of a tap: what one interface has and what the other has make one inventory."""
  if test_live.possible():
    return
  devices = " ".join(f"--vdev=net_af_packet{n},iface=ol-b{n}" for n in (0, 1))
  with test_live.Wire(2) as wire, test_live.Live(p, "--dpdk", EAL + devices, "--workers", "2") as live:
    for n, half in enumerate(halves):
      wire.replay(half, "--multiplier=10", into=n)
    time.sleep(0.5)
    result, stats = live.end()
  if t.point(result.status == 0 and result.clean() and stats, "two net_af_packet ports: end in good order", result):
    t.equal((stats["packets"]["received"], stats["packets"]["lost"]), (packets, {}), "two net_af_packet ports: every packet, none lost")
    t.point(known(live.inventory()) == wanted, "two net_af_packet ports: the inventory of the file")


def nothing_to_take(t, p):
  """A ring that nobody fills: what is in one is told by tests/capture/test_dpdk.c, inside one process."""
  result, c = p.stats("--dpdk", EAL + "--vdev=net_ring0", "--idle-exit", "0.3", "--workers", "2", "--flows-only")
  t.point(result.status == 0 and result.clean() and not result.lines, "net_ring: ends when nothing comes", result)
  t.equal((c.get("packets", {}).get("received"), c.get("packets", {}).get("lost")), (0, {}), "net_ring: nothing came, nothing is lost")


def mistakes(t, p):
  rows = {"an unknown argument": "--bogus", "an open quote": EAL + "--vdev='net_null0", "no port": EAL,
          "no such interface": EAL + "--vdev=net_af_packet0,iface=ol-none",
          "an unknown device": EAL + "--vdev=net_nothing0",
          "no such capture": EAL + "--vdev=net_pcap0,rx_pcap=/nonexistent.pcap",
          "cores that are not there": "-l 4000 --no-huge --no-pci"}
  for name, arguments in rows.items():
    result = p.observe("--dpdk", arguments, "--workers", "1", "--idle-exit", "1")
    good = result.status == 2 and len(result.lines) == 1 and "--dpdk" in result.err and not result.out and result.clean()
    t.point(good, f"{name}: one line and status 2", result)
  result = p.observe("--dpdk", EAL + "--vdev=net_null0", "--workers", "65")
  t.point(result.status == 2 and len(result.lines) == 1 and "65" in result.err, "65 workers: one line and status 2", result)


def stopped(t, p):
  """A device that never ends, until TERM comes: what was taken is accounted for."""
  counters = p.file("null.json")
  with subprocess.Popen([p.path, "observe", "--dpdk", EAL + "--vdev=net_null0,size=64,copy=1", "--workers", "2", "--flows-only",
                         "--stats", counters], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
    time.sleep(4)
    process.send_signal(signal.SIGTERM)
    try:
      _, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
      process.kill()
      t.point(False, "TERM ends a capture")
      return
  t.point(process.returncode in (0, 3), "TERM ends a capture", err.decode(errors="replace"))
  with open(counters, encoding="utf-8") as f:
    c = json.load(f)["packets"]
  t.point(c["received"] > 10000, "packets came", c)
  t.equal(c["received"], c["decoded"] + c["filtered"] + c["notIp"] + sum(c["malformed"].values()), "every packet is accounted for")


def kept_apart(t, p, path):
  """A filter, and frames longer than a buffer."""
  result, c = p.stats("--dpdk", EAL + f"--vdev=net_pcap0,rx_pcap={path}", "--idle-exit", "0.5", "--workers", "2", "--flows-only",
                      "-f", "udp port 53")
  _, wanted = p.stats("-r", path, "--flows-only", "--workers", "1", "-f", "udp port 53")
  wanted, got = wanted.get("packets", {}), c.get("packets", {})
  t.point(result.status == 0 and got.get("filtered") and got == wanted, "a filter takes what it takes from the file", f"{got}\n{wanted}")
  big = p.file("big.pcap", captures.pcap([captures.frame(17, struct.pack(">4H", 9, 9, 8 + n, 0) + bytes(n)) for n in (10, 3000, 8900)]))
  _, c = p.stats("--dpdk", EAL + f"--vdev=net_pcap0,rx_pcap={big}", "--idle-exit", "0.5", "--workers", "1", "--flows-only")
  _, wanted = p.stats("-r", big, "--flows-only", "--workers", "1")
  t.equal(c.get("packets"), wanted.get("packets"), "long frames are put together")


def test(t, p):
  os.environ["XDG_RUNTIME_DIR"] = p.folder.name
  result = p.observe("--dpdk", EAL + "--vdev=net_null0", "--idle-exit", "0.1", "--workers", "1", "-f", "no filter at all")
  t.point(result.status == 2 and len(result.lines) == 1, "a wrong filter, or no DPDK: one line and status 2", result)
  capture = tap.lab_capture()
  path = p.file("lab.pcap", capture)
  result = p.observe("--dpdk", EAL + f"--vdev=net_pcap0,rx_pcap={path}", "--idle-exit", "0.2", "--workers", "1", "--flows-only")
  if result.status == 2:
    t.skip("DPDK", result.lines[0] if result.lines else "it does not start")
    return
  _, counted = p.stats("-r", path, "--workers", "1")
  packets = counted["packets"]["received"]
  wanted = known(p.inventory("-r", path)[1])
  first, second = (p.file(f"half{n}.pcap", half) for n, half in enumerate(split(capture)))
  one = f"--vdev=net_pcap0,rx_pcap={path}"
  queues = f"--vdev=net_pcap0,rx_pcap={first},rx_pcap={second}"
  ports = f"--vdev=net_pcap0,rx_pcap={first} --vdev=net_pcap1,rx_pcap={second}"
  replayed(t, p, one, 1, wanted, packets, "one queue, one worker")
  replayed(t, p, one, 2, wanted, packets, "one queue, two workers")
  replayed(t, p, one, 4, wanted, packets, "one queue, four workers")
  replayed(t, p, queues, 1, wanted, packets, "two queues, one worker")
  replayed(t, p, queues, 2, wanted, packets, "two queues, two workers")
  replayed(t, p, ports, 1, wanted, packets, "two ports, one worker")
  replayed(t, p, ports, 2, wanted, packets, "two ports, two workers")
  tunnel = p.file("tunnel.pcap", test_fragments.tunnel_in_fragments())
  _, counted = p.stats("-r", tunnel, "--workers", "1")
  inside = known(p.inventory("-r", tunnel)[1])
  device = f"--vdev=net_pcap0,rx_pcap={tunnel}"
  replayed(t, p, device, 3, inside, counted["packets"]["received"], "tunnels in fragments, three workers")
  on_the_wire(t, p, path, wanted)
  two_on_the_wire(t, p, (first, second), packets, wanted)
  nothing_to_take(t, p)
  kept_apart(t, p, path)
  stopped(t, p)
  mistakes(t, p)


tap.main(test)
