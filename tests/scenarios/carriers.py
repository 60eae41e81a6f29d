"""Addresses inside addresses: transition mechanisms, providers' tunnels, overlays of routers."""
import struct

import craft
import wire
from stacks import CHROME_ANDROID, CHROME_WINDOWS
from stage import Host

EAST, WEST = Host("00:1b:0d:00:00:01", "192.0.2.1", stack="router"), Host("00:1b:0d:00:00:02", "192.0.2.2", stack="router")


def _through(s, a, b, make):
  """Frames go through a tunnel from `a` to `b`, those of hosts in `b`'s hands the other way: `make` wraps (protocol, octets)."""
  plain = s.put

  def put(frame, back=False):
    x, y = (b, a) if back else (a, b)
    protocol, payload = make(frame[14:])
    source, destination = x.address(y), y.address(x)
    plain(wire.ethernet(x.link(), y.link(), wire.ip_kind(source), wire.ip(source, destination, protocol, payload, 64)))
  s.put = put
  return plain


def softwires(s):
  """DS-Lite: two homes with the same private address inside IPv6 to one translator. Nothing on the wire but the tunnel
  tells them apart; whoever 192.168.1.10 is, it is said to be more than one, and neither home's gateway."""
  aftr = Host("00:1b:0d:00:00:99", None, "2001:db8:a::1", stack="router")
  homes = [Host(f"00:1b:0d:00:00:{n:02x}", None, f"2001:db8:b::{n:x}") for n in (1, 2)]
  far = Host("", "203.0.113.80")
  guests = [Host("00:00:00:00:00:00", "192.168.1.10", stack=stack, boot=boot) for stack, boot in (("windows", 0), ("linux", 10**7 + 500))]
  for n in range(6):
    home, a, agent = homes[n % 2], guests[n % 2], (CHROME_WINDOWS, "curl/7.88.1")[n % 2]
    plain = _through(s, home, aftr, lambda ip: (4, ip))
    a.hops = 1
    s.connect(a, Host("00:00:00:00:00:00", far.ip), 80, [(False, f"GET / HTTP/1.1\r\nHost: x.test\r\nUser-Agent: {agent}\r\n\r\n".encode())],
              seen="client")
    s.put = plain
    s.wait(120)
  s.count(3)
  s.together("192.168.1.10", "several")
  s.lacks("2001:db8:b::1", "os:Windows")
  s.lacks("2001:db8:b::2", "192.168.1.10")
  s.nobody("203.0.113.80", "2001:db8:a::1")


def both_sides_of_a_translator(s):
  """NAT64: the host in IPv6 alone, the server in IPv4 alone; the translator's pool address is the translator's guests'."""
  inside, outside = Host("00:1b:0d:00:00:01", None, "fe80::1", stack="router"), Host("00:1b:0d:00:00:02", "198.51.100.1", stack="router")
  a, web = Host("a4:83:e7:00:00:02", None, "2001:db8::7", stack="mac"), Host("00:25:90:00:00:0b", "198.51.100.80")
  s.router_advertise(inside)
  s.advertise(a)
  s.arp_pair(outside, web)
  for _ in range(4):
    s.http(a, Host("", None, "64:ff9b::c633:6450", via=inside), "nginx/1.22.1")
    s.http(Host("", "198.51.100.2", stack="mac", via=outside), web, "nginx/1.22.1")
    s.wait(30)
  s.together(a.mac, "2001:db8::7")
  s.together(web.mac, web.ip, "sw:nginx")
  s.lacks(inside.mac, "64:ff9b::c633:6450")
  s.apart(outside.mac, "198.51.100.2")
  s.together("198.51.100.2", "sw:curl")
  s.apart("2001:db8::7", "198.51.100.2")
  s.count(6)


