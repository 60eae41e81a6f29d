#!/usr/bin/env python3
"""Instructions per packet, by stage, of Onlooker on a capture: instructions.py ONLOOKER CAPTURE [--everything]

valgrind's callgrind counts them, so the figures hardly depend on the machine and what else it does: a regression shows wherever
it is measured, with the same compiler. A stage is a set of source files; what libraries do on its behalf stands apart.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

# The first that matches a file has it.
STAGES = (("read", r"capture/(file|stream|reader|source|buffers|filter|words)"), ("decode", r"capture/"), ("meter", r"ipfix/(meter|flow_table)|core/hash"),
          ("export", r"ipfix/|export/flow_writer"), ("inspect", r"classify/(inspect|feed|ordering|select|pending|pool|dissect|fingerprint)"),
          ("report", r"classify/(reporter|worker|scope)|core/ring"), ("registry", r"classify/"), ("publish", r"export/"),
          ("other", r"cli/|core/|domain/"))


def count(onlooker, capture, everything):
  """{file: instructions} and the number of packets."""
  with tempfile.TemporaryDirectory() as folder:
    out, stats = os.path.join(folder, "callgrind"), os.path.join(folder, "stats.json")
    what = ["--json", os.path.join(folder, "out.jsonl")] if everything else ["--flows-only"]
    run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out, onlooker, "observe", "-r", capture, "--workers", "1",
                          "--flows", os.path.join(folder, "out.ipfix"), "--stats", stats, *what], capture_output=True, text=True)
    if run.returncode not in (0, 3):
      sys.exit(f"instructions: status {run.returncode}: {run.stderr[-400:]}")
    with open(stats, encoding="utf-8") as f:
      packets = int(re.search(r'"received": (\d+)', f.read()).group(1))
    text = subprocess.run(["callgrind_annotate", "--threshold=100", "--show=Ir", out], capture_output=True, text=True, check=True).stdout
  files = {}
  for line in text.splitlines():
    m = re.match(r"\s*([\d,]+)\s+\([^)]*\)\s+(\S+?):", line)
    if m:
      files[m.group(2)] = files.get(m.group(2), 0) + int(m.group(1).replace(",", ""))
  return files, packets


def main():
  parser = argparse.ArgumentParser(description="instructions per packet by stage")
  parser.add_argument("onlooker")
  parser.add_argument("capture")
  parser.add_argument("--everything", action="store_true", help="inspection and assertions too")
  args = parser.parse_args()
  files, packets = count(args.onlooker, args.capture, args.everything)
  sums = {}
  for name, n in files.items():
    stage = next((s for s, pattern in STAGES if re.search(pattern, name)), "libraries")
    sums[stage] = sums.get(stage, 0) + n
  for stage in [s for s, _ in STAGES] + ["libraries"]:
    print(f"{stage:10} {sums.get(stage, 0) / packets:9.1f}")
  print(f"{'all':10} {sum(sums.values()) / packets:9.1f}   instructions a packet, {packets} packets of {os.path.basename(args.capture)}")


if __name__ == "__main__":
  main()
