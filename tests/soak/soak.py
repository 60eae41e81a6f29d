#!/usr/bin/env python3
"""What takes long: soak.py BUILD [PACKETS] floods, soak.py BUILD live [SECONDS] keeps an interface at the best rate tcpreplay
can make, with 1, 2 and 4 rings.

A flood goes through a pipe into `observe`, with our recording spread over it.

The recording's inventory must come out whole, the counters must add up, and memory must stay below a limit. The status
is 1 when one of it is not so. ./dev soak builds what is needed; with few packets it runs as a test.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "program"))
sys.dont_write_bytecode = True
import tap  # noqa: E402  (its folder was just named)
from assertions import imbalances  # noqa: E402
from test_fragments import essence  # noqa: E402
import test_live  # noqa: E402

FLOODS = ("random", "syn", "fragments", "macs")
MEMORY = 768 << 20  # octets, resident; a sanitizer keeps several times what the program does
OURS = ("--local", "10.20.30.0/24", "--local", "fd5e:1ab0::/32", "--local", "fe80::/10")
CAPACITY = ("--max-flows", "500000", "--max-endpoints", "20000", "--workers", "2")
SECONDS_A_MILLION = 30  # far more than any machine needs


def inventory(program, database):
  return subprocess.run([program, "inventory", "--json", "--repository", "sqlite:" + database], stdout=subprocess.PIPE, check=True).stdout


def memory(build):
  try:
    with open(os.path.join(build, "meson-info", "intro-buildoptions.json"), encoding="utf-8") as f:
      sanitized = any(o["name"] == "b_sanitize" and o["value"] not in ("none", []) for o in json.load(f))
  except OSError:
    sanitized = False
  return 4 * MEMORY if sanitized else MEMORY


def alone(program, lab, folder):
  """What the recording tells without a flood."""
  database = os.path.join(folder, "alone.db")
  subprocess.run([program, "observe", "-r", lab, *OURS, *CAPACITY, "--repository", "sqlite:" + database], check=True)
  return essence(inventory(program, database))


def flood(build, kind, lab, folder, packets, wanted):
  """One row of the table, and what was wrong."""
  program, database, counters = (os.path.join(*p) for p in ((build, "onlooker"), (folder, kind + ".db"), (folder, kind + ".json")))
  began, wrong = time.monotonic(), []
  with subprocess.Popen([os.path.join(build, "bench", "mkcapture"), kind, lab, "-", str(packets), "1"], stdout=subprocess.PIPE) as source:
    run = subprocess.Popen([program, "observe", "-r", "-", *OURS, *CAPACITY, "--repository", "sqlite:" + database, "--stats", counters],
                           stdin=source.stdout, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    source.stdout.close()
    try:
      _, err = run.communicate(timeout=60 + packets * SECONDS_A_MILLION / 1e6)
    except subprocess.TimeoutExpired:
      run.kill()
      source.kill()
      return None, [f"{kind}: did not end in time"]
  seconds = time.monotonic() - began
  if run.returncode not in (0, 3):
    return None, [f"{kind}: status {run.returncode}: {err.decode(errors='replace').strip()[-300:]}"]
  with open(counters, encoding="utf-8") as f:
    stats = json.load(f)
  wrong += [f"{kind}: {line}" for line in imbalances(stats)]
  if stats["packets"]["received"] < packets or stats["packets"]["lost"]:
    wrong.append(f"{kind}: of {packets} packets {stats['packets']['received']} were received, lost {stats['packets']['lost']}")
  if stats["maxRssBytes"] > memory(build):
    wrong.append(f"{kind}: {stats['maxRssBytes'] >> 20} MiB of memory, more than {memory(build) >> 20}")
  found = essence(inventory(program, database))
  wrong += [f"{kind}: missing: {str(e)[:200]}" for e in wanted if e not in found]
  row = (kind, packets / 1e6, seconds, packets / seconds / 1e6, stats["maxRssBytes"] >> 20, stats["flows"]["created"] / 1e6,
         sum(stats["flows"]["shed"].values()) / 1e6, sum(e in found for e in wanted), len(wanted))
  return row, wrong


def live(program, seconds):
  """Every packet the kernel counted was taken, as fast as they come."""
  why, wrong = test_live.possible(), []
  if why:
    print(f"live: skipped, {why}", flush=True)
    return 0
  print("live rings  M packets  seconds   M/s  lost", flush=True)
  p = tap.Program(program)
  capture = p.file("lab.pcap", tap.lab_capture())
  for rings in ("1", "2", "4"):
    with test_live.Wire() as wire, test_live.Live(p, "-i", "ol-b0", "--workers", rings, "--flows-only", "--ring-size", "256") as run:
      before = wire.received()
      wire.replay(capture, "--topspeed", "--preload-pcap", "--loop=0", f"--duration={seconds}")
      result, stats = run.end()
      passed = wire.received() - before
    packets = stats.get("packets", {"received": 0, "lost": {}})
    print("%10s %10.1f %8d %5.2f  %s" % (rings, packets["received"] / 1e6, seconds, packets["received"] / 1e6 / seconds,
                                        packets["lost"] or 0), flush=True)
    if result.status != 0 or packets["received"] != passed or packets["lost"] or not passed:
      wrong.append(f"{rings} rings: status {result.status}, {packets['received']} of {passed} packets, lost {packets['lost']}")
  p.folder.cleanup()
  print("\n".join(wrong) if wrong else "nothing was lost", flush=True)
  return 1 if wrong else 0


def main():
  if sys.argv[2:3] == ["live"]:
    return live(os.path.join(sys.argv[1], "onlooker"), int(sys.argv[3]) if len(sys.argv) > 3 else 60)
  build, packets = os.path.abspath(sys.argv[1]), int(float(sys.argv[2])) if len(sys.argv) > 2 else 50_000_000
  wrong = []
  print("flood       M packets  seconds   M/s   MiB  M flows  M shed  endpoints of ours", flush=True)
  with tempfile.TemporaryDirectory(prefix="onlooker-soak-") as folder:
    lab = os.path.join(folder, "lab.pcap")
    with open(lab, "wb") as f:
      f.write(tap.lab_capture())
    wanted = alone(os.path.join(build, "onlooker"), lab, folder)
    for kind in FLOODS:
      row, problems = flood(build, kind, lab, folder, packets, wanted)
      wrong += problems
      if row:
        print("%-10s %10.1f %8.1f %5.1f %5d %8.2f %7.2f  %d of %d" % row, flush=True)
  print("\n".join(wrong) if wrong else "nothing of ours was lost", flush=True)
  return 1 if wrong or not wanted else 0


sys.exit(main())
