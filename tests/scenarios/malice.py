"""In bad faith: poisoned caches, starved pools, names of others, answers in their place."""
import random

import wire
from stage import BROADCAST, Host
from stacks import CHROME_WINDOWS, SAFARI_PHONE


def in_the_middle(s):
  """Somebody poisons gateway and victim and passes on what they say: they stay who they are."""
  r, victim, thief = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router"), Host("00:25:90:00:00:0a", "10.0.0.10", stack="windows"), Host("00:25:90:00:00:66", "10.0.0.66")
  for h in (r, victim, thief):
    s.arp_announce(h)
  far = Host("", "203.0.113.9", via=r, hops=7)
  s.http(victim, far, agent=CHROME_WINDOWS)
  for n in range(20):
    s.send(thief, victim.mac, 0x0806, wire.arp(2, thief.mac, r.ip, victim.mac, victim.ip))
    s.send(thief, r.mac, 0x0806, wire.arp(2, thief.mac, victim.ip, r.mac, r.ip))
    s.wait(2)
    for source, hops in ((victim, 0), (Host("", victim.ip, stack="windows", via=thief, hops=1), 0)):
      s.http(source, far, agent=CHROME_WINDOWS, seen="client")
    s.http(victim, Host("", far.ip, via=thief, hops=8), agent=CHROME_WINDOWS, seen="server")
    s.http(victim, far, agent=CHROME_WINDOWS, seen="server")
    s.ping(r, Host(thief.mac, victim.ip), r.ip, victim.ip)
  s.count(4)
  s.together(r.mac, "10.0.0.1")
  s.together(victim.mac, "10.0.0.10", "os:Windows")
  s.together(thief.mac, "10.0.0.66")
  s.lacks(thief.mac, "os:Windows")
  s.lacks("203.0.113.9", thief.mac)
  s.event("addressMoved", 0, 0)
  s.event("conflict", 1, 4)


def in_the_middle_unseen_by_ttl(s):
  """The same with a tool that does not lower the TTL."""
  r, victim, thief = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router"), Host("00:25:90:00:00:0a", "10.0.0.10", stack="windows"), Host("00:25:90:00:00:66", "10.0.0.66")
  for h in (r, victim, thief):
    s.arp_announce(h)
  far = Host("", "203.0.113.9", via=r, hops=7)
  s.http(victim, far, agent=CHROME_WINDOWS)
  for n in range(20):
    s.send(thief, victim.mac, 0x0806, wire.arp(2, thief.mac, r.ip, victim.mac, victim.ip))
    s.send(thief, r.mac, 0x0806, wire.arp(2, thief.mac, victim.ip, r.mac, r.ip))
    s.wait(2)
    s.http(victim, far, agent=CHROME_WINDOWS, seen="client")
    s.http(Host("", victim.ip, stack="windows", via=thief, hops=0), far, agent=CHROME_WINDOWS, seen="client")
    s.ping(r, Host(thief.mac, victim.ip), r.ip, victim.ip)
  s.together(r.mac, "10.0.0.1")
  s.together(victim.mac, "10.0.0.10", "os:Windows")
  s.together(thief.mac, "10.0.0.66")
  s.apart(victim.mac, thief.mac)
  s.event("addressMoved", 0, 0)
  s.event("conflict", 1, 4)


def gratuitous_claims(s):
  """Announced once a second for the gateway's address, by one who never forwards; the gateway is at work."""
  r, thief, a = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router"), Host("00:25:90:00:00:66", "10.0.0.66"), Host("00:25:90:00:00:0a", "10.0.0.10")
  for h in (r, thief, a):
    s.arp_announce(h)
  s.ssh(a, r, 1, "SSH-2.0-Cisco-1.25")
  for n in range(60):
    s.arp_announce(thief, "10.0.0.1")
    s.wait(1)
    s.ping(r, a)
  s.count(3)
  s.together(r.mac, "10.0.0.1", "key:1")
  s.lacks(thief.mac, "key:1")
  s.event("conflict", 1, 2)
  s.event("addressMoved", 0, 0)


