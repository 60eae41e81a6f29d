"""Two or three things at once: what each alone gets right must stay right together."""
import random

import craft
import wire
from masks import FIREFOX_LINUX, SAFARI_MAC
from stacks import CHROME_ANDROID, CHROME_WINDOWS, SAFARI_PHONE
from stage import BROADCAST, SECOND, Host


def _server(s, vlans=()):
  d = Host("00:25:90:00:00:fe", "10.0.0.254", vlans=vlans)
  s.arp_announce(d)
  return d


def reuse_behind_the_mirrored_router(s):
  """Both sides of a router are seen, and an address is lent to another: what the far side shows moves with it."""
  d, r = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  out, web = Host("00:1b:0d:00:00:02", "198.51.100.1", stack="router"), Host("00:1b:0d:00:00:99", "198.51.100.7")
  s.arp_announce(r)
  s.arp_pair(out, web)
  a, b = Host("3c:5a:b4:00:00:01", stack="android"), Host("a4:83:e7:00:00:02", stack="mac", boot=9)
  for h, name, agent in ((a, "pixel", CHROME_ANDROID), (b, "iphone", SAFARI_PHONE)):
    s.lease(h, d, "10.0.0.50", name=name)
    for _ in range(3):
      s.http(h, Host(r.mac, web.ip, via=r), "nginx/1.22.1", agent=agent)
      s.http(Host("", h.ip, stack=h.stack, via=out, boot=h.boot), web, "nginx/1.22.1", agent=agent)
      s.wait(200)
    s.wait(3600)
  s.together(a.mac, "name:pixel", "os:Android")
  s.together(b.mac, "10.0.0.50", "name:iphone", "os:iOS")
  s.lacks(a.mac, "os:iOS")
  s.lacks(b.mac, "os:Android")
  s.event("conflict", 0, 0)


def household(s):
  """A router with IPv4 translated and IPv6 not: outside one address of several, and each telephone with its own."""
  d, isp = Host("00:25:90:00:00:fe", "10.0.0.254", "2001:db8:9::fe"), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_announce(d)
  s.arp_announce(isp)
  kinds = (("windows", CHROME_WINDOWS), ("mac", SAFARI_PHONE), ("android", CHROME_ANDROID))
  four = [Host("", "203.0.113.50", stack=k, via=isp, hops=6, boot=n * 10**8) for n, (k, _) in enumerate(kinds)]
  six = [Host("", ip6=f"2001:db8:5::{n + 1:x}a:1:2", stack=k, via=isp, hops=6, boot=n * 10**8) for n, (k, _) in enumerate(kinds)]
  for n in range(24):
    s.http((four, six)[n % 2][n % 3], d, agent=kinds[n % 3][1])
    s.wait(100)
  s.together("203.0.113.50", "several", "several:3")
  s.apart("203.0.113.50", "several:2")
  s.together("2001:db8:5::1a:1:2", "os:Windows")
  s.together("2001:db8:5::2a:1:2", "os:iOS")
  s.together("2001:db8:5::3a:1:2", "os:Android")
  s.lacks("2001:db8:5::1a:1:2", "several")
  s.apart("203.0.113.50", "2001:db8:5::1a:1:2")
  s.count(6)


def moved_to_another_vlan(s):
  """A laptop is put into another VLAN: there it has another address; the two are said to be related."""
  for vlan in (10, 20):
    d = Host(f"00:25:90:00:00:{vlan:02x}", f"10.{vlan}.0.254", vlans=(vlan,))
    s.arp_announce(d)
    h = Host("3c:5a:b4:00:00:01", vlans=(vlan,))
    s.lease(h, d, f"10.{vlan}.0.50", name="laptop", client_id=b"\xff\0\0\0\1\0\2" + b"\3" * 8)
    s.http(h, d)
    s.wait(3600)
  s.together("10.20.0.50", "name:laptop")
  s.count(3, 4)
  s.event("conflict", 0, 0)


