#!/usr/bin/env python3
"""Adds up what meson's tests did, sub-test by sub-test, and says so in one last line.

A test that speaks TAP counts each of its points; one that does not counts once. A test that ended badly although
no point says so (a crash, a sanitizer's finding, a time-out, fewer points than planned) counts as one more failure.
"""
import json
import re
import sys

POINT = re.compile(r"^(not )?ok\b([^#\n]*)(?:#\s*(\w+))?", re.M)
PLAN = re.compile(r"^1\.\.(\d+)", re.M)
GOOD = ("OK", "EXPECTEDFAIL", "SKIP")


def count(test):
  """(passed, failed, skipped) of one test of the log."""
  out = test.get("stdout") or ""
  plan = PLAN.findall(out)
  good = test["result"] in GOOD
  if not plan:
    skipped = test["result"] == "SKIP"
    return int(good and not skipped), int(not good), int(skipped)
  passed = failed = skipped = 0
  for bad, _, directive in POINT.findall(out):
    if directive.upper().startswith("SKIP"):
      skipped += 1
    elif bad and directive.upper() != "TODO":
      failed += 1
    else:
      passed += 1
  if plan == ["0"]:
    skipped += 1
  if not good and not failed:
    failed = 1
  return passed, failed, skipped


def main():
  total = [0, 0, 0]
  try:
    with open(sys.argv[1], encoding="utf-8") as log:
      for line in log:
        test = json.loads(line)
        counts = count(test)
        total = [a + b for a, b in zip(total, counts)]
        if counts[1]:
          print(f"failed: {test['name']} ({counts[1]})")
  except OSError as e:
    print(f"no log of the tests: {e}")
    total[1] = 1
  print("{} passed, {} failed, {} skipped".format(*total))
  return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
  sys.exit(main())