def borrowed_source(s):
  """Packets with another's source address, to make others answer it: the address stays its holder's."""
  victim, thief, c = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:25:90:00:00:66", "10.0.0.66"), Host("00:25:90:00:00:0c", "10.0.0.12")
  for h in (victim, thief, c):
    s.arp_announce(h)
  s.http(c, victim, server="nginx/1.22.1")
  for n in range(200):
    s.packet(thief, c, 6, wire.tcp(1000 + n, 80, 1, 0, 2), victim.ip)
    s.packet(c, victim, 6, wire.tcp(80, 1000 + n, 1, 2, 0x14))
    s.wait(0.5)
    if n % 20 == 0:
      s.http(c, victim, server="nginx/1.22.1")
  s.count(3)
  s.together(victim.mac, victim.ip, "sw:nginx")
  s.together(thief.mac, thief.ip)
  s.lacks(thief.mac, "sw:nginx")
  s.event("addressMoved", 0, 0)


def starved_pool(s):
  """Thousands of made-up clients ask for leases from one card: they are nobody."""
  d, thief = Host("00:25:90:00:00:fe", "10.0.0.254"), Host("00:25:90:00:00:66", "10.0.0.66")
  s.arp_announce(d)
  s.arp_announce(thief)
  r, o = random.Random(5), wire.dhcp_option
  for n in range(2000):
    mac = "00:" + ":".join(f"{r.randrange(256):02x}" for _ in range(5))
    data = wire.dhcp(1, mac, n, [o(53, b"\1"), o(12, f"ghost-{n}".encode()), o(55, b"\1\3")])
    s.send(thief, BROADCAST, 0x0800, wire.ip("0.0.0.0", "255.255.255.255", 17, wire.udp(68, 67, data), 64))
    if n < 200:
      answer = [o(53, b"\5"), o(54, wire.address(d.ip)), o(51, b"\0\0\x0e\x10")]
      s.send(d, mac, 0x0800, wire.ip(d.ip, f"10.0.0.{n + 10}", 17, wire.udp(67, 68, wire.dhcp(2, mac, n, answer, yiaddr=f"10.0.0.{n + 10}")), 64))
  s.count(2)
  s.together(d.mac, d.ip)
  s.together(thief.mac, thief.ip)
  s.nobody("10.0.0.77", "name:ghost-7")


def second_server(s):
  """A false DHCP server answers too: clients are who they are with either's address."""
  d, rogue = Host("00:25:90:00:00:fe", "10.0.0.254"), Host("00:25:90:00:00:66", "10.0.0.66")
  for h in (d, rogue):
    s.arp_announce(h)
  for n in range(6):
    a = Host(f"3c:5a:b4:00:00:{n:02x}")
    s.dhcp_ask(a, 1, name=f"host-{n}")
    s.dhcp_answer(d, a, 2, f"10.0.0.{50 + n}")
    s.dhcp_answer(rogue, a, 2, f"10.0.0.{150 + n}")
    chosen, ip = ((d, f"10.0.0.{50 + n}"), (rogue, f"10.0.0.{150 + n}"))[n % 2]
    s.dhcp_ask(a, 3, name=f"host-{n}", server=chosen.ip, wanted=ip)
    s.dhcp_answer(chosen, a, 5, ip)
    a.ip = ip
    s.http(a, d)
    s.together(a.mac, ip, f"name:host-{n}")
  s.count(8)
  s.nobody("10.0.0.150", "10.0.0.51")
  s.event("conflict", 0, 0)


def reflector(s):
  """A router repeats announcements from one network in another: the names are those of whom they name."""
  r, a = Host("00:1b:0d:63:c2:26", "10.0.0.1"), Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_pair(r, a)
  s.mdns(a, "desk.local")
  for n in range(5):
    data = wire.udp(5353, 5353, wire.dns_answer(f"tv-{n}.local", [f"10.0.5.{n + 20}"], 0x8400, False, True))
    s.send(r, "01:00:5e:00:00:fb", 0x0800, wire.ip(r.ip, "224.0.0.251", 17, data, 255))
  s.count(2)
  s.together(a.mac, a.ip, "name:desk.local")
  for n in range(5):
    s.lacks(r.mac, f"name:tv-{n}.local")