def old_card_in_a_new_machine(s):
  """A server's card is replaced; a month's work later the old card is in a workstation of another system."""
  d = _server(s)
  old, new = Host("00:25:90:00:00:01", "10.0.0.30"), Host("00:25:90:00:00:02", "10.0.0.30")
  s.arp_announce(old)
  s.ssh(d, old, 3)
  s.wait(7200)
  s.arp_announce(new)
  s.ssh(d, new, 3)
  s.wait(20 * 3600)
  s.ssh(d, new, 3)
  second = Host(old.mac, stack="windows", boot=4711)
  s.lease(second, d, "10.0.0.77", name="WS-9")
  s.http(second, d, agent=CHROME_WINDOWS)
  s.ssh(d, new, 3)
  s.count(3)
  s.together(new.mac, "10.0.0.30", "key:3")
  s.together(old.mac, "10.0.0.77", "name:ws-9", "os:Windows")
  s.lacks(new.mac, "os:Windows")
  s.related(old.mac, new.mac)


def network_load_balancing(s):
  """Two Windows servers share a cluster's address and its MAC made for it; each has its own besides."""
  pc = Host("3c:5a:b4:00:00:01", "10.0.0.20")
  nodes = [Host(f"00:15:5d:00:00:{n:02x}", f"10.0.0.{60 + n}", stack="windows", boot=n) for n in (1, 2)]
  for h in (pc, *nodes):
    s.arp_announce(h)
  vip = "10.0.0.100"
  for n in range(8):
    s.arp_ask(pc, vip)
    craft.arp(s, nodes[n % 2], 2, "03:bf:0a:00:00:64", vip, pc.mac, pc.ip, pc.mac)
    s.http(pc, Host(nodes[n % 2].mac, vip, stack="windows"), "Microsoft-IIS/10.0")
    s.http(nodes[n % 2], pc, agent=CHROME_WINDOWS)
    s.wait(70)
  s.together(nodes[0].mac, nodes[0].ip)
  s.together(nodes[1].mac, nodes[1].ip)
  s.apart(nodes[0].mac, nodes[1].mac)
  s.nobody("03:bf:0a:00:00:64")
  s.event("addressMoved", 0, 2)
  s.count(3, 4)


def cloud_with_one_mac(s):
  """In a cloud's network all neighbours have the MAC of its virtual switch, and no TTL is lowered: they are not one machine."""
  me = Host("00:0d:3a:00:00:07", "10.1.0.4")
  peers = [Host("12:34:56:78:9a:bc", f"10.1.0.{5 + n}", stack="windows" if n % 2 else "linux", boot=n * 50) for n in range(6)]
  for n, p in enumerate(peers):
    s.arp_ask(me, p.ip)
    s.arp_reply(p, me)
    s.ssh(me, p, n + 1) if n % 2 == 0 else s.http(p, me, agent=CHROME_WINDOWS)
    s.wait(60)
  s.count(7)
  for n, p in enumerate(peers):
    s.holders(p.ip, 1)
  s.apart("10.1.0.5", "10.1.0.6")
  s.apart("10.1.0.5", "10.1.0.7")
  s.apart("key:1", "key:3")


def cloud_with_the_gateways_mac(s):
  """In another cloud every machine is alone on its link, and all come by the gateway's MAC with an initial TTL."""
  me, gw = Host("42:01:0a:80:00:05", "10.128.0.5"), "42:01:0a:80:00:01"
  s.lease(me, Host(gw, "10.128.0.1"), name="vm-1")
  s.arp_ask(me, "10.128.0.1")
  for n in range(5):
    p = Host(gw, f"10.128.0.{10 + n}", stack="windows" if n % 2 else "linux", boot=n * 50)
    s.http(me, p, "Microsoft-IIS/10.0" if n % 2 else "nginx/1.22.1")
    s.http(p, me, agent=CHROME_WINDOWS if n % 2 else FIREFOX_LINUX)
    s.wait(30)
  s.together(me.mac, me.ip, "name:vm-1")
  for n in range(4):
    s.apart(f"10.128.0.{10 + n}", f"10.128.0.{11 + n}")


