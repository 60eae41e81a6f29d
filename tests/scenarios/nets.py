"""Networks beside, behind and over one another: VLANs, overlays, routers, silent addresses, names of others."""
import wire
from stage import Host


def overlapping_vlans(s):
  """Two tenants with the same addresses."""
  for vlan in (10, 20):
    a = Host(f"00:25:90:00:{vlan:02x}:01", "192.168.1.1", vlans=[vlan])
    b = Host(f"00:25:90:00:{vlan:02x}:02", "192.168.1.2", vlans=[vlan])
    s.arp_pair(a, b)
    s.http(a, b, server=f"nginx/1.{vlan}.0")
    s.together(a.mac, a.ip, f"vlan:{vlan}")
    s.together(b.mac, b.ip, f"vlan:{vlan}")
  s.holders("192.168.1.1", 2)
  s.count(4)


def overlapping_vlans_without_arp(s):
  for vlan in (10, 20):
    a = Host(f"00:25:90:00:{vlan:02x}:01", "192.168.1.1", vlans=[vlan])
    b = Host(f"00:25:90:00:{vlan:02x}:02", "192.168.1.2", vlans=[vlan])
    s.http(a, b)
  s.count(4)
  s.holders("192.168.1.2", 2)


def overlapping_overlays(s):
  """VXLAN: cloned machines, the same MACs and addresses in two segments; and the tunnel's ends."""
  for vni in (5001, 5002):
    a = Host("52:54:00:00:00:01", "192.168.1.1", vni=vni)
    b = Host("52:54:00:00:00:02", "192.168.1.2", vni=vni)
    s.arp_pair(a, b)
    s.http(a, b, server=f"nginx/1.{vni}.0")
  s.holders("192.168.1.1", 2)
  s.holders("192.168.1.2", 2)
  s.holders("vni:5001", 2)


def overlays_of_switches(s):
  """VXLAN with nothing but ARP and LLDP inside: what is said there holds in its segment, not for the tunnel's ends."""
  for vni, name in ((5001, "leaf-1"), (5002, "leaf-2")):
    a = Host(f"52:54:00:00:{vni - 5000:02x}:01", "192.168.1.1", vni=vni)
    b = Host(f"52:54:00:00:{vni - 5000:02x}:02", "192.168.1.2", vni=vni)
    s.arp_pair(a, b)
    switch = Host(f"00:1b:0d:aa:{vni - 5000:02x}:05", vni=vni)
    s.lldp(switch, f"00:1b:0d:aa:{vni - 5000:02x}:00", "swp1", name)
    s.together(a.mac, a.ip, f"vni:{vni}")
    s.together(b.mac, b.ip, f"vni:{vni}")
    s.together(switch.mac, f"name:{name}", f"vni:{vni}")
    s.lacks("10.255.0.1", f"name:{name}")
  s.holders("192.168.1.1", 2)
  s.count(7)
  s.apart("name:leaf-1", "name:leaf-2")


def stacked_tags(s):
  for inner in (7, 8):
    a = Host(f"00:25:90:00:{inner:02x}:01", "192.168.1.1", vlans=[100, inner])
    b = Host(f"00:25:90:00:{inner:02x}:02", "192.168.1.2", vlans=[100, inner])
    s.arp_pair(a, b)
    s.http(a, b)
  s.count(4)


def routed_between_vlans(s):
  """A trunk is mirrored and one router stands in both VLANs: every packet is seen on both sides of it."""
  r10 = Host("00:1b:0d:63:c2:26", "10.0.10.1", stack="router", vlans=[10])
  r20 = Host("00:1b:0d:63:c2:26", "10.0.20.1", stack="router", vlans=[20])
  a = Host("00:25:90:00:00:0a", "10.0.10.5", vlans=[10])
  b = Host("00:25:90:00:00:0b", "10.0.20.6", vlans=[20])
  s.arp_pair(a, r10)
  s.arp_pair(b, r20)
  a_far = Host("02:00:00:00:00:00", a.ip, via=r20, hops=1, vlans=[20])
  b_far = Host("02:00:00:00:00:00", b.ip, via=r10, hops=1, vlans=[10])
  s.http(a, b_far, server="nginx/1.22.1")
  s.http(a_far, b, server="nginx/1.22.1")
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip, "sw:nginx")
  s.holders(a.ip, 1)
  s.holders(b.ip, 1)
  s.lacks(a.ip, b.ip)


