#!/usr/bin/env python3
"""Runs every libFuzzer target of a build for some seconds: run.py BUILD SECONDS. Fails on a finding.

New inputs go to BUILD/corpus/NAME, findings to BUILD/findings; the corpus of the repository is only read.
"""
import os
import subprocess
import sys


def main():
  build, seconds = sys.argv[1], int(sys.argv[2])
  here = os.path.dirname(os.path.abspath(__file__))
  folder = os.path.join(build, "tests", "fuzz")
  targets = sorted(n for n in os.listdir(folder) if n.startswith("fuzz_") and os.access(os.path.join(folder, n), os.X_OK)
                   and os.path.isfile(os.path.join(folder, n))) if os.path.isdir(folder) else []
  if not targets:
    print("no fuzz targets in", folder)
    return 1
  findings = os.path.join(build, "findings", "")
  os.makedirs(findings, exist_ok=True)
  bad = []
  for target in targets:
    name = target[len("fuzz_"):]
    grown = os.path.join(build, "corpus", name)
    os.makedirs(grown, exist_ok=True)
    command = [os.path.join(folder, target), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={findings}{name}-", grown,
               os.path.join(here, "..", "data", "fuzz", name)]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, errors="replace", check=False)
    executed = next((line.split()[-1] for line in run.stdout.splitlines() if "number_of_executed_units" in line), "?")
    print(f"{name:24} {executed:>12} inputs  {'FINDING' if run.returncode else 'nothing found'}", flush=True)
    if run.returncode:
      bad.append(name)
      print("\n".join(run.stdout.splitlines()[-60:]))
  print(f"{len(targets)} targets, {len(bad)} with findings" + (f": {', '.join(bad)} (see {findings})" if bad else ""))
  return 1 if bad else 0


if __name__ == "__main__":
  sys.exit(main())