def forged_lease(s):
  """Somebody forges the server's acknowledgement of a victim's address for himself, and uses it: the victim goes on with what it has."""
  d, victim, thief = _server(s), Host("3c:5a:b4:00:00:01", stack="windows"), Host("3c:5a:b4:00:00:66", "10.0.0.66")
  s.lease(victim, d, "10.0.0.50", name="VICTIM")
  s.arp_announce(victim)
  s.arp_announce(thief)
  for n in range(30):
    s.http(victim, d, agent=CHROME_WINDOWS)
    if n == 10:
      craft.dhcp(s, 5, thief, Host(thief.mac, d.ip), thief, [(54, wire.address(d.ip)), (51, b"\0\0\x0e\x10")], yiaddr="10.0.0.50")
    if 10 <= n < 20:
      s.http(Host(thief.mac, "10.0.0.50", boot=5), d)
    s.wait(7)
  s.count(3)
  s.together(victim.mac, "10.0.0.50", "name:victim", "os:Windows")
  s.lacks(thief.mac, "os:Windows")
  s.lacks(thief.mac, "name:victim")


def leases_by_the_thousand(s):
  """Five thousand forged acknowledgements give every address of the network to made-up clients; nobody of them ever sends."""
  d, pcs = _server(s), [Host(f"3c:5a:b4:00:00:{n:02x}", boot=n) for n in range(3)]
  for n, pc in enumerate(pcs):
    s.lease(pc, d, f"10.0.0.{50 + n}", name=f"pc-{n}")
    s.http(pc, d)
  rng = random.Random(3)
  for n in range(5000):
    ghost = Host("02:" + ":".join(f"{rng.randrange(256):02x}" for _ in range(5)))
    s.dhcp_answer(d, ghost, 5, f"10.0.{n % 8}.{n % 250 + 1}")
  for pc in pcs:
    s.http(pc, d)
  s.count(4)
  for n, pc in enumerate(pcs):
    s.together(pc.mac, f"10.0.0.{50 + n}", f"name:pc-{n}")
  s.event("addressMoved", 0, 0)


def one_name_in_many_spellings(s):
  """NetBIOS, DHCP, mDNS and DNS write one name in their ways: one machine."""
  d, pc = _server(s), Host("3c:5a:b4:00:00:01", stack="windows")
  s.lease(pc, d, "10.0.0.30", name="Reception-PC")
  s.nbns(pc, "RECEPTION-PC")
  s.mdns(pc, "Reception-PC.local")
  s.resolve(d, Host("00:25:90:00:00:53", "10.0.0.53"), "reception-pc.corp.example.test", [pc.ip])
  s.http(pc, d, agent=CHROME_WINDOWS)
  s.count(3)
  s.together(pc.mac, "10.0.0.30", "name:reception-pc", "domain:reception-pc.corp.example.test")


def route_traced(s):
  """A path is traced: each router that answers is there by its address; the first by its MAC; the goal answers too."""
  pc, r = Host("3c:5a:b4:00:00:01", "10.0.0.20"), Host("00:1b:0d:00:00:01", "10.0.0.1")
  s.arp_pair(pc, r)
  hops = ["10.0.0.1", "172.16.9.1", "192.0.2.1", "192.0.2.129", "198.51.100.1"]
  goal = "198.51.100.77"
  for ttl in range(1, 7):
    for probe in range(3):
      data = wire.udp(50000 + probe, 33434 + ttl, b"x" * 12)
      s.packet(pc, Host(r.mac, goal), 17, data, ttl=ttl)
      source = hops[ttl - 1] if ttl <= 5 else goal
      kind = (11, 0) if ttl <= 5 else (3, 3)
      body = bytes(kind) + b"\0" * 6 + wire.ip(pc.ip, goal, 17, data, 1)[:28]
      body = body[:2] + wire.checksum(body).to_bytes(2, "big") + body[4:]
      s.packet(Host(r.mac, source), pc, 1, body, ttl=(64 if ttl == 1 else 256 - ttl if ttl < 6 else 59))
  s.count(7)
  s.together(r.mac, "10.0.0.1")
  for h in hops[1:] + [goal]:
    s.apart(r.mac, h)
    s.holders(h, 1)