def poisoned_names(s):
  """Somebody answers to every name that is asked for: the true holder keeps its own."""
  thief, fs = Host("00:25:90:00:00:66", "10.0.0.66"), Host("00:25:90:00:00:0b", "10.0.0.20", stack="windows")
  a = Host("00:25:90:00:00:0a", "10.0.0.10", stack="windows")
  for h in (thief, fs, a):
    s.arp_announce(h)
  s.nbns(fs, "FILESRV")
  for n in range(20):
    name = "filesrv" if n == 10 else f"wpad{n}"
    a.port += 1
    ask = wire.dns_answer(name, [], 0)
    s.send(a, "01:00:5e:00:00:fc", 0x0800, wire.ip(a.ip, "224.0.0.252", 17, wire.udp(a.port, 5355, ask), 1))
    s.packet(thief, a, 17, wire.udp(5355, a.port, wire.dns_answer(name, [thief.ip], 0x8000)))
  s.count(3)
  s.together(fs.mac, fs.ip, "name:filesrv")
  s.together(thief.mac, thief.ip)
  s.apart(a.mac, "name:wpad3")
  s.apart(fs.mac, "name:wpad3")


def names_of_the_network_itself(s):
  """Answers of a resolver tie names of the world to addresses of the house, and all names to one address."""
  d, a, b = Host("00:25:90:00:00:fe", "10.0.0.254"), Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:25:90:00:00:0b", "10.0.0.11")
  for h in (d, a, b):
    s.arp_announce(h)
  s.resolve(a, d, "intranet.example.test", ["10.0.0.11"])
  for n in range(40):
    s.resolve(a, d, f"blocked{n}.example.com", ["0.0.0.0"])
    s.resolve(a, d, f"other{n}.example.com", ["127.0.0.1"])
  s.http(a, b, host="intranet.example.test")
  s.count(3)
  s.together(b.mac, b.ip, "domain:intranet.example.test")
  s.nobody("0.0.0.0", "127.0.0.1")
  for h in (a, d, b):
    s.apart(h.mac, "domain:blocked7.example.com")


def flood_of_frames(s):
  """macof: every frame from another MAC and another address; who was there before is who he was."""
  r = random.Random(9)
  hosts = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in range(10, 15)]
  for h in hosts:
    s.arp_announce(h)
    s.ssh(hosts[0], h, h.ip == "10.0.0.10" and 1 or int(h.ip[-2:]))
  for n in range(4000):
    mac = f"{r.randrange(64) * 4:02x}:" + ":".join(f"{r.randrange(256):02x}" for _ in range(5))
    source = f"{r.randrange(1, 200)}.{r.randrange(256)}.{r.randrange(256)}.{r.randrange(1, 255)}"
    s.put(wire.ethernet(mac, hosts[0].mac, 0x0800, wire.ip(source, "10.0.0.10", 6, wire.tcp(n & 0xFFFF, 80, n, 0, 2, b"", 512), 64)))
  for h in hosts:
    s.ssh(hosts[1], h, h.ip == "10.0.0.10" and 1 or int(h.ip[-2:]))
  for h in hosts[1:]:
    s.together(h.mac, h.ip, f"key:{int(h.ip[-2:])}")
  s.together(hosts[0].mac, hosts[0].ip, "key:1")


def false_owner_of_the_gateway_while_it_is_down(s):
  """The gateway is gone for good, and somebody takes its place: that is a move, told once."""
  r, other, a = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router"), Host("00:25:90:00:00:66", "10.0.0.66"), Host("00:25:90:00:00:0a", "10.0.0.10")
  for h in (r, other, a):
    s.arp_announce(h)
  s.ssh(a, r, 1, "SSH-2.0-Cisco-1.25")
  s.wait(1200)
  for _ in range(10):
    s.arp_announce(other, "10.0.0.1")
    s.ssh(a, Host(other.mac, "10.0.0.1"), 2)
    s.wait(30)
  s.count(3)
  s.together(other.mac, "10.0.0.1", "10.0.0.66", "key:2")
  s.lacks(r.mac, "key:2")
  s.lacks(other.mac, "key:1")
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def names_borrowed(s):
  """Two hosts say that they are called the same, one by mistake: each keeps its own endpoint."""
  a, b = Host("00:25:90:00:00:0a", "10.0.0.10", stack="windows"), Host("00:25:90:00:00:0b", "10.0.0.11", stack="mac")
  d = Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(d)
  for h, agent in ((a, CHROME_WINDOWS), (b, SAFARI_PHONE)):
    s.lease(h, d, h.ip, name="LAPTOP-1")
    s.http(h, d, agent=agent)
  s.count(3)
  s.holders("name:laptop-1", 2)
  s.lacks(a.mac, "os:iOS")
  s.lacks(b.mac, "os:Windows")