def both_sides_of_a_router(s):
  """Untagged, both sides mirrored into one: the lowered copy is the same host."""
  r = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  s.arp_announce(r)
  a, b = Host("00:25:90:00:00:0a", "10.0.0.5"), Host("00:25:90:00:00:0b", "10.0.1.6")
  a_far, b_far = Host("", a.ip, via=r, hops=1), Host("", b.ip, via=r, hops=1)
  s.http(a, b_far)
  s.http(a_far, b)
  s.http(a, b_far)
  s.count(3)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip, "sw:nginx")


def mirrored_twice(s):
  """The same frames twice, as a mirror of both directions of a port gives them."""
  a, b = Host("00:25:90:00:00:0a", "10.0.0.5"), Host("00:25:90:00:00:0b", "10.0.0.6")
  s.arp_pair(a, b)
  s.http(a, b)
  s.ssh(a, b, 9)
  s.records = [(t + d, f) for t, f in s.records for d in (0, 20_000)]
  s.count(2)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip, "sw:nginx", "key:9")


def mirrored_with_and_without_tag(s):
  """The trunk's copy has a tag, the port's has none: one network card."""
  for vlans in ([], [10]):
    a, b = Host("00:25:90:00:00:0a", "10.0.0.5", vlans=vlans), Host("00:25:90:00:00:0b", "10.0.0.6", vlans=vlans)
    s.arp_pair(a, b)
    s.http(a, b)
  s.count(2)
  s.together("vlan:10", "10.0.0.5")
  s.event("newEndpoint", 2, 2)


def one_sided_clients(s):
  """Only what clients send is seen: servers stay what is spoken of."""
  r = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  for n in range(5):
    a = Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{50 + n}")
    s.arp_announce(a)
    s.http(a, Host("", f"203.0.113.{n}", via=r, hops=5), seen="client")
  s.count(5)
  s.nobody("203.0.113.1", "10.0.0.1")


def one_sided_servers(s):
  a = Host("00:25:90:00:00:0a", "10.0.0.5")
  b = Host("00:25:90:00:00:0b", "10.0.0.6")
  s.http(a, b, seen="server")
  s.count(1)
  s.together(b.mac, b.ip, "sw:nginx", "port:80")
  s.nobody(a.ip)


def silent_scan_arp(s):
  """Four thousand addresses are asked for; three answer."""
  a = Host("00:25:90:00:00:0a", "10.1.0.10")
  alive = [Host(f"00:25:90:00:01:{n:02x}", f"10.1.{n}.77") for n in range(3)]
  for n in range(4000):
    s.arp_ask(a, f"10.1.{n >> 8}.{n & 255}")
  for h in alive:
    s.arp_reply(h, a)
  s.count(4)
  s.nobody("10.1.5.5")


def silent_scan_syn(s):
  a, r = Host("00:25:90:00:00:0a", "10.1.0.10"), Host("00:1b:0d:63:c2:26", "10.1.0.1")
  s.arp_pair(a, r)
  for n in range(4000):
    s.syn(a, Host("", f"203.{n >> 8}.{n & 255}.1", via=r), 445)
  s.count(2)
  s.nobody("203.1.1.1")


def unreachable_says_the_router(s):
  """Errors about silent addresses come from routers: the addresses inside are nobody."""
  a, r = Host("00:25:90:00:00:0a", "10.1.0.10"), Host("00:1b:0d:63:c2:26", "10.1.0.1", stack="router")
  s.arp_pair(a, r)
  for n in range(50):
    asked = wire.ip(a.ip, f"203.0.113.{n}", 17, wire.udp(40000, 161, b"x" * 8), 64)
    s.packet(r, a, 1, b"\x03\x01\0\0\0\0\0\0" + asked[:28])
  s.count(2)
  s.nobody("203.0.113.7")


def names_of_remote_servers(s):
  """DNS answers name servers nobody speaks to; the one that is spoken to gets its name."""
  r = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  a = Host("00:25:90:00:00:0a", "10.0.0.5")
  s.arp_pair(a, r)
  for n in range(300):
    s.resolve(a, r, f"host{n}.example.com", [f"203.0.{n >> 8}.{n & 255}", f"2001:db8:5::{n + 1:x}"])
  s.http(a, Host("", "203.0.0.9", via=r, hops=11), host="host9.example.com")
  s.count(3)
  s.together("203.0.0.9", "domain:host9.example.com", "sw:nginx")
  s.nobody("203.0.0.10", "domain:host10.example.com")
  s.lacks(r.mac, "domain:host9.example.com")


