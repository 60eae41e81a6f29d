"""IPv6: addresses that come and go, neighbour discovery, DHCPv6, tunnels that carry it over IPv4."""
import wire
from stage import Host


def _server(s, ip6="2001:db8:1::1"):
  server = Host("00:25:90:00:00:01", None, ip6)
  s.advertise(server)
  return server


def renumbered(s):
  """The provider gives another prefix: hosts have addresses in both, then in the new one alone."""
  hosts = [Host(f"00:25:90:00:00:{n:02x}") for n in range(10, 15)]
  for prefix in ("2001:db8:1::", "2001:db8:2::", "2001:db8:3::"):
    for n, h in enumerate(hosts):
      h.ip6 = f"{prefix}{0x100 + n:x}"
      s.detect_duplicate(h)
      s.advertise(h)
      s.http(h, hosts[0])
    s.wait(40000)
  s.count(5)
  for n, h in enumerate(hosts):
    s.together(h.mac, *(f"{p}{0x100 + n:x}" for p in ("2001:db8:1::", "2001:db8:2::", "2001:db8:3::")))


def many_prefixes(s):
  """Made of the MAC in six prefixes, neighbour discovery unseen: one host, no router."""
  server = _server(s)
  a = Host("00:25:90:12:34:56")
  for n in range(6):
    a.ip6 = f"2001:db8:{n + 1}:0:225:90ff:fe12:3456"
    s.http(a, server)
  s.count(2)
  for n in range(6):
    s.together(a.mac, f"2001:db8:{n + 1}:0:225:90ff:fe12:3456")


def _dhcp6(kind, xid, *options):
  return bytes((kind,)) + xid.to_bytes(3, "big") + b"".join(c.to_bytes(2, "big") + len(v).to_bytes(2, "big") + v for c, v in options)


def leases_of_version_6(s):
  """DHCPv6: clients ask from their link-local address and are given one."""
  d = Host("00:25:90:00:00:fe", None, "fe80::fe")
  s.advertise(d)
  for n in range(4):
    a = Host(f"3c:5a:b4:00:00:{n:02x}", None, f"fe80::{n + 0x10:x}")
    duid, given = b"\0\4" + bytes((n,)) * 16, f"2001:db8::{n + 0x1000:x}"
    ia = b"\0\0\0\1\0\0\0\0\0\0\0\0" + b"\0\5\0\x18" + wire.address(given) + b"\0\0\x0e\x10\0\0\x0e\x10"
    s.advertise(a)
    asked = _dhcp6(3, n, (1, duid), (3, ia), (39, b"\0" + wire.dns_name(f"six-{n}")[:-1]))
    s.send(a, "33:33:00:01:00:02", 0x86DD, wire.ip(a.ip6, "ff02::1:2", 17, wire.udp(546, 547, asked), 1))
    answer = _dhcp6(7, n, (1, duid), (2, b"\0\3\0\1" + wire.mac(d.mac)), (3, ia))
    s.send(d, a.mac, 0x86DD, wire.ip(d.ip6, a.ip6, 17, wire.udp(547, 546, answer), 64))
    a.ip6 = given
    s.http(a, Host(d.mac, None, "2001:db8::fe"))
    s.together(a.mac, f"fe80::{n + 0x10:x}", given)
  s.count(5)


def link_local_only(s):
  """No router, no server: names and link-local addresses are all there is."""
  hosts = [Host(f"00:25:90:00:00:{n:02x}", None, f"fe80::1:{n:x}") for n in range(1, 6)]
  for h in hosts:
    s.detect_duplicate(h)
    s.mdns(h, f"box-{h.mac[-2:]}.local")
    s.ping(h, hosts[0])
  s.count(5)
  for h in hosts:
    s.together(h.mac, h.ip6, f"name:box-{h.mac[-2:]}.local", "unique")


def same_link_local_address(s):
  """fe80::1 is every router's: one in each VLAN."""
  for vlan in (10, 20, 30):
    r = Host(f"00:1b:0d:00:{vlan:02x}:01", None, "fe80::1", stack="router", vlans=[vlan])
    a = Host(f"00:25:90:00:{vlan:02x}:0a", None, f"2001:db8:{vlan}::a", vlans=[vlan])
    s.router_advertise(r)
    s.advertise(a)
    s.ping(a, r)
    s.together(r.mac, "fe80::1", f"vlan:{vlan}")
  s.holders("fe80::1", 3)
  s.count(6)


def spoofed_advertisements(s):
  """Somebody answers for another's address with the override flag; the holder goes on."""
  a, b, thief = (Host(f"00:25:90:00:00:{n:02x}", None, f"2001:db8::{n:x}") for n in (0x0A, 0x0B, 0x66))
  for h in (a, b, thief):
    s.advertise(h)
  for n in range(30):
    s.advertise(thief, a.ip6)
    s.wait(3)
    s.advertise(a)
    s.http(a, b, server="nginx/1.22.1")
  s.count(3)
  s.together(a.mac, a.ip6)
  s.together(b.mac, b.ip6, "sw:nginx")
  s.event("conflict", 1, 2)
  s.event("addressMoved", 0, 0)


def false_router(s):
  """A host advertises itself as a router, with another's prefix: the true one stays what it is."""
  r, rogue, a = (Host(m, None, i, stack=k) for m, i, k in (("00:1b:0d:63:c2:26", "fe80::1", "router"),
                 ("00:25:90:00:00:66", "fe80::66", "linux"), ("00:25:90:00:00:0a", "fe80::a", "linux")))
  for n in range(5):
    s.router_advertise(r)
    s.router_advertise(rogue)
    s.ping(a, r)
    s.wait(10)
  s.http(a, Host(rogue.mac, None, "fe80::66"), server="nginx/1.22.1")
  s.count(3)
  s.together(r.mac, "fe80::1")
  s.together(rogue.mac, "fe80::66", "sw:nginx")
  s.event("conflict", 0, 0)