def prefix_is_delegated(s):
  """A home router gets a prefix (RFC 8415): the prefix is nobody, the router keeps its own address, and those behind it theirs."""
  def option(code, value):
    return struct.pack(">HH", code, len(value)) + value
  isp, cpe = Host("00:1b:0d:00:00:01", None, "fe80::1", stack="router"), Host("c0:25:e9:00:00:01", None, "fe80::c:1")
  s.router_advertise(isp)
  s.advertise(cpe)
  given = "2001:db8:5600::"
  pd = option(25, struct.pack(">III", 1, 1800, 2880) + option(26, struct.pack(">IIB", 3600, 7200, 56) + wire.address(given)))
  na = option(3, struct.pack(">III", 1, 1800, 2880) + option(5, wire.address("2001:db8:1::c") + struct.pack(">II", 3600, 7200)))
  for kind, x, y, extra in ((3, cpe, "ff02::1:2", b""), (7, isp, cpe.ip6, option(2, b"\0\3\0\1" + wire.mac(isp.mac)))):
    body = bytes((kind, 0, 0, 7)) + option(1, b"\0\3\0\1" + wire.mac(cpe.mac)) + extra + na + pd
    ports = (546, 547) if x is cpe else (547, 546)
    s.send(x, "33:33:00:01:00:02" if x is cpe else cpe.mac, 0x86DD, wire.ip(x.ip6, y, 17, wire.udp(*ports, body), 64 if x is isp else 1))
  cpe.ip6 = "2001:db8:1::c"
  far = Host("", None, "2001:db8:ffff::80", via=isp, hops=8)
  s.http(cpe, far, agent="fwupd/1.0")
  for n, stack, agent in ((1, "windows", CHROME_WINDOWS), (2, "android", CHROME_ANDROID)):
    s.http(Host("", None, f"2001:db8:5600::{n:x}a:b", stack=stack, via=cpe), far, "nginx/1.22.1", agent=agent)
  s.count(5)
  s.together(cpe.mac, "2001:db8:1::c", "fe80::c:1")
  s.nobody(given)
  s.together("2001:db8:5600::1a:b", "os:Windows")
  s.together("2001:db8:5600::2a:b", "os:Android")
  s.apart(cpe.mac, "os:Windows")
  s.apart(cpe.mac, "2001:db8:5600::1a:b")


def pods_over_ip_in_ip(s):
  """A cluster's nodes carry their pods' packets to each other in IP: pods are known by address, nodes are not the pods."""
  nodes = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in (1, 2, 3)]
  for n in nodes:
    s.arp_announce(n)
  pods = [Host("00:00:00:00:00:00", f"10.244.{n}.5", boot=n * 10**6) for n in (1, 2, 3)]
  for p in pods:
    p.hops = 1
  for i, j in ((0, 1), (1, 2), (2, 0)):
    plain = s.put

    def put(frame, x=nodes[i], y=nodes[j], pod=pods[i].ip, plain=plain):
      ours = frame[14 + 12:14 + 16] == wire.address(pod)
      p, q = (x, y) if ours else (y, x)
      plain(wire.ethernet(p.mac, q.mac, 0x0800, wire.ip(p.ip, q.ip, 4, frame[14:], 64)))
    s.put = put
    s.http(pods[i], pods[j], f"nginx/1.{20 + j}.0")
    s.put = plain
  for n, node in enumerate(nodes):
    s.ssh(nodes[n - 1], node, n + 1)
    s.together(node.mac, node.ip, f"key:{n + 1}")
    s.lacks(node.mac, "sw:nginx")
    s.together(pods[n].ip, "sw:nginx")
  s.count(6)


def sealed_tunnels(s):
  """IPsec and WireGuard: the ends are there, and what is inside is nobody's business."""
  a, b, r = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("", "203.0.113.5"), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  b.via, b.hops = r, 7
  s.arp_pair(a, r)
  for n in range(20):
    s.packet(a, b, 50, struct.pack(">II", 0x1234, n) + bytes(range(64)))
    s.packet(b, a, 50, struct.pack(">II", 0x4321, n) + bytes(range(64)))
    s.packet(a, b, 17, wire.udp(51820, 51820, b"\4\0\0\0" + struct.pack("<IQ", 7, n) + bytes(range(48))))
    s.packet(b, a, 17, wire.udp(51820, 51820, b"\4\0\0\0" + struct.pack("<IQ", 9, n) + bytes(range(48))))
  s.count(3)
  s.together(a.mac, a.ip)
  s.lacks("203.0.113.5", r.mac)


