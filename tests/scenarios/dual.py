"""IPv6 beside IPv4 and alone: SLAAC with DHCPv6, addresses that change daily, tunnels, translation, routers with equal addresses."""
import craft
import wire
from stacks import CHROME_ANDROID, CHROME_WINDOWS, SAFARI_PHONE
from stage import Host


def _six(mac, ip6, **words):
  h = Host(mac, ip6=ip6, **words)
  h.link_local = craft.link_local(mac)
  return h


def slaac_and_dhcp6(s):
  """Link-local, SLAAC, a temporary address, a DHCPv6 lease and IPv4: one Windows."""
  d = _six("00:25:90:00:00:fe", "2001:db8:1::fe")
  d.ip = "10.0.0.254"
  pc = _six("3c:5a:b4:00:00:01", "2001:db8:1::1234", stack="windows")
  s.arp_announce(d)
  s.advertise(d)
  s.lease(pc, d, "10.0.0.30", name="DESK")
  craft.lease6(s, pc, d, "2001:db8:1::1234", "DESK.example.test")
  for address in (pc.link_local, "2001:db8:1::1234", "2001:db8:1:0:c5d2:9b1:77aa:3344", "2001:db8:1:0:9999:1:2:3"):
    s.detect_duplicate(pc, address)
    s.ping(pc, d, address, d.ip6)
  s.http(pc, d, agent=CHROME_WINDOWS)
  s.count(2)
  s.together(pc.mac, "10.0.0.30", "2001:db8:1::1234", "2001:db8:1:0:c5d2:9b1:77aa:3344", "name:desk", "os:Windows")


def privacy_week(s):
  """A new address every day for ten days, on the link: one."""
  d, pc = _six("00:25:90:00:00:fe", "2001:db8::fe"), _six("3c:5a:b4:00:00:01", "2001:db8::1")
  s.advertise(d)
  for n in range(10):
    pc.ip6 = f"2001:db8::{n + 1:x}a3:{n * 771:x}:77:{n:x}"
    s.detect_duplicate(pc)
    craft.neighbours(s, pc, d)
    for _ in range(6):
      s.http(pc, d)
      s.wait(4 * 3600)
  s.count(2)
  s.together(pc.mac, pc.ip6)
  s.event("addressMoved", 0, 0)
  s.event("newEndpoint", 2, 2)
  s.event("gone", 0, 0)


def clat(s):
  """A telephone without IPv4: native and translated connections from two of its addresses to a NAT64; nobody is 203.0.113.9."""
  r, phone = _six("00:1b:0d:00:00:01", "fe80::1", stack="router"), _six("a4:83:e7:00:00:02", "2001:db8::7", stack="mac")
  s.router_advertise(r)
  s.detect_duplicate(phone)
  far = Host("", ip6="64:ff9b::cb00:7109", via=r, hops=9)
  s.http(phone, far, "nginx/1.22.1", agent=SAFARI_PHONE)
  phone.ip6 = "2001:db8::c1a7"
  s.detect_duplicate(phone)
  s.http(phone, far, "nginx/1.22.1")
  s.count(3)
  s.together(phone.mac, "2001:db8::7", "2001:db8::c1a7")
  s.nobody("203.0.113.9")
  s.apart(r.mac, "64:ff9b::cb00:7109")


def taken_already(s):
  """Duplicate address detection fails: the address stays whose it is."""
  a, b = _six("3c:5a:b4:00:00:01", "2001:db8::50"), _six("3c:5a:b4:00:00:02", "2001:db8::51")
  s.advertise(a)
  s.ping(a, b)
  s.detect_duplicate(b, "2001:db8::50")
  s.advertise(a)
  s.detect_duplicate(b)
  s.ping(b, a)
  s.count(2)
  s.together(a.mac, "2001:db8::50")
  s.apart(b.mac, "2001:db8::50")


def neighbour_spoofed(s):
  """Somebody advertises the gateway's address with an override; the gateway goes on."""
  r, bad, pc = _six("00:1b:0d:00:00:01", "fe80::1", stack="router"), _six("3c:5a:b4:00:00:66", "2001:db8::66"), _six("3c:5a:b4:00:00:02", "2001:db8::2")
  s.advertise(bad)
  for n in range(20):
    s.router_advertise(r)
    craft.neighbours(s, pc, Host(r.mac, ip6="fe80::1"))
    if n in (5, 6, 7):
      s.advertise(bad, "fe80::1")
    s.ping(Host(r.mac, ip6="fe80::1", stack="router"), pc)
    s.ping(bad, pc)
    s.wait(10)
  s.count(3)
  s.together(r.mac, "fe80::1")
  s.together(bad.mac, "2001:db8::66")
  s.event("conflict", 1, 4)
  s.event("addressMoved", 0, 0)


def same_link_local_in_two_vlans(s):
  """fe80::1 is a router's in every VLAN; in these two they are different makes, and the hosts have equal addresses too."""
  for vlan in (10, 20):
    r, h = _six(f"00:1b:0d:00:00:{vlan:02x}", "fe80::1", stack="router", vlans=(vlan,)), _six(f"3c:5a:b4:00:00:{vlan:02x}", "fd00::5", vlans=(vlan,))
    s.router_advertise(r)
    s.detect_duplicate(h)
    craft.neighbours(s, h, r)
    s.http(h, r, "nginx/1.22.1" if vlan == 10 else "Apache/2.4.57 (Debian)")
  s.count(4)
  s.holders("fe80::1", 2)
  s.holders("fd00::5", 2)
  s.apart("vlan:10", "vlan:20")
  s.event("conflict", 0, 0)