def temporary_addresses_asked_for(s):
  """A day of temporary addresses, each announced by the questions it asks of its neighbours."""
  server = _server(s)
  a = Host("00:25:90:12:34:56")
  made = [f"2001:db8:1::{0x2000 + n * 91:x}:{n + 3:x}" for n in range(24)]
  for ip6 in made:
    a.ip6 = ip6
    s.detect_duplicate(a)
    body = b"\x87\0\0\0\0\0\0\0" + wire.address(server.ip6) + b"\1\1" + wire.mac(a.mac)
    s.icmp6(a, "ff02::1:ff00:1", "33:33:ff:00:00:01", body)
    s.http(a, server)
    s.wait(3600)
  s.count(2)
  for ip6 in made:
    s.together(a.mac, ip6, "unique")


def six_to_four(s):
  """6to4: the inner address is made of the outer one; what comes back through the relay is neither."""
  a, r = Host("00:25:90:00:00:0a", "192.0.2.4"), Host("00:1b:0d:63:c2:26", "192.0.2.1", stack="router")
  s.arp_pair(a, r)
  inside, far = "2002:c000:204::1", "2001:db8:9::80"
  for n in range(4):
    out = wire.ip(inside, far, 6, wire.tcp(40000 + n, 80, 1, 0, 2), 64)
    s.send(a, r.mac, 0x0800, wire.ip(a.ip, "192.88.99.1", 41, out, 64))
    back = wire.ip(far, inside, 6, wire.tcp(80, 40000 + n, 1, 2, 0x12), 55)
    s.send(r, a.mac, 0x0800, wire.ip("192.88.99.1", a.ip, 41, back, 60))
  s.together(a.mac, a.ip)
  s.lacks(far, r.mac)
  s.apart(far, "192.88.99.1")
  s.apart(far, a.mac)
  s.holders(inside, 1)
  s.count(4, 5)


def teredo(s):
  """Teredo: IPv6 in UDP through a relay; the client's inner address is its own, the far one nobody's on the link."""
  a, r = Host("00:25:90:00:00:0a", "10.0.0.10", stack="windows"), Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  s.arp_pair(a, r)
  inside, far = "2001:0:5ef5:79fb:0:3f57:f5ff:fff5", "2001:db8:9::80"
  for n in range(4):
    s.packet(a, Host("", "203.0.113.3", via=r, hops=9), 17, wire.udp(51000, 3544, wire.ip(inside, far, 6, wire.tcp(40000 + n, 80, 1, 0, 2), 128)))
    s.packet(Host("", "203.0.113.3", via=r, hops=9), a, 17, wire.udp(3544, 51000, wire.ip(far, inside, 6, wire.tcp(80, 40000 + n, 1, 2, 0x12), 55)))
  s.together(a.mac, a.ip)
  s.lacks("203.0.113.3", r.mac)
  s.apart(far, a.mac)
  s.apart(far, r.mac)
  s.count(3, 5)


def discovery_proxy(s):
  """A router advertises for hosts behind it (RFC 4389): their packets come with a lowered hop limit."""
  r, a = Host("00:1b:0d:63:c2:26", None, "fe80::1", stack="router"), Host("00:25:90:00:00:0a", None, "2001:db8::a")
  s.router_advertise(r)
  s.advertise(a)
  for n in range(0x50, 0x56):
    b = Host("", None, f"2001:db8::{n:x}", via=r, hops=1)
    body = b"\x88\0\0\0\x60\0\0\0" + wire.address(b.ip6) + b"\2\1" + wire.mac(r.mac)
    s.icmp6(r, a.ip6, a.mac, body, "fe80::1")
    s.http(a, b, server=f"nginx/1.{n}.0")
  s.count(8)
  s.together(r.mac, "fe80::1")
  for n in range(0x50, 0x56):
    s.lacks(f"2001:db8::{n:x}", r.mac)


def scan_of_a_network(s):
  """Neighbours are asked for by the thousand; nobody answers but two."""
  a = Host("00:25:90:00:00:0a", None, "2001:db8::a")
  s.advertise(a)
  for n in range(3000):
    body = b"\x87\0\0\0\0\0\0\0" + wire.address(f"2001:db8::{n + 0x1000:x}") + b"\1\1" + wire.mac(a.mac)
    s.icmp6(a, "ff02::1:ff00:1", "33:33:ff:00:00:01", body)
  for n in (1, 2):
    s.advertise(Host(f"00:25:90:00:01:0{n}", None, f"2001:db8::{n + 0x1000:x}"))
  s.count(3)
  s.nobody("2001:db8::1777")


def both_families_after_each_other(s):
  """IPv4 in the morning, IPv6 at noon, both at night: one host, even where only a router's frames are seen of others."""
  r = Host("00:1b:0d:63:c2:26", "10.0.0.1", "fe80::1", stack="router")
  s.arp_announce(r)
  s.router_advertise(r)
  a = Host("00:25:90:00:00:0a", "10.0.0.10")
  s.http(a, Host("", "203.0.113.9", via=r, hops=9))
  s.wait(7200)
  b = Host(a.mac, None, "2001:db8::a")
  s.http(b, Host("", None, "2001:db8:9::9", via=r, hops=9))
  s.wait(7200)
  s.arp_announce(a)
  s.advertise(b)
  s.count(4)
  s.together(a.mac, "10.0.0.10", "2001:db8::a")
  s.together(r.mac, "10.0.0.1", "fe80::1")
  s.apart("203.0.113.9", "2001:db8:9::9")