def routers_that_only_say_hello(s):
  """OSPF, PIM and single-hop BGP with a TTL of 1: routers are known by it, on their link."""
  a, b = Host("00:1b:0d:00:00:01", "10.0.0.1"), Host("00:1b:0d:00:00:02", "10.0.0.2")
  for n in range(10):
    for h in (a, b):
      hello = b"\2\1\0\x2c" + wire.address(h.ip) + b"\0" * 36
      s.put(wire.ethernet(h.mac, "01:00:5e:00:00:05", 0x0800, wire.ip(h.ip, "224.0.0.5", 89, hello, 1)))
    s.packet(a, b, 6, wire.tcp(179, 30000, n, n, 0x18, b"\xff" * 16 + b"\0\x13\4"), ttl=1)
    s.packet(b, a, 6, wire.tcp(30000, 179, n, n, 0x18, b"\xff" * 16 + b"\0\x13\4"), ttl=1)
    s.wait(10)
  s.count(2)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip)


def known_by_ssdp_alone(s):
  """Televisions that send nothing but SSDP, with a TTL of 4 or 2: their MACs and addresses belong together."""
  for n, ttl in enumerate((4, 2, 1)):
    body = (f"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nSERVER: Linux/4.9 UPnP/1.0 TV/1.0\r\n"
            f"USN: uuid:0000000{n}-0000-1000-8000-000000000000::upnp:rootdevice\r\nLOCATION: http://10.0.0.{40 + n}:80/d.xml\r\n\r\n").encode()
    for _ in range(4):
      s.put(wire.ethernet(f"a4:83:e7:00:00:{n:02x}", "01:00:5e:7f:ff:fa", 0x0800,
                          wire.ip(f"10.0.0.{40 + n}", "239.255.255.250", 17, wire.udp(1900, 1900, body), ttl)))
      s.wait(30)
  s.count(3)
  for n in range(3):
    s.together(f"a4:83:e7:00:00:{n:02x}", f"10.0.0.{40 + n}")


def telephone_as_a_gateway(s):
  """An Android lends its connection to a Windows: two behind its address, and the telephone's own packets with a TTL one higher."""
  d = _server(s)
  phone = Host("d6:11:22:33:44:55", stack="android")
  s.lease(phone, d, "10.0.0.30", name="Pixel-7")
  guest = Host("", "10.0.0.30", stack="windows", via=phone, boot=5)
  for n in range(10):
    s.http(phone, d, agent=CHROME_ANDROID)
    s.wait(20)
    s.http(guest, d, agent=CHROME_WINDOWS)
    s.wait(20)
  s.count(2)
  s.together(phone.mac, "10.0.0.30", "name:pixel-7", "several", "several:2")


def subsystem(s):
  """A Windows with a Linux inside that it translates for: both are said, and that they are two."""
  d, pc = _server(s), Host("3c:5a:b4:00:00:01", stack="windows")
  s.lease(pc, d, "10.0.0.30", name="DEV-PC")
  inner = Host("", "10.0.0.30", via=pc, boot=999)
  for n in range(10):
    s.http(pc, d, agent=CHROME_WINDOWS)
    s.wait(20)
    s.http(inner, d, agent="Debian APT-HTTP/1.3 (2.6.1)")
    s.wait(20)
  s.count(2)
  s.together(pc.mac, "10.0.0.30", "name:dev-pc", "several", "os:Windows")


