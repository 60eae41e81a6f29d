#!/usr/bin/env python3
"""A flood of senders and values nobody has seen before: memory stays within the capacities, what finds no room is
counted under its name, and twice the flood takes about twice the time."""
import struct
import time

import captures
import tap
from assertions import imbalances

PACKETS = 60_000


def dhcp_request(mac, name):
  fixed = struct.pack(">BBBBIHH16x6s10x192x4s", 1, 1, 6, 0, 7, 0, 0, mac, b"\x63\x82\x53\x63")
  options = b"\x35\x01\x03\x0c" + bytes((len(name),)) + name + b"\x37\x04\x01\x03\x06\x0f\xff"
  return (68, 67), fixed + options


def packet(n):
  """The n-th packet of the flood, each from a MAC and an address of its own: a DHCP request, or an HTTP request that
  names a host and an agent of its own."""
  mac = struct.pack(">HI", 0x0200, n + 1)
  source = struct.pack(">BBH", 10, n >> 16 & 0xFF, n & 0xFFFF)
  if n % 3 == 0:
    ports, payload = dhcp_request(mac, b"host-%d" % n)
    data = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    return captures.ethernet(captures.ipv4(17, data, source, b"\xff" * 4), source=mac, destination=b"\xff" * 6)
  head = b"GET / HTTP/1.1\r\nHost: w%d.example.org\r\nUser-Agent: agent%d/1.%d\r\n\r\n" % (n, n, n)
  data = captures.tcp(head, 0x18, 1000, 1, (1024 + n % 60000, 80))
  return captures.ethernet(captures.ipv4(6, data, source), source=mac)


def flood(path, count):
  with open(path, "wb") as f:
    f.write(captures.header())
    for n in range(count):
      f.write(captures.record(packet(n), n // 10))


def run(p, path):
  began = time.monotonic()
  result, stats = p.stats("-r", path, "--json", "/dev/null", "--workers", "2", "--max-endpoints", "10000",
                          "--max-flows", "20000", seconds=120)
  return result, stats, time.monotonic() - began


def test(t, p):
  once, twice = p.file("once.pcap", b""), p.file("twice.pcap", b"")
  flood(once, PACKETS)
  flood(twice, 2 * PACKETS)
  result, stats, seconds = run(p, once)
  _, more, longer = run(p, twice)
  problems = imbalances(stats) + imbalances(more)
  t.point(not problems, "the counters come out", "\n".join(problems))
  t.point(result.status == 3 and len(result.lines) == 1 and "shed" in result.lines[0], "the loss is said in one line", str(result))
  t.point(stats["observations"]["shed"].get("endpointCapacity", 0) > 0, "what found no room is counted by name",
          str(stats["observations"]))
  t.point(stats["endpoints"] <= 10000, "no more endpoints than asked for", str(stats["endpoints"]))
  grown = more["maxRssBytes"] - stats["maxRssBytes"]
  # A sanitizer's allocator keeps some of what is freed; what is not bounded would double.
  t.point(grown < max(48 << 20, stats["maxRssBytes"] // 2), "twice the flood takes no more memory",
          f"{stats['maxRssBytes'] >> 20} MiB, then {more['maxRssBytes'] >> 20} MiB")
  # More things than a worker's caches hold, each seen twice: what makes room in them must not hold the others up.
  both = p.run("observe", "-r", twice, "-r", twice, "--workers", "2", "--json", "/dev/null", seconds=120)
  t.point(both.clean() and both.status in (0, 3), "two workers with full caches do not wait for each other", both)
  t.point(longer < 4 * seconds + 1, "twice the flood takes twice the time", f"{seconds:.2f} s, then {longer:.2f} s")


tap.main(test)