def routers_overlay(s):
  """LISP (RFC 9300): hosts' packets between two tunnel routers; the hosts are beyond, the routers are themselves."""
  s.arp_pair(EAST, WEST)
  a, b = Host("00:00:00:00:00:00", "10.1.0.5", stack="windows"), Host("00:00:00:00:00:00", "10.2.0.6")
  a.hops = b.hops = 1
  plain = s.put

  def put(frame):
    x, y = (EAST, WEST) if frame[14 + 12:14 + 16] == wire.address(a.ip) else (WEST, EAST)
    inside = wire.udp(61000, 4341, b"\x80\0\0\1\0\0\0\1" + frame[14:])
    plain(wire.ethernet(x.mac, y.mac, 0x0800, wire.ip(x.ip, y.ip, 17, inside, 64)))
  s.put = put
  s.http(a, b, "nginx/1.22.1", agent=CHROME_WINDOWS)
  s.ssh(a, b, 3)
  s.put = plain
  s.count(4)
  s.together("10.1.0.5", "os:Windows")
  s.together("10.2.0.6", "sw:nginx", "key:3")
  s.lacks(EAST.mac, "10.1.0.5")
  s.lacks(WEST.mac, "10.2.0.6")


def tenants_of_a_router_overlay(s):
  """The same with two instances that use the same addresses: the instance tells them apart."""
  for instance, stack, agent in ((7, "windows", CHROME_WINDOWS), (8, "android", CHROME_ANDROID)):
    a, b = Host("00:00:00:00:00:00", "10.1.0.5", stack=stack), Host("00:00:00:00:00:00", "10.2.0.6")
    a.hops = b.hops = 1
    plain = s.put

    def put(frame, source=a.ip, plain=plain, instance=instance):
      x, y = (EAST, WEST) if frame[14 + 12:14 + 16] == wire.address(source) else (WEST, EAST)
      inside = wire.udp(61000, 4341, b"\x88\0\0\1" + struct.pack(">I", instance << 8) + frame[14:])
      plain(wire.ethernet(x.mac, y.mac, 0x0800, wire.ip(x.ip, y.ip, 17, inside, 64)))
    s.put = put
    for _ in range(3):
      s.http(a, b, "nginx/1.22.1", agent=agent)
      s.wait(30)
    s.put = plain
  s.count(6)
  s.together("10.1.0.5", "vni:7", "os:Windows")
  s.together("10.1.0.5", "vni:8", "os:Android")
  s.holders("10.2.0.6", 2)
  s.holders("several", 0)


def relay_agent_tells(s):
  """DHCPv6 through a relay: what clients say of themselves is theirs, wherever the relay's packets come from."""
  d, r = Host("00:25:90:00:00:fe", None, "2001:db8::fe"), Host("00:1b:0d:00:00:01", None, "2001:db8::1", stack="router")
  s.advertise(d)
  s.advertise(r)
  for n in (1, 2):
    client = f"3c:5a:b4:00:00:{n:02x}"
    inner = bytes((3, 0, 0, n)) + struct.pack(">HH", 1, 10) + b"\0\3\0\1" + wire.mac(client) + \
      struct.pack(">HHB", 39, 10 + 0, 0) + wire.dns_name(f"branch-{n}")[:-1]
    relay = bytes((12, 0)) + wire.address("2001:db8:77::1") + wire.address(craft.link_local(client)) + struct.pack(">HH", 9, len(inner)) + inner
    s.packet(r, d, 17, wire.udp(547, 547, relay))
  s.count(2)
  s.lacks(r.mac, "name:branch-1")
  s.lacks(r.mac, "name:branch-2")
  s.nobody("3c:5a:b4:00:00:01", craft.link_local("3c:5a:b4:00:00:01"))