def anycast(s):
  """One address, two sites, two paths: nothing tells them apart, nothing joins it to a router."""
  r1, r2 = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router"), Host("00:1b:0d:00:00:02", "10.0.0.2", stack="router")
  a = Host("00:25:90:00:00:0a", "10.0.0.5")
  for h in (r1, r2, a):
    s.arp_announce(h)
  for n in range(10):
    s.resolve(a, Host("", "198.51.100.53", via=(r1, r2)[n % 2], hops=(7, 12)[n % 2]), f"x{n}.example.com", ["203.0.113.1"])
  s.count(4)
  s.holders("198.51.100.53", 1)
  s.lacks("198.51.100.53", r1.mac)
  s.event("addressMoved", 0, 0)
  s.event("conflict", 0, 0)


def ipv6_only(s):
  r = Host("00:1b:0d:63:c2:26", None, "fe80::1", stack="router")
  s.router_advertise(r)
  hosts = [Host(f"00:25:90:00:00:{n:02x}", None, f"2001:db8::{0x100 + n:x}") for n in range(10, 20)]
  for h in hosts:
    s.detect_duplicate(h)
    s.advertise(h)
    s.http(h, hosts[0])
  far = Host("", None, "2001:db8:9::80", via=r, hops=8)
  s.http(hosts[1], far, server="lighttpd/1.4.69")
  s.count(12)
  for h in hosts:
    s.together(h.mac, h.ip6)
  s.lacks("2001:db8:9::80", r.mac)


def two_gateways(s):
  """Answers come through another router than questions went."""
  r1, r2 = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router"), Host("00:1b:0d:00:00:02", "10.0.0.2", stack="router")
  a = Host("00:25:90:00:00:0a", "10.0.0.5")
  for h in (r1, r2, a):
    s.arp_announce(h)
  for n in range(20):
    s.http(a, Host("", f"203.0.113.{n}", via=(r1, r2)[n % 2], hops=6))
    s.http(a, Host("", f"203.0.113.{n}", via=(r2, r1)[n % 2], hops=6))
  s.count(23)
  for n in range(20):
    s.holders(f"203.0.113.{n}", 1)


def routed_core(s):
  """A mirror in the core: all MACs are routers', no host is on the link."""
  r1, r2 = Host("00:1b:0d:00:00:01", stack="router"), Host("00:1b:0d:00:00:02", stack="router")
  for n in range(40):
    a = Host("", f"10.{n}.0.5", via=r1, hops=2)
    b = Host("", f"172.16.{n}.9", via=r2, hops=3, stack="windows")
    s.http(a, b, server="Microsoft-IIS/10.0")
  for n in range(40):
    s.lacks(f"10.{n}.0.5", r1.mac)
    s.together(f"172.16.{n}.9", "sw:IIS")
  s.count(80, 82)


def relayed_dhcp(s):
  """A relay passes clients' words on: they are the clients', wherever they sit."""
  relay = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  s.arp_announce(relay)
  server = Host("00:25:90:00:00:fe", "10.9.9.9", via=None)
  for n in range(5):
    mac = f"3c:5a:b4:00:00:{n:02x}"
    options = [wire.dhcp_option(53, b"\1"), wire.dhcp_option(12, f"far-{n}".encode()), wire.dhcp_option(55, b"\1\3\6")]
    s.packet(relay, server, 17, wire.udp(67, 67, wire.dhcp(1, mac, n, options, giaddr="10.5.0.1")))
  s.lacks(relay.mac, "name:far-1")
  s.count(1)


def multihomed(s):
  """A server in two VLANs with a card each."""
  c1, c2 = Host("00:25:90:00:00:01", "10.0.10.1", vlans=[10]), Host("00:25:90:00:00:02", "10.0.20.1", vlans=[20])
  a, b = Host("00:25:90:00:00:0a", "10.0.10.5", vlans=[10]), Host("00:25:90:00:00:0b", "10.0.20.5", vlans=[20])
  for h in (c1, c2, a, b):
    s.arp_announce(h)
  s.ssh(c1, a, 5)
  s.ssh(c2, b, 5)
  s.count(4)
  s.related(a.mac, b.mac)


