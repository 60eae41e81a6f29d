#!/usr/bin/env python3
"""Our recording with its datagrams in fragments tells what it tells without, with any number of workers; and so it does
inside tunnels whose own packets come in fragments."""
import json
import random
import struct

import captures
import tap

PIECE = 200  # octets of a fragment: every banner and certificate of the recording is cut


def fragments4(frame, number):
  head, data = frame[14:34], frame[34:]
  total = struct.unpack_from(">H", head, 2)[0] - 20
  data = data[:total]
  for at in range(0, total, PIECE):
    more = 0x2000 if at + PIECE < total else 0
    yield frame[:14] + captures.ipv4(head[9], data[at:at + PIECE], head[12:16], head[16:20], more | at // 8, number, head[8])


def fragments6(frame, number):
  head, data = frame[14:54], frame[54:54 + struct.unpack_from(">H", frame, 18)[0]]
  for at in range(0, len(data), PIECE):
    piece = data[at:at + PIECE]
    more = 1 if at + PIECE < len(data) else 0
    yield frame[:14] + head[:4] + struct.pack(">HBB", 8 + len(piece), 44, head[7]) + head[8:] + \
      struct.pack(">BBHI", head[6], 0, at | more, number) + piece


def vxlan(frame):
  inner = struct.pack(">II", 0x08000000, 42 << 8) + frame
  return 17, struct.pack(">4H", 50000, 4789, 8 + len(inner), 0) + inner


def gre(frame):
  return 47, b"\0\0\x65\x58" + frame


def tunnelled(capture, wrap):
  """The capture inside tunnels between four pairs of addresses, so that few share a worker with what travels in them."""
  out = bytearray(capture[:24])
  for header, frame in captures.records(capture):
    pair = sum(frame[26:34]) % 4
    protocol, data = wrap(frame)
    frame = captures.ethernet(captures.ipv4(protocol, data, bytes((198, 51, 100, pair)), bytes((203, 0, 113, pair))))
    out += header[:8] + 2 * struct.pack("<I", len(frame)) + frame
  return bytes(out)


def fragmented(capture, order, protocols=(6, 17)):
  """The capture with all TCP and UDP longer than a piece in fragments; `order` may change that of a datagram's."""
  out, at, number, cut = bytearray(capture[:24]), 24, 0, 0
  while at < len(capture):
    head, size = capture[at:at + 8], struct.unpack_from("<I", capture, at + 8)[0]
    frame, at = capture[at + 16:at + 16 + size], at + 16 + size
    kind, number, pieces = frame[12:14], number + 1, [frame]
    if kind == b"\x08\x00" and frame[14] == 0x45 and frame[23] in protocols and not struct.unpack_from(">H", frame, 20)[0] & 0x3FFF:
      pieces = list(fragments4(frame, number & 0xFFFF))
    elif kind == b"\x86\xdd" and frame[20] in protocols:
      pieces = list(fragments6(frame, number))
    pieces = order(pieces) if len(pieces) > 1 else [frame]
    cut += len(pieces) if len(pieces) > 1 else 0
    for piece in pieces:
      out += head + struct.pack("<II", len(piece), len(piece)) + piece
  return bytes(out), cut


def tunnel_in_fragments():
  """The recording in VXLAN, long packets in fragments."""
  return fragmented(tunnelled(tap.lab_capture(), vxlan), lambda pieces: pieces, (17,))[0]


def essence(inventory):
  """What was found, without when, how often and by which packet; endpoints by address, for their identifiers hang on times."""
  def things(e, member):
    return sorted(json.dumps(x["value"], sort_keys=True) for x in e[member])
  def names(e):
    return sorted((d["name"], str(d["value"])) for d in e["designation"])
  return sorted((names(e), things(e, "software"), things(e, "services"), things(e, "hardware"))
                for e in map(json.loads, inventory.splitlines()))


def compare(t, p, wanted, name, capture, cut):
  path, first = p.file(f"{name}.pcap", capture), None
  for workers in ("1", "2", "4"):
    result, stats = p.stats("-r", path, "--workers", workers, "--json", p.file("out.jsonl"))
    counted = stats["packets"]["fragments"] if stats else {}
    t.point(result.status == 0 and counted, f"{name}, {workers} workers: in good order", result)
    t.equal(counted.get("frames"), cut, f"{name}, {workers} workers: every fragment is counted")
    t.equal(counted.get("whole"), counted.get("datagrams"), f"{name}, {workers} workers: every datagram came to be whole")
    inventory = p.inventory("-r", path, "--workers", workers)[1]
    first = first or inventory
    t.point(inventory == first, f"{name}, {workers} workers: the same octets")
  got = essence(first)
  t.point(got == wanted, f"{name}: as without fragments",
          "\n".join([f"only here: {x}" for x in got if x not in wanted] + [f"missing: {x}" for x in wanted if x not in got]))


def options_hold_inside(t, p):
  """What is of interest may be inside alone; and copies change nothing, whoever is given them."""
  capture = tunnel_in_fragments()
  once, twice = p.file("once.pcap", capture), bytearray(capture[:24])
  for header, frame in captures.records(capture):
    twice += 2 * (header + frame)
  twice = p.file("twice.pcap", bytes(twice))
  wanted = p.inventory("-r", once, "--local", "10.20.30.0/24", "--workers", "1")[1]
  t.point(wanted.count(b"softwareTitle") > 10, "in VXLAN, with --local: there is something inside")
  for workers in ("1", "2", "4"):
    result, inventory = p.inventory("-r", once, "--local", "10.20.30.0/24", "--workers", workers)
    t.point(result.status == 0 and inventory == wanted, f"in VXLAN, with --local, {workers} workers: the same octets", result)
  pieces = b"".join(header + frame for header, frame in captures.records(capture) if frame[20] & 0x3F or frame[21])
  result = p.observe("-r", p.file("pieces.pcap", capture[:24] + pieces), "--json", p.file("out.jsonl"), "--local", "10.20.30.0/24")
  t.point(result.status == 0 and result.clean(), "with --local, nothing but fragments from elsewhere: in good order", result)
  wanted = essence(p.inventory("-r", once, "--workers", "1")[1])
  for workers in ("1", "2", "4"):
    result, stats = p.stats("-r", twice, "--dedup", "50", "--workers", workers)
    t.equal(stats["packets"]["fragments"]["whole"], stats["packets"]["fragments"]["datagrams"],
            f"copies of fragments, {workers} workers: datagrams are whole, and counted once")
    got = essence(p.inventory("-r", twice, "--dedup", "50", "--workers", workers)[1])
    t.point(got == wanted, f"copies of fragments, {workers} workers: what one copy tells")


def test(t, p):
  capture = tap.lab_capture()
  plain = p.file("plain.pcap", capture)
  wanted = essence(p.inventory("-r", plain)[1])
  compare(t, p, wanted, "in order", *fragmented(capture, lambda pieces: pieces))
  draw = random.Random(1)
  compare(t, p, wanted, "later ones twice", *fragmented(capture, lambda pieces: pieces + pieces[1:]))
  mixed = fragmented(capture, lambda pieces: pieces[:1] + draw.sample(pieces[1:], len(pieces) - 1))
  compare(t, p, wanted, "out of order", *mixed)
  for name, wrap in (("VXLAN", vxlan), ("GRE", gre)):
    inside = tunnelled(capture, wrap)
    wanted = essence(p.inventory("-r", p.file("tunnel.pcap", inside))[1])
    t.point(sum(len(software) for _, software, _, _ in wanted) > 20, f"{name}: there is something inside", wanted)
    compare(t, p, wanted, f"in {name}", *fragmented(inside, lambda pieces: pieces, (17, 47)))
    mixed = fragmented(inside, lambda pieces: pieces[:1] + draw.sample(pieces[1:], len(pieces) - 1), (17, 47))
    compare(t, p, wanted, f"in {name}, out of order", *mixed)
  options_hold_inside(t, p)


if __name__ == "__main__":
  tap.main(test)