def renumbered(s):
  """The provider changes the prefix: the same hosts with new addresses."""
  r = _six("00:1b:0d:00:00:01", "fe80::1", stack="router")
  pcs = [_six(f"3c:5a:b4:00:00:{n:02x}", None, boot=n) for n in range(3)]
  for prefix in ("2001:db8:aa:", "2001:db8:bb:"):
    s.router_advertise(r)
    for n, pc in enumerate(pcs):
      pc.ip6 = f"{prefix}1::{n + 1:x}5"
      s.detect_duplicate(pc)
      s.http(pc, Host("", ip6="2001:db8:ffff::7", via=r, hops=5), "nginx/1.22.1")
    s.wait(7200)
  s.count(5)
  for n, pc in enumerate(pcs):
    s.together(pc.mac, f"2001:db8:aa:1::{n + 1:x}5", f"2001:db8:bb:1::{n + 1:x}5")
  s.event("conflict", 0, 0)


def privacy_far_away(s):
  """Daily addresses behind a router: nothing says that they are one, and the router is none of them."""
  r, d = _six("00:1b:0d:00:00:01", "fe80::1", stack="router"), _six("00:25:90:00:00:fe", "2001:db8::fe")
  s.router_advertise(r)
  s.advertise(d)
  for n in range(8):
    s.http(Host("", ip6=f"2001:db8:5::{n + 1:x}a3:1:77", via=r, hops=3, stack="android"), d, agent=CHROME_ANDROID)
    s.wait(3600)
  s.count(10)
  s.apart(r.mac, "os:Android")


def teredo(s):
  """IPv6 in UDP of a Windows behind NAT: the outer and the inner address are two ends, and no address inside the address is one."""
  r, relay = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router"), None
  pc = Host("3c:5a:b4:00:00:01", "10.0.0.20", stack="windows")
  s.arp_pair(pc, r)
  server = Host("", "192.0.2.45", via=r, hops=9)
  inner = "2001:0:c000:22d:0:efff:34ff:8ef6"
  for n in range(4):
    out = wire.ip(inner, "2001:db8::7", 58, wire.icmp6(inner, "2001:db8::7", b"\x80\0\0\0\0\1\0" + bytes((n,))), 128)
    s.packet(pc, server, 17, wire.udp(51000, 3544, out))
    back = wire.ip("2001:db8::7", inner, 58, wire.icmp6("2001:db8::7", inner, b"\x81\0\0\0\0\1\0" + bytes((n,))), 55)
    s.packet(server, pc, 17, wire.udp(3544, 51000, back))
    s.wait(30)
  s.count(4, 5)
  s.together(pc.mac, pc.ip)
  s.apart(r.mac, "2001:db8::7")
  s.apart(pc.mac, "2001:db8::7")


def nd_proxy(s):
  """A router advertises for those behind it; what they send comes with a lowered hop limit."""
  r, pc = _six("00:1b:0d:00:00:01", "2001:db8::1", stack="router"), _six("3c:5a:b4:00:00:02", "2001:db8::2")
  s.router_advertise(r)
  s.advertise(r)
  s.advertise(pc)
  behind = [Host("", ip6=f"2001:db8::b{n}", via=r, boot=n, stack="windows") for n in range(4)]
  for h in behind:
    craft.solicit(s, pc, h.ip6)
    craft.answer(s, r, pc, h.ip6, 0xC0)
    s.http(pc, h, "Microsoft-IIS/10.0")
    s.http(h, pc, agent=CHROME_WINDOWS)
  s.count(6)
  for h in behind:
    s.apart(r.mac, h.ip6)
  s.apart(r.mac, "os:Windows")


def only_routers_see_it(s):
  """A raw link of a provider: both families of hosts are addresses, and nothing more."""
  s.link = "raw"
  a, b = Host("3c:5a:b4:00:00:01", "198.51.100.1", "2001:db8:1::1"), Host("3c:5a:b4:00:00:02", "203.0.113.2", "2001:db8:2::2")
  for _ in range(3):
    s.http(a, b, "nginx/1.22.1")
    a6, b6 = Host(a.mac, ip6=a.ip6), Host(b.mac, ip6=b.ip6)
    s.http(a6, b6, "nginx/1.22.1")
  s.count(4)
  s.apart(a.ip, a.ip6)


def dual_by_mdns(s):
  """mDNS on both families from one MAC; two of one name on the link say so by a number."""
  for n, name in ((1, "printer.local"), (2, "printer-2.local")):
    h = _six(f"3c:2a:f4:00:00:{n:02x}", f"fe80::{n}")
    h.ip = f"10.0.0.{70 + n}"
    s.arp_announce(h)
    s.mdns(h, name)
    six = Host(h.mac, ip6=h.ip6)
    s.mdns(six, name)
  s.count(2)
  s.together("3c:2a:f4:00:00:01", "10.0.0.71", "fe80::1", "name:printer.local")
  s.together("3c:2a:f4:00:00:02", "10.0.0.72", "fe80::2", "name:printer-2.local")
