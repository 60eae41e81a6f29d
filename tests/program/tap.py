"""The Test Anything Protocol for whole-program tests, and running the program under test."""
import json
import os
import subprocess
import sys
import tempfile
import traceback

LAB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "lab", "lab.pcap.zst")
SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "ThreadSanitizer")


class Tap:
  """Points are printed as they are made; the plan comes last, so that an early end is a failure."""

  def __init__(self):
    self.count = self.failed = 0

  def point(self, good, name, detail="", directive=""):
    self.count += 1
    self.failed += not good
    print(f"{'ok' if good else 'not ok'} {self.count} - {name.replace('#', ' ')}{directive}", flush=True)
    if not good and detail:
      for line in str(detail).splitlines()[:40]:
        print("#  ", line, flush=True)
    return good

  def equal(self, got, wanted, name):
    return self.point(got == wanted, name, f"got    {got!r}\nwanted {wanted!r}")

  def skip(self, name, why):
    self.point(True, name, directive=f" # SKIP {why}")


class Result:
  """What a run left behind. `status` 124 stands for a run that did not end in time."""

  def __init__(self, status, out, err):
    self.status, self.out, self.err = status, out, err.decode(errors="replace")
    self.lines = [line for line in self.err.splitlines() if line.strip()]

  def clean(self):
    return self.status >= 0 and self.status != 124 and not any(mark in self.err for mark in SANITIZER)

  def __str__(self):
    return f"status {self.status}\n{self.err[-3000:]}"


class Program:
  """The program under test: a folder of its own, runs bounded in time."""

  def __init__(self, path):
    self.path = os.path.abspath(path)
    self.folder = tempfile.TemporaryDirectory(prefix="onlooker-test-")

  def file(self, name, data=None):
    path = os.path.join(self.folder.name, name)
    if data is not None:
      with open(path, "wb") as f:
        f.write(data)
    return path

  def run(self, *arguments, stdin=None, seconds=60):
    source = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
    try:
      done = subprocess.run([self.path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds,
                            check=False, cwd=self.folder.name, **source)
    except subprocess.TimeoutExpired as e:
      return Result(124, e.stdout or b"", (e.stderr or b"") + b"\ndid not end in time")
    return Result(done.returncode, done.stdout, done.stderr)

  def observe(self, *arguments, **options):
    return self.run("observe", *arguments, **options)

  def stats(self, *arguments, **options):
    """(result, counters) of `observe` with the arguments and --stats; counters {} when there are none."""
    path = self.file("stats.json")
    if os.path.exists(path):
      os.remove(path)
    result = self.observe("--stats", path, *arguments, **options)
    try:
      with open(path, encoding="utf-8") as f:
        return result, json.load(f)
    except (OSError, ValueError):
      return result, {}

  def inventory(self, *arguments, fresh=True, **options):
    """(result of observe, bytes of `inventory --json`) of a fresh repository, or of the one that was used last."""
    path = self.file("inventory.db")
    for end in ("", "-wal", "-shm"):
      if fresh and os.path.exists(path + end):
        os.remove(path + end)
    result = self.observe("--repository", "sqlite:" + path, *arguments, **options)
    return result, self.run("inventory", "--json", "--repository", "sqlite:" + path).out


def lab_capture():
  """The bundled recording, unpacked."""
  return subprocess.run(["zstd", "-dcq", LAB], stdout=subprocess.PIPE, check=True).stdout


def main(test):
  """Runs test(tap, program); the program's path is the first argument of the script."""
  tap = Tap()
  program = Program(sys.argv[1])
  try:
    test(tap, program)
  except Exception:  # a test that breaks has failed
    tap.point(False, "the test itself ended early", traceback.format_exc())
  program.folder.cleanup()
  print(f"1..{tap.count}")
