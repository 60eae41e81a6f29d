"""How a capture sees the network: without a link, on one side, twice, with clocks that leap, cut short."""
import random

import wire
from stage import SECOND, STACKS, Host
from stacks import AGENTS


def raw_link(s):
  """Raw IP has no MACs: addresses are all there is, and none is another."""
  hosts = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}", f"2001:db8::{n:x}") for n in range(1, 6)]
  for h in hosts[1:]:
    s.http(hosts[0], h)
    s.ping(h, hosts[0], h.ip6, hosts[0].ip6)
  s.link = "raw"
  s.count(9)
  for h in hosts[1:]:
    s.together(h.ip, "sw:nginx")
    s.apart(h.ip, h.ip6)
    s.nobody(h.mac)
  s.apart("10.0.0.1", "unique")


def raw_link_and_translator(s):
  server = Host("00:25:90:00:00:fe", "10.0.0.80")
  for n in range(12):
    kind = ("windows", "mac")[n % 2]
    s.http(Host("00:1b:0d:00:00:01", "10.0.0.9", stack=kind, boot=n % 2 * 777), server, agent=AGENTS[kind])
    s.wait(15)
  s.link = "raw"
  s.count(2)
  s.together("10.0.0.9", "several")
  s.lacks("10.0.0.80", "several")


def raw_link_address_reused(s):
  """Without MACs nothing tells who holds an address: one endpoint by the address."""
  c, a = Host("00:25:90:00:00:01", "10.0.0.1"), Host("00:25:90:00:00:0a", "10.0.0.50")
  for server in ("nginx/1.22.1", "lighttpd/1.4.69"):
    s.http(c, a, server=server)
    s.wait(7200)
  s.link = "raw"
  s.count(2)
  s.event("addressMoved", 0, 0)
  s.event("conflict", 0, 0)


def cooked_link(s):
  """Linux cooked frames have the sender's MAC alone: hosts are known by it, a router's guests are not."""
  a, b = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:25:90:00:00:0b", "10.0.0.11")
  r = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  for h in (a, b, r):
    s.arp_announce(h)
  s.http(a, b)
  for n in range(5):
    s.http(a, Host("", f"203.0.113.{n}", via=r, hops=9), server="lighttpd/1.4.69")
  s.link = "cooked"
  s.count(8)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip, "sw:nginx")
  s.together(r.mac, r.ip)
  s.lacks("203.0.113.1", r.mac)


def raw_link_one_sided(s):
  a, b = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:25:90:00:00:0b", "10.0.0.11")
  for _ in range(3):
    s.http(a, b, seen="server")
  s.link = "raw"
  s.count(1)
  s.together(b.ip, "sw:nginx")
  s.nobody(a.ip)


def tagged_and_untagged(s):
  """An access port and the trunk behind it are mirrored together: each frame comes once without and once with its tag."""
  a, b = Host("00:25:90:00:00:0a", "10.0.0.5"), Host("00:25:90:00:00:0b", "10.0.0.6", stack="windows")
  s.arp_pair(a, b)
  s.http(a, b, server="Microsoft-IIS/10.0")
  s.ping(b, a)
  tag = b"\x81\0\0\x0a"
  s.records = [(t + d, f[:12] + tag * bool(d) + f[12:]) for t, f in s.records for d in (0, 9000)]
  s.count(2)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip, "sw:IIS")
  s.holders(a.ip, 1)
  s.event("newEndpoint", 2, 2)
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def priority_tags(s):
  """VLAN 0 is no VLAN (IEEE 802.1Q): a host that marks its urgent frames is one host."""
  for vlans in ([], [0]):
    a, b = Host("00:25:90:00:00:0a", "10.0.0.5", vlans=vlans), Host("00:25:90:00:00:0b", "10.0.0.6", vlans=vlans)
    s.arp_pair(a, b)
    s.http(a, b)
  s.count(2)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip, "sw:nginx")


def both_sides_with_remotes(s):
  """Inside and outside of a router in one mirror: local hosts keep their MACs, remote ones have none."""
  inner, outer = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router"), Host("00:1b:0d:63:c2:27", "198.51.100.2", stack="router")
  isp = Host("00:90:1a:00:00:01", "198.51.100.1", stack="router")
  a = Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_announce(inner)
  s.arp_pair(outer, isp)
  s.arp_announce(a)
  for n in range(6):
    far_in, far_out = Host("", f"203.0.113.{n}", via=inner, hops=9), Host("", f"203.0.113.{n}", via=isp, hops=8)
    s.http(a, far_in, server="lighttpd/1.4.69")
    s.http(Host("", a.ip, via=outer, hops=1), far_out, server="lighttpd/1.4.69")
  s.count(10)
  s.together(a.mac, a.ip)
  for n in range(6):
    s.holders(f"203.0.113.{n}", 1)
    s.lacks(f"203.0.113.{n}", isp.mac)


