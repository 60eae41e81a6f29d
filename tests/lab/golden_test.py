#!/usr/bin/env python3
"""The bundled recording: its truth is found, nothing else is claimed, and any number of workers says the same."""
import contextlib
import io
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "program")]
import score  # noqa: E402
import tap  # noqa: E402

TRUTH = os.path.join(HERE, "..", "data", "lab", "truth.json")


def judged(*files):
  """(good, report) of the scorer."""
  out, before = io.StringIO(), sys.argv
  sys.argv = ["score.py", TRUTH, *files]
  try:
    with contextlib.redirect_stdout(out):
      return score.main() == 0, out.getvalue()
  finally:
    sys.argv = before


def test(t, p):
  inventories = []
  for workers in ("1", "2", "4"):
    lines = p.file(f"lab{workers}.jsonl")
    result, inventory = p.inventory("-r", tap.LAB, "--workers", workers, "--json", lines)
    if not t.point(result.status == 0 and result.clean() and inventory, f"replayed with {workers} workers", result):
      continue
    good, report = judged(p.file(f"inventory{workers}.json", inventory), lines)
    t.point(good, f"the truth and nothing but the truth, {workers} workers", report)
    for line in report.splitlines()[-1:]:
      print("#", line)
    inventories.append(inventory)
  t.point(len(inventories) == 3 and len(set(inventories)) == 1, "the same inventory with 1, 2 and 4 workers")


tap.main(test)
