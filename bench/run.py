#!/usr/bin/env python3
"""Packets per CPU second of Onlooker beside the floor, on the same captures in turn: run.py --build BUILD [FILE…]

Without files the two captures of mkcapture are made (once) in BUILD/bench-out. Each round runs every contestant
once, so that what else the machine does meets all alike; the medians are printed as a table and written as JSON to
BUILD/bench-out/results.json. CPU time is user and system time of the process and all its threads; that of the
floor leaves out touching its table.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = os.path.join(HERE, "..", "tests", "data", "lab", "lab.pcap.zst")
ELSEWHERE = "192.0.2.0/24"  # where nobody of our captures is: inspection is on and has nothing to do
SCALE_FLOWS = (10_000, 100_000, 1_000_000, 10_000_000)
MIX_OCTETS, COLD_PACKETS, COLD_FLOWS, SEED = 500_000_000, 5_000_000, 1_000_000, 42


def measured(command, folder):
  """(CPU seconds, wall seconds, most resident KiB, output) of a run that ended well."""
  with tempfile.TemporaryFile() as out:
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    out.seek(0)
    said = out.read()
  if process.returncode not in (0, 3):
    sys.exit(f"bench: {' '.join(command)}: status {process.returncode}")
  return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss, said


def captures(build):
  """The two captures of our own, made when they are not there."""
  folder = os.path.join(build, "bench-out")
  os.makedirs(folder, exist_ok=True)
  make = os.path.join(build, "bench", "mkcapture")
  lab, mix, cold = (os.path.join(folder, n) for n in ("lab.pcap", f"mix-{MIX_OCTETS}.pcap", f"cold-{COLD_FLOWS}.pcap"))
  with open(lab, "wb") as f:
    subprocess.run(["zstd", "-dcq", LAB], stdout=f, check=True)
  newest = max(os.path.getmtime(p) for p in (make, LAB))
  for path, arguments in ((mix, ["mix", lab, mix + ".new", str(MIX_OCTETS), str(SEED)]),
                          (cold, ["cold", cold + ".new", str(COLD_PACKETS), str(COLD_FLOWS), str(SEED)])):
    if not os.path.exists(path) or os.path.getmtime(path) < newest:
      print("making", path, file=sys.stderr)
      subprocess.run([make, *arguments], check=True)
      os.rename(path + ".new", path)
  return [mix, cold]


class Contestant:
  def __init__(self, name, command, floor=False):
    self.name, self.command, self.is_floor = name, command, floor
    self.rates, self.walls, self.rss, self.notes = [], [], 0, set()

  def run(self, capture, folder, packets):
    """One round; `packets` is what the floor counted. Returns what this one counted."""
    stats = os.path.join(folder, "stats.json")
    command = [a.replace("CAPTURE", capture).replace("OUT", folder).replace("STATS", stats) for a in self.command]
    cpu, wall, rss, said = measured(command, folder)
    self.rss = max(self.rss, rss)
    self.walls.append(wall)
    if self.is_floor:
      counted = json.loads(said)
      cpu, packets = counted["cpuSeconds"], counted["packets"]
    else:
      if not os.path.exists(stats):
        sys.exit(f"bench: {' '.join(command)} wrote no counters")
      with open(stats, encoding="utf-8") as f:
        counted = json.load(f)
      if counted["packets"]["received"] != packets:
        self.notes.add(f"received {counted['packets']['received']} of {packets}")
      lost = sum(sum(part.values()) for part in (counted["packets"]["lost"], counted["flows"]["shed"],
                                                  counted["observations"]["shed"]))
      if lost:
        self.notes.add(f"{lost} shed or lost")
    self.rates.append(packets / max(cpu, 1e-6))
    return packets


def contestants(build):
  onlooker = [os.path.join(build, "onlooker"), "observe", "-r", "CAPTURE", "--stats", "STATS"]
  cores = len(os.sched_getaffinity(0))
  everything = ["--json", "OUT/out.jsonl", "--flows", "OUT/out.ipfix"]
  rows = [Contestant("floor", [os.path.join(build, "bench", "floor"), "CAPTURE"], floor=True),
          Contestant("flows only, 1 worker", onlooker + ["--flows-only", "--flows", "OUT/out.ipfix", "--workers", "1"]),
          Contestant("everything, 1 worker", onlooker + everything + ["--workers", "1"]),
          Contestant("elsewhere, 1 worker", onlooker + everything + ["--local", ELSEWHERE, "--workers", "1"])]
  if cores > 1:
    rows.append(Contestant("flows only, 2 workers", onlooker + ["--flows-only", "--flows", "OUT/out.ipfix", "--workers", "2"]))
    rows.append(Contestant(f"everything, {cores} workers", onlooker + everything + ["--workers", str(cores)]))
  return rows


def race(build, capture, rounds):
  """Rows of results for one capture."""
  rows, packets = contestants(build), 0
  for _ in range(rounds):
    for c in rows:
      with tempfile.TemporaryDirectory(dir=os.path.join(build, "bench-out")) as folder:
        packets = c.run(capture, folder, packets)
  floor = statistics.median(rows[0].rates)
  out = []
  for c in rows:
    rate = statistics.median(c.rates)
    out.append({"capture": os.path.basename(capture), "packets": packets, "octets": os.path.getsize(capture), "contestant": c.name,
                "packetsPerCpuSecond": round(rate), "slowest": round(min(c.rates)), "fastest": round(max(c.rates)),
                "shareOfFloor": round(rate / floor, 4), "wallSeconds": round(statistics.median(c.walls), 3),
                "maxRssMiB": c.rss // 1024, "notes": sorted(c.notes)})
  return out


def scaling(build, flows, rounds):
  """The cost of a packet among so many flows, cold, and what a flow takes: idle ones, made by a packet each and kept to the end."""
  folder = os.path.join(build, "bench-out")
  path = os.path.join(folder, f"scale-{flows}.pcap")
  make = os.path.join(build, "bench", "mkcapture")
  packets = max(2 * flows, 4_000_000)
  if not os.path.exists(path):
    print("making", path, file=sys.stderr)
    subprocess.run([make, "cold", path + ".new", str(packets), str(flows), str(SEED)], check=True)
    os.rename(path + ".new", path)
  costs, memory, stats = [], 0, os.path.join(folder, "scale.json")
  for _ in range(rounds):
    cpu, _, rss, _ = measured([os.path.join(build, "onlooker"), "observe", "-r", path, "--flows-only", "--workers", "1", "--max-flows",
                               str(2 * flows), "--flows", "/dev/null", "--stats", stats], folder)
    costs.append(cpu)
    memory = max(memory, rss)
  with open(stats, encoding="utf-8") as f:
    peak = json.load(f)["flows"]["peak"]
  _, _, empty, _ = measured([os.path.join(build, "onlooker"), "observe", "-r", none(folder), "--flows-only", "--workers", "1", "--flows",
                             "/dev/null"], folder)
  os.unlink(path)
  return {"flows": peak, "packets": packets, "nanosecondsPerPacket": round(statistics.median(costs) / packets * 1e9, 1),
          "maxRssMiB": memory // 1024, "octetsPerFlow": round((memory - empty) * 1024 / peak, 1)}


def none(folder):
  """A capture without packets."""
  path = os.path.join(folder, "none.pcap")
  with open(path, "wb") as f:
    f.write(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
  return path


def start_up(build, rounds):
  """Milliseconds from start to end of observing a capture without packets."""
  with tempfile.TemporaryDirectory() as folder:
    capture = none(folder)
    command = [os.path.join(build, "onlooker"), "observe", "-r", capture, "--json", os.path.join(folder, "none.jsonl")]
    return round(1000 * statistics.median(measured(command, folder)[1] for _ in range(max(rounds, 5))), 1)


def table(rows):
  print(f"{'capture':24} {'contestant':24} {'M packets/CPU s':>16} {'slowest-fastest':>16} {'of the floor':>13} {'wall s':>7} {'MiB':>6}")
  for r in rows:
    span = f"{r['slowest'] / 1e6:.2f}-{r['fastest'] / 1e6:.2f}"
    print(f"{r['capture'][:24]:24} {r['contestant']:24} {r['packetsPerCpuSecond'] / 1e6:16.2f} {span:>16} {r['shareOfFloor']:12.1%} "
          f"{r['wallSeconds']:7.2f} {r['maxRssMiB']:6}  {'; '.join(r['notes'])}".rstrip())


def processor():
  with open("/proc/cpuinfo", encoding="utf-8") as f:
    return next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), platform.machine())


def classic(path, folder):
  """The floor reads classic little-endian Ethernet captures; others are refused, packed ones unpacked."""
  for end, command in ((".zst", ["zstd", "-dcq"]), (".gz", ["gzip", "-dc"])):
    if path.endswith(end):
      unpacked = os.path.join(folder, os.path.basename(path)[:-len(end)])
      with open(unpacked, "wb") as f:
        subprocess.run(command + [path], stdout=f, check=True)
      return unpacked
  return os.path.abspath(path)


def main():
  parser = argparse.ArgumentParser(description="packets per CPU second, beside the floor")
  parser.add_argument("files", nargs="*", metavar="FILE", help="captures to use instead of our own")
  parser.add_argument("--build", default="build")
  parser.add_argument("--rounds", type=int, default=5)
  parser.add_argument("--scale", type=int, default=SCALE_FLOWS[-1], help="most flows of the scaling rows (0: none)")
  args = parser.parse_args()
  build = os.path.abspath(args.build)
  scratch = os.path.join(build, "bench-out")
  os.makedirs(scratch, exist_ok=True)
  files = [classic(f, scratch) for f in args.files] or captures(build)
  rows = [row for f in files for row in race(build, f, args.rounds)]
  scales = [scaling(build, n, min(args.rounds, 3)) for n in SCALE_FLOWS if n <= args.scale and not args.files]
  milliseconds = start_up(build, args.rounds)
  table(rows)
  for s in scales:
    print(f"{s['flows']:>10} flows at once {s['nanosecondsPerPacket']:8.1f} ns a packet {s['octetsPerFlow']:7.1f} octets a flow {s['maxRssMiB']:6} MiB")
  print(f"start-up {milliseconds} ms; median of {args.rounds} rounds; {processor()}, {os.cpu_count()} cores")
  path = os.path.join(scratch, "results.json")
  with open(path, "w", encoding="utf-8") as f:
    json.dump({"processor": processor(), "cores": os.cpu_count(), "kernel": os.uname().release, "rounds": args.rounds,
               "startUpMilliseconds": milliseconds, "scaling": scales, "results": rows}, f, indent=1)
  print("as JSON:", os.path.relpath(path))


if __name__ == "__main__":
  main()