def a_day_back(s):
  """The clock is set back a day, twice; the hosts are who they were."""
  d, hosts = Host("00:25:90:00:00:fe", "10.0.0.254"), [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in range(10, 14)]
  for _ in range(3):
    s.arp_announce(d)
    for h in hosts:
      s.arp_announce(h)
      s.http(d, h)
    s.wait(1000)
    s.wait(-86400)
  s.count(5)
  for h in hosts:
    s.together(h.mac, h.ip, "sw:nginx")
  s.event("newEndpoint", 5, 5)
  s.event("addressMoved", 0, 0)
  s.event("conflict", 0, 0)


def leap_ahead(s):
  """The clock leaps two days: hosts that go on are the same, and are not said to be new."""
  d, hosts = Host("00:25:90:00:00:fe", "10.0.0.254"), [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in range(10, 14)]
  for _ in range(2):
    s.arp_announce(d)
    for h in hosts:
      s.arp_announce(h)
      s.http(d, h)
    s.wait(2 * 86400)
  s.count(5)
  for h in hosts:
    s.together(h.mac, h.ip, "sw:nginx")
  s.event("newEndpoint", 5, 5)


def cut_short(s):
  """No more than headers are kept: who is who does not need more."""
  a, b = Host("00:25:90:00:00:0a", "10.0.0.5"), Host("00:25:90:00:00:0b", "10.0.0.6")
  r = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  s.arp_pair(a, b)
  s.arp_announce(r)
  s.http(a, b)
  s.http(a, Host("", "203.0.113.9", via=r, hops=9))
  s.snap = 68
  s.count(4)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip)
  s.lacks("203.0.113.9", r.mac)


def noise_among_them(s):
  """Frames of no sense and of unknown kinds from honest MACs: nobody new, nothing lost."""
  r = random.Random(3)
  a, b = Host("00:25:90:00:00:0a", "10.0.0.5"), Host("00:25:90:00:00:0b", "10.0.0.6")
  s.arp_pair(a, b)
  for n in range(300):
    kind = r.choice((0x0800, 0x0806, 0x86DD, 0x9999, 0x88CC))
    s.put(wire.ethernet((a, b)[n % 2].mac, (b, a)[n % 2].mac, kind, bytes(r.randrange(256) for _ in range(r.randrange(60)))))
  s.http(a, b)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip, "sw:nginx")
  s.holders(a.ip, 1)


def scan_by_datagrams(s):
  """UDP and ICMP to thousands that are silent; one refuses, and is there."""
  a, b, r = Host("00:25:90:00:00:0a", "10.1.0.10"), Host("00:25:90:00:00:0b", "10.1.0.20"), Host("00:1b:0d:63:c2:26", "10.1.0.1", stack="router")
  s.arp_pair(a, r)
  s.arp_pair(a, b)
  for n in range(2000):
    target = Host("", f"203.{n >> 8}.{n & 255}.1", via=r)
    s.packet(a, target, 17, wire.udp(40000, 161, b"0"))
    s.ping(a, target)
  s.packet(b, a, 1, b"\x03\x03\0\0\0\0\0\0" + wire.ip(a.ip, b.ip, 17, wire.udp(40000, 161, b"0"))[:28])
  s.count(3)
  s.nobody("203.1.1.1")
  s.together(b.mac, b.ip)


def scanned_from_outside(s):
  """Somebody far away tries a whole network: it is one, who answers is there, the rest is nobody."""
  r = Host("00:1b:0d:63:c2:26", "198.51.100.1", stack="router")
  s.arp_announce(r)
  far = Host("", "203.0.113.66", via=r, hops=12)
  alive = [Host(f"00:25:90:00:00:{n:02x}", f"198.51.100.{n}") for n in (10, 20)]
  for n in range(2, 250):
    s.arp_ask(r, f"198.51.100.{n}")
    s.syn(far, Host("00:25:90:00:00:00", f"198.51.100.{n}"), 22)
  for h in alive:
    s.arp_reply(h, r)
    s.packet(h, far, 6, wire.tcp(22, 40001, 1, 1001, 0x12))
  s.count(4)
  s.nobody("198.51.100.99")
  s.lacks(far.ip, r.mac)
  for h in alive:
    s.together(h.mac, h.ip)


def answers_alone(s):
  """Only what a network's servers send is seen, on its way out: the clients far away are nobody."""
  r = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  servers = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in range(10, 14)]
  for h in servers:
    for n in range(5):
      s.http(Host("", f"203.0.113.{n}", via=r, hops=9), h, seen="server")
  s.count(4)
  for h in servers:
    s.together(h.mac, h.ip, "sw:nginx", "port:80")
  s.nobody("203.0.113.1", r.mac)
