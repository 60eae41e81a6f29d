"""Several systems of one family behind one address, which only clocks, counters and versions tell apart; and who looks so and is one."""
import random

import wire
from stage import MSS, NOP, SACK, WS7, Host, stamp
from stacks import CHROME_ANDROID, CHROME_WINDOWS


def _server(s):
  server = Host("00:25:90:00:00:fe", "10.0.0.80")
  s.arp_announce(server)
  return server


def _inside(nat, stack, boot, **words):
  return Host("", nat.ip, stack=stack, via=nat, hops=1, boot=boot, **words)


def two_linuxes(s):
  """Their timestamps run on two lines."""
  server, nat = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.9")
  s.arp_announce(nat)
  inside = [_inside(nat, "linux", boot) for boot in (1000, 987654321)]
  for n in range(12):
    s.http(inside[n % 2], server)
    s.wait(17)
  s.count(2)
  s.together(nat.mac, nat.ip, "several", "several:2")
  s.lacks(server.mac, "several")


def three_telephones(s):
  """Three Androids of one model far away, in no order."""
  server, r = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_announce(r)
  phones = [Host("", "203.0.113.50", stack="android", via=r, hops=9, boot=b) for b in (5, 400_000_000, 3_000_000_000)]
  for n in (0, 1, 2, 2, 0, 1, 1, 0, 2, 0, 1, 2, 2, 1, 0):
    s.http(phones[n], server, agent=CHROME_ANDROID)
    s.wait(11)
  s.count(3)
  s.together("203.0.113.50", "several:3")


def two_windows(s):
  """No timestamps, but each counts its packets."""
  server, nat = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.9")
  s.arp_announce(nat)
  inside = [_inside(nat, "windows", boot) for boot in (100, 3000)]
  for n in range(20):
    s.http(inside[n % 2], server, agent=CHROME_WINDOWS)
    s.wait(7)
  s.count(2)
  s.together(nat.mac, nat.ip, "several:2")


def two_windows_of_different_age(s):
  """Windows 7 and Windows 10 in turn, by what their browsers say, over one forward proxy's stack."""
  server, nat = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.9")
  s.arp_announce(nat)
  proxy = _inside(nat, "linux", 5)
  for n in range(12):
    s.http(proxy, server, agent=(CHROME_WINDOWS, CHROME_WINDOWS.replace("NT 10.0", "NT 6.1").replace("116", "109"))[n % 2])
    s.wait(20)
  s.count(2)
  s.together(nat.mac, nat.ip, "several")


def one_linux(s):
  """Many connections, one clock; its identifiers begin anywhere."""
  server, a, r = _server(s), Host("00:25:90:00:00:0a", "10.0.0.10"), random.Random(4)
  s.arp_announce(a)
  for n in range(120):
    a.ident = r.randrange(65536)
    s.http(a, server, agent=("curl/7.88.1", "Wget/1.21.3")[n % 2])
    s.wait(r.randrange(1, 40))
  s.count(2)
  s.together(a.mac, a.ip)
  s.lacks(a.mac, "several")


def one_that_makes_its_clock_up(s):
  """A stamp that begins anywhere for each connection, as Macs have it: no line, no crowd."""
  server, a, r = _server(s), Host("00:25:90:00:00:0a", "10.0.0.10", stack="mac"), random.Random(5)
  s.arp_announce(a)
  for n in range(120):
    a.boot, a.ident = r.randrange(1 << 32), 0
    s.http(a, server)
    s.wait(3)
  s.lacks(a.mac, "several")


def one_that_starts_anew(s):
  """A reboot begins another line: one machine after another, never both."""
  server, a = _server(s), Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_announce(a)
  for boot in (7, 2_000_000_000, 900_000_000):
    a.boot, a.ident = boot, boot & 0xFFFF
    for _ in range(8):
      s.http(a, server)
      s.wait(25)
    s.wait(90)
  s.lacks(a.mac, "several")


def one_with_many_peers(s):
  """A Linux begins its clock elsewhere for each destination."""
  a, r = Host("00:25:90:00:00:0a", "10.0.0.10"), random.Random(6)
  s.arp_announce(a)
  peers = [(Host(f"00:25:90:00:01:{n:02x}", f"10.0.0.{n + 80}"), r.randrange(1 << 32), r.randrange(1 << 16)) for n in range(8)]
  for _ in range(12):
    for peer, boot, ident in peers:
      a.boot, a.ident = boot, ident + _ * 9
      s.http(a, peer)
    s.wait(20)
  s.lacks(a.mac, "several")


def one_browser_and_its_parts(s):
  """One Windows with a browser of frozen words, an updater and a second browser's engine is one."""
  server, a = _server(s), Host("00:25:90:00:00:0a", "10.0.0.10", stack="windows")
  s.arp_announce(a)
  agents = (CHROME_WINDOWS, CHROME_WINDOWS + " Edg/116.0.1938.54", "Microsoft-Delivery-Optimization/10.1", "Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.50")
  for n in range(16):
    s.http(a, server, agent=agents[n % 4])
    s.wait(20)
  s.together(a.mac, "os:Windows")
  s.lacks(a.mac, "several")


def scan_from_one(s):
  """nmap's and masscan's segments have stamps and identifiers of their own making."""
  server, a, r = _server(s), Host("00:25:90:00:00:0a", "10.0.0.10"), random.Random(8)
  s.arp_announce(a)
  for n in range(200):
    options = MSS + SACK + stamp(0xFFFFFFFF) + NOP + WS7
    s.packet(a, server, 6, wire.tcp(r.randrange(1024, 65536), n + 1, n, 0, 2, b"", 1024, options))
    s.wait(0.3)
  s.lacks(a.mac, "several")