def switch_that_tells(s):
  """LLDP of a switch: an endpoint by its own MAC, with its chassis and its name."""
  s.lldp(Host("00:1b:0d:aa:00:05"), "00:1b:0d:aa:00:00", "Gi1/0/5", "access-1", "Cisco IOS Software, C2960 Software")
  a = Host("00:25:90:00:00:0a", "10.0.0.5")
  s.arp_announce(a)
  s.count(2)
  s.together("00:1b:0d:aa:00:05", "name:access-1")
  s.lacks(a.mac, "name:access-1")


def _access_request(s, nas, server, *attributes):
  """RADIUS from an access server; attributes are (number, octets)."""
  body = b"".join(bytes((kind, len(value) + 2)) + value for kind, value in attributes)
  s.packet(nas, server, 17, wire.udp(50001, 1812, b"\1\7" + (20 + len(body)).to_bytes(2, "big") + b"\0" * 16 + body))


def _relay6(relay, peer, mac, port, chassis):
  """A solicitation as a relay passes it on, with where it heard it."""
  def option(code, value):
    return code.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
  asked = b"\1\0\0\1" + option(1, b"\0\3\0\1" + wire.mac(mac))
  return (b"\x0c\0" + wire.address(relay) + wire.address(peer) + option(79, b"\0\1" + wire.mac(mac)) + option(18, port) +
          option(37, b"\0\0\0\x09" + chassis) + option(9, asked))


def attached(s):
  """Where endpoints are attached, as relays and access servers say; of whom nothing was seen they say it in vain."""
  switch, server = Host("00:1b:0d:63:c2:26", "10.0.0.2", "2001:db8::2"), Host("00:25:90:00:00:fe", "10.0.0.9", "2001:db8::9")
  wired, phone, laptop = (Host(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{20 + n}", f"2001:db8::{20 + n}") for n in (1, 2, 3))
  for h in (switch, server, wired, phone, laptop):
    s.arp_announce(h)
  for n, mac in enumerate((wired.mac, "3c:5a:b4:00:00:77")):
    information = b"\1\x07Gi1/0/5" + b"\2\x08access-1"
    options = [wire.dhcp_option(53, b"\1"), wire.dhcp_option(82, information)]
    s.packet(switch, server, 17, wire.udp(67, 67, wire.dhcp(1, mac, n, options, giaddr="10.0.0.2")))
  for mac in (phone.mac, "3c:5a:b4:00:00:78"):
    _access_request(s, switch, server, (31, mac.upper().replace(":", "-").encode()), (61, b"\0\0\0\x13"), (32, b"wlc-7"), (5, b"\0\0\0\x0d"),
                    (30, b"00-1B-0D-00-00-07:office"))
  for mac in (laptop.mac, "3c:5a:b4:00:00:79"):
    s.packet(switch, server, 17, wire.udp(547, 547, _relay6(switch.ip6, "fe80::1", mac, b"Eth1/9", b"\0\x06\0\x1b\x0d\0\0\5")), switch.ip6, server.ip6)
  s.count(5)
  s.together(wired.mac, "location:kind=switchPort", "location:chassis=access-1", "location:port=gi1/0/5")
  s.together(phone.mac, "location:kind=accessPoint", "location:chassis=wlc-7", "location:port=13")
  s.together(laptop.mac, "location:kind=switchPort", "location:chassis=00:1b:0d:00:00:05", "location:port=eth1/9")
  for mark in ("location:kind=accesspoint", "location:port=gi1/0/5", "location:port=eth1/9"):
    s.holders(mark, 1)


def moved_to_another_port(s):
  """A machine that is carried about is where it is now, and was where it was: two locations, one endpoint."""
  switch, server, a = Host("00:1b:0d:63:c2:26", "10.0.0.2"), Host("00:25:90:00:00:fe", "10.0.0.9"), Host("3c:5a:b4:00:00:01", "10.0.0.21")
  for port in (b"Gi1/0/5", b"Gi2/0/9"):
    s.arp_announce(a)
    options = [wire.dhcp_option(53, b"\1"), wire.dhcp_option(82, b"\1\x07" + port)]
    s.packet(switch, server, 17, wire.udp(67, 67, wire.dhcp(1, a.mac, 1, options, giaddr="10.0.0.2")))
    s.wait(7200)
  s.together(a.mac, "location:chassis=10.0.0.2", "location:port=gi1/0/5", "location:port=gi2/0/9")
  s.holders(a.mac, 1)
