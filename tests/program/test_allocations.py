#!/usr/bin/env python3
"""Nothing is allocated for a packet: ten times as many packets of the same flows cost not one allocation more."""
import os
import struct
import subprocess
import sys
import tempfile

import tap

# What depends on where a packet stands in a buffer or how far a thread had come, not on how many packets there are.
SLACK = 16


def capture(path, rounds):
  """A web server and its clients, the same few flows over and over, within the time-outs."""
  with open(path, "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for n in range(rounds):
      for client in range(50):
        for back in (False, True):
          a, b = bytes((10, 0, 0, client + 1)), bytes((10, 0, 1, 1))
          src, dst, sport, dport = (b, a, 80, 40000) if back else (a, b, 40000, 80)
          segment = struct.pack("!HHIIBBHHH", sport, dport, 1000 + n, 1, 5 << 4, 0x10, 65535, 0, 0) + b"x" * 20
          packet = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), n & 0xFFFF, 0, 64, 6, 0) + src + dst + segment
          frame = b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + packet
          f.write(struct.pack("<IIII", 1700000000 + n // 100, n % 100 * 10000 + client * 100, len(frame), len(frame)) + frame)


def count(program, preload, folder, path, options):
  told = os.path.join(folder, "count")
  environment = dict(os.environ, LD_PRELOAD=preload, COUNT_ALLOCATIONS=told)
  run = subprocess.run([program, "observe", "-r", path, "--flows", os.path.join(folder, "out.ipfix"), *options], env=environment,
                       capture_output=True, text=True, check=False)
  if run.returncode or not os.path.exists(told):
    return None, run.stderr
  with open(told, encoding="utf-8") as f:
    return int(f.read()), ""


def main():
  t = tap.Tap()
  program, preload = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
  with open(program, "rb") as f:
    sanitized = b"__asan_init" in (text := f.read()) or b"__tsan_init" in text
  with tempfile.TemporaryDirectory() as folder:
    short, long = os.path.join(folder, "short.pcap"), os.path.join(folder, "long.pcap")
    capture(short, 100)
    capture(long, 1000)
    for options in (["--flows-only", "--workers", "1"], ["--flows-only", "--workers", "2"],
                    ["--workers", "1", "--json", os.path.join(folder, "out.jsonl")]):
      name = " ".join(o for o in options if not o.startswith("/"))
      if sanitized:
        t.skip(name, "a sanitizer has an allocator of its own")
        continue
      few, why = count(program, preload, folder, short, options)
      many, why = count(program, preload, folder, long, options) if few else (None, why)
      t.point(few and many and many <= few + SLACK, f"{name}: no allocation for a packet", f"10,000 packets: {few}, 100,000: {many} {why}")
  print(f"1..{t.count}")
  return t.failed != 0


if __name__ == "__main__":
  sys.exit(main())
