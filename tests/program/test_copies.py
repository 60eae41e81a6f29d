#!/usr/bin/env python3
"""--dedup: copies of a packet count once, and are told; what only resembles a copy is none."""
import struct

import captures
import tap


def capture(frames):
  """Frames with times in microseconds."""
  return captures.header() + b"".join(struct.pack("<4I", captures.START + us // 1000000, us % 1000000, len(f), len(f)) + f
                                      for us, f in frames)


def numbers(stats):
  return stats["packets"]["decoded"], stats["packets"]["notIp"], stats["flows"]["created"]


def mirrored(t, p):
  """Both sides of a switch: our recording with every frame twice, the second with a tag and a little later."""
  data, at, out = tap.lab_capture(), 24, bytearray(tap.lab_capture()[:24])
  waiting = []
  while at < len(data):
    seconds, us, size, _ = struct.unpack_from("<4I", data, at)
    frame, at = data[at + 16:at + 16 + size], at + 16 + size
    now = seconds * 1000000 + us
    waiting += [(now, frame), (now + 300, frame[:12] + b"\x81\x00\x00\x07" + frame[12:])]
  for now, frame in sorted(waiting, key=lambda w: w[0]):
    out += struct.pack("<4I", now // 1000000, now % 1000000, len(frame), len(frame)) + frame
  plain, twice = p.file("plain.pcap", data), p.file("twice.pcap", bytes(out))
  _, wanted = p.stats("-r", plain, "--json", p.file("plain.jsonl"))
  for workers in ("1", "2", "4"):
    result, stats = p.stats("-r", twice, "--dedup", "5", "--workers", workers, "--json", p.file("twice.jsonl"))
    if not t.point(result.status == 0 and stats, f"{workers} workers: in good order", result):
      continue
    t.equal(numbers(stats), numbers(wanted), f"{workers} workers: packets and flows as without copies")
    t.equal(stats["packets"]["copies"], wanted["packets"]["received"], f"{workers} workers: every copy is counted")
    t.equal(stats["packets"]["filtered"], stats["packets"]["copies"], f"{workers} workers: among the filtered, so that sums come out")
    t.equal(sum(w["copies"] for w in stats["perWorker"]), stats["packets"]["copies"], f"{workers} workers: and by worker")
  _, stats = p.stats("-r", twice, "--json", p.file("twice.jsonl"))
  t.equal(stats["packets"]["decoded"], 2 * wanted["packets"]["decoded"], "without --dedup copies are packets")


def what_is_none(t, p):
  frame = captures.udp_frame(b"hello")
  routed = captures.ethernet(frame[14:22] + bytes([frame[22] - 1]) + frame[23:], source=captures.MAC_B, destination=captures.MAC_A)
  other = captures.udp_frame(b"hullo")
  rows = [("a copy", [(0, frame), (900, frame)], 1), ("one that comes too late", [(0, frame), (1100, frame)], 0),
          ("one of a copy's time", [(0, frame), (900, frame), (1800, frame)], 1), ("one that was routed in between", [(0, frame), (10, routed)], 0),
          ("another payload", [(0, frame), (0, other)], 0), ("padding alone differs", [(0, frame), (5, frame + b"\1\2\3")], 1)]
  for name, frames, copies in rows:
    _, stats = p.stats("-r", p.file("row.pcap", capture(frames)), "--dedup", "1", "--flows-only")
    t.equal((stats["packets"]["copies"], stats["packets"]["decoded"]), (copies, len(frames) - copies), f"--dedup 1: {name}")


def test(t, p):
  mirrored(t, p)
  what_is_none(t, p)
  refused = p.observe("-r", tap.LAB, "--dedup", "0")
  t.point(refused.status == 2 and len(refused.lines) == 1, "no window is refused", refused)


tap.main(test)