def frames_of_no_sender(s):
  """Senders that are none: zero, groups, everybody, in Ethernet and in ARP."""
  d, pc = _server(s), Host("3c:5a:b4:00:00:01", "10.0.0.30")
  s.arp_announce(pc)
  craft.arp(s, pc, 1, "00:00:00:00:00:00", "10.0.0.91", "00:00:00:00:00:00", "10.0.0.1")
  craft.arp(s, pc, 2, "ff:ff:ff:ff:ff:ff", "10.0.0.92", pc.mac, pc.ip)
  craft.arp(s, pc, 1, "01:00:5e:00:00:01", "10.0.0.93", pc.mac, pc.ip)
  craft.arp(s, pc, 1, pc.mac, "255.255.255.255", "00:00:00:00:00:00", "10.0.0.1")
  craft.arp(s, pc, 1, pc.mac, "224.0.0.9", "00:00:00:00:00:00", "10.0.0.1")
  craft.arp(s, pc, 1, pc.mac, "0.0.0.0", "00:00:00:00:00:00", "10.0.0.94")
  for mac in ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:80:c2:00:00:00"):
    s.put(wire.ethernet(mac, pc.mac, 0x0800, wire.ip("255.255.255.255", pc.ip, 17, wire.udp(1, 2, b"x"), 64)))
  s.ping(pc, d)
  s.count(2)
  s.together(pc.mac, pc.ip)
  s.nobody("255.255.255.255", "224.0.0.9", "0.0.0.0", "10.0.0.94", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00")


def proxy_of_everything(s):
  """A misconfigured router answers every ARP request, for those who are on the link too: they keep what they have."""
  r = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  pcs = [Host(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{20 + n}", boot=n, stack="windows" if n % 2 else "linux") for n in range(5)]
  for h in (r, *pcs):
    s.arp_announce(h)
  for n in range(20):
    a, b = pcs[n % 5], pcs[(n + 2) % 5]
    s.arp_ask(a, b.ip)
    craft.arp(s, r, 2, r.mac, b.ip, a.mac, a.ip, a.mac)
    s.arp_reply(b, a)
    s.http(a, b, "nginx/1.22.1", agent=CHROME_WINDOWS if a.stack == "windows" else FIREFOX_LINUX)
    s.arp_ask(a, f"10.0.0.{100 + n}")
    craft.arp(s, r, 2, r.mac, f"10.0.0.{100 + n}", a.mac, a.ip, a.mac)
    s.wait(40)
  s.count(6)
  s.together(r.mac, r.ip)
  for pc in pcs:
    s.together(pc.mac, pc.ip)
  s.nobody("10.0.0.105")
  s.event("addressMoved", 0, 0)


def gateway_replaced_overnight(s):
  """A new router of another make takes the gateway's address; those behind it are who they were."""
  pc, old, new = Host("3c:5a:b4:00:00:01", "10.0.0.20"), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router"), Host("2c:c8:1b:00:00:01", "10.0.0.1")
  s.arp_announce(pc)
  for r in (old, new):
    s.arp_pair(pc, r)
    for n in range(4):
      far = Host("", f"198.51.100.{n + 1}", via=r, hops=5, boot=n)
      s.http(pc, far, "nginx/1.22.1")
      s.ssh(pc, far, n + 1)
    s.wait(7 * 3600)
  s.count(7)
  s.apart(old.mac, new.mac)
  for n in range(4):
    s.together(f"198.51.100.{n + 1}", f"key:{n + 1}")
  s.event("addressMoved", 1, 1)


def stormy_day(s):
  """Churn, copies of a mirror and a clock that steps back, at once."""
  d = _server(s)
  phones = [Host(f"d6:11:22:33:00:{n:02x}", stack=("android", "mac")[n % 2], boot=n * 10**7) for n in range(12)]
  for n, h in enumerate(phones):
    s.lease(h, d, f"10.0.0.{30 + n % 3}", name=f"phone-{n}")
    s.arp_announce(h)
    for _ in range(3):
      s.http(h, d, agent=(CHROME_ANDROID, SAFARI_PHONE)[n % 2])
      s.wait(90)
    s.wait(400)
    if n == 6:
      s.now -= 300 * SECOND
  s.records = [r for time, frame in s.records for r in ((time, frame), (time + 9000, frame))]
  s.count(13)
  for n, h in enumerate(phones):
    s.together(h.mac, f"10.0.0.{30 + n % 3}", f"name:phone-{n}", "os:" + ("Android", "iOS")[n % 2])
    s.lacks(h.mac, "os:" + ("iOS", "Android")[n % 2])
    s.lacks(h.mac, "several")
  s.event("conflict", 0, 0)


def relays_with_a_busy_pool(s):
  """A branch behind a relay turns over its addresses all day; the names and systems stay with their clients."""
  d, r = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_pair(r, d)
  for n in range(12):
    h = Host(f"3c:5a:b4:00:00:{n:02x}", f"10.2.0.{50 + n % 2}", via=r, stack=("windows", "android")[n % 2], boot=n * 10**6)
    craft.relayed_lease(s, h, r, "10.2.0.1", d, f"branch-{n}")
    for _ in range(3):
      s.http(h, d, agent=(CHROME_WINDOWS, CHROME_ANDROID)[n % 2])
      s.wait(60)
    s.wait(1800)
  s.count(14)
  for n in range(12):
    s.together(f"3c:5a:b4:00:00:{n:02x}", f"10.2.0.{50 + n % 2}", f"name:branch-{n}", "os:" + ("Windows", "Android")[n % 2])
    s.apart(f"3c:5a:b4:00:00:{n:02x}", "several")
    s.apart(f"3c:5a:b4:00:00:{n:02x}", f"name:branch-{(n + 2) % 12}")
  s.apart(r.mac, "name:branch-0")


def neighbour_takes_over_for_good(s):
  """An IPv6 service address goes to another server with an override; keys and software stay where they are."""
  one, two = Host("00:25:90:00:00:01", ip6="2001:db8::11"), Host("00:25:90:00:00:02", ip6="2001:db8::12", boot=9)
  pc, vip = Host("3c:5a:b4:00:00:01", ip6="2001:db8::20"), "2001:db8::10"
  for h in (one, two, pc):
    s.advertise(h)
  for holder in (one, two):
    s.advertise(holder, vip)
    for _ in range(5):
      s.http(pc, Host(holder.mac, ip6=vip), "nginx/1.22.1")
      s.ssh(pc, one, 1)
      s.ssh(pc, two, 2)
      s.wait(600)
  s.count(3)
  s.together(one.mac, one.ip6, "key:1")
  s.together(two.mac, two.ip6, vip, "key:2")
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def same_address_by_hand_in_version_6(s):
  """Two with one IPv6 address by hand, detection switched off, both at work: a conflict that is told, and two."""
  a, b, pc = Host("3c:5a:b4:00:00:01", ip6="2001:db8::50"), Host("3c:5a:b4:00:00:02", ip6="2001:db8::50", stack="windows"), Host("3c:5a:b4:00:00:03", ip6="2001:db8::9")
  s.advertise(pc)
  for n in range(30):
    for h in (a, b):
      s.advertise(h)
      s.http(h, pc, agent=CHROME_WINDOWS if h is b else FIREFOX_LINUX)
    s.wait(8)
  s.count(3)
  s.apart(a.mac, b.mac)
  s.lacks(a.mac, "os:Windows")
  s.together(b.mac, "os:Windows")
  s.event("conflict", 1, 4)
  s.event("addressMoved", 0, 0)


def who_is_woken(s):
  """Magic packets name sixteen times a MAC that sleeps: nobody is there yet; one wakes."""
  d = _server(s)
  for n in range(5):
    s.put(wire.ethernet(d.mac, BROADCAST, 0x0842, b"\xff" * 6 + wire.mac(f"3c:5a:b4:00:00:{n:02x}") * 16))
    s.packet(d, Host(BROADCAST, "10.0.0.255"), 17, wire.udp(9, 9, b"\xff" * 6 + wire.mac(f"3c:5a:b4:00:00:{n:02x}") * 16))
  woken = Host("3c:5a:b4:00:00:02", "10.0.0.30")
  s.arp_announce(woken)
  s.count(2)
  s.nobody("3c:5a:b4:00:00:01")


def slept_through_the_day(s):
  """A laptop sleeps for twenty hours and wakes with its lease: nothing has happened to it."""
  d, pc = _server(s), Host("3c:5a:b4:00:00:01", stack="mac")
  s.lease(pc, d, "10.0.0.30", name="MacBook")
  for _ in range(4):
    s.http(pc, d, agent=SAFARI_MAC)
    s.wait(20 * 3600)
  s.count(2)
  s.together(pc.mac, "10.0.0.30", "name:macbook", "os:macOS")
  s.event("gone", 0, 0)
  s.event("newEndpoint", 2, 2)


def template_of_five(s):
  """Five machines of one template, with one key and one name, side by side: five, related, in no conflict."""
  d = _server(s)
  for n in range(5):
    h = Host(f"00:50:56:aa:00:{n:02x}", boot=n * 999)
    s.lease(h, d, f"10.0.0.{30 + n}", name="template")
    s.ssh(d, h, 7)
  s.count(6)
  s.holders("key:7", 5)
  s.holders("name:template", 5)
  s.related("00:50:56:aa:00:00", "00:50:56:aa:00:01")
  s.event("conflict", 0, 0)


def crowd_of_guests(s):
  """Six hundred telephones with made-up MACs in a day at a fair, each with IPv4, IPv6 and a name: six hundred."""
  d = Host("00:25:90:00:00:fe", "10.0.0.1", "fe80::1")
  s.arp_announce(d)
  s.router_advertise(d)
  for n in range(600):
    h = Host(f"{(n % 16) << 4 | 2:02x}:11:22:{n >> 8:02x}:{n & 255:02x}:01", ip6=f"2001:db8::{n + 1:x}:77", stack="mac", boot=n)
    s.lease(h, d, f"10.0.{n % 3}.{n % 200 + 10}", name=f"guest-{n}")
    s.detect_duplicate(h)
    s.mdns(h, f"guest-{n}.local")
    s.wait(60)
  s.count(601)
  for n in (0, 17, 599):
    s.together(f"{(n % 16) << 4 | 2:02x}:11:22:{n >> 8:02x}:{n & 255:02x}:01", f"10.0.{n % 3}.{n % 200 + 10}", f"name:guest-{n}")
  s.event("conflict", 0, 0)


def mirror_of_the_third_version(s):
  """ERSPAN of version III without sequence numbers; what is not Ethernet inside makes nobody up."""
  switch, sensor = Host("00:1b:0d:00:00:01", "10.0.0.2"), Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(switch)
  for kind in (0, 7):
    for n in range(3):
      frame = wire.ethernet(f"3c:5a:b4:00:00:{n:02x}", BROADCAST, 0x0806, wire.arp(1, f"3c:5a:b4:00:00:{n:02x}", f"10.9.0.{n + 1}", "00:00:00:00:00:00", "10.9.0.9"))
      head = b"\x20\x0a\0\7" + b"\x11\x22\x33\x44" + b"\0\0" + bytes((kind << 2, 0))
      s.packet(switch, sensor, 47, b"\0\0\x22\xeb" + head + (frame if kind == 0 else frame[5:]))
  s.count(4)
  for n in range(3):
    s.together(f"3c:5a:b4:00:00:{n:02x}", f"10.9.0.{n + 1}")
