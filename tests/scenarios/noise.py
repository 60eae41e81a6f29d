"""What is no endpoint: scans, names of others, quoted packets, hostile words; and captures that are not whole or not straight."""
import random

import craft
import wire
from stacks import CHROME_WINDOWS
from stage import BROADCAST, SECOND, Host


def _server(s):
  d = Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(d)
  return d


def arp_sweep(s):
  """A scanner asks for a whole /20 by ARP; three answer."""
  x = Host("3c:5a:b4:00:00:66", "10.0.0.6")
  live = [Host(f"3c:5a:b4:00:01:{n:02x}", f"10.0.{n}.7") for n in (1, 7, 14)]
  for n in range(4000):
    s.arp_ask(x, f"10.0.{n >> 8}.{n & 255}")
    for h in live:
      if h.ip == f"10.0.{n >> 8}.{n & 255}":
        s.arp_reply(h, x)
  s.count(4)
  s.together(x.mac, x.ip)


def far_sweep(s):
  """A sweep through a router that answers for the dead: it says unreachable, quoting; none of the quoted is there."""
  r, x = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router"), Host("3c:5a:b4:00:00:66", "10.0.0.6")
  s.arp_pair(x, r)
  for n in range(600):
    dead = Host("", f"10.9.{n >> 8}.{n & 255}", via=r)
    s.syn(x, dead, 445)
    quoted = wire.ip(x.ip, dead.ip, 6, wire.tcp(x.port, 445, 1000, 0, 2), 63)
    if n % 3 == 0:
      unreachable = craft.unreachable(s, r, x, quoted)
  s.count(2)
  s.nobody("10.9.0.0", "10.9.0.3", "10.9.2.1")


def sweep_of_version_6(s):
  """A sweep of a /64 on the link: solicitations of thousands, two of whom answer."""
  x = Host("3c:5a:b4:00:00:66", ip6="2001:db8::66")
  live = Host("3c:5a:b4:00:00:02", ip6="2001:db8::5:77")
  for n in range(3000):
    craft.solicit(s, x, f"2001:db8::{n >> 8:x}:{n & 255:x}")
  craft.solicit(s, x, live.ip6)
  craft.answer(s, live, x)
  s.count(2)


def closed_ports(s):
  """Who answers with nothing but resets is there; who answers with nothing is not."""
  x = Host("3c:5a:b4:00:00:66", "10.0.0.6")
  for n in range(20):
    h = Host(f"3c:5a:b4:00:01:{n:02x}", f"10.0.0.{100 + n}")
    s.arp_pair(x, h) if n < 10 else s.arp_ask(x, h.ip)
    for port in (22, 80, 443):
      s.syn(x, h, port)
      if n < 10:
        s.packet(h, x, 6, wire.tcp(port, x.port, 0, 1001, 0x14))
  s.count(11)
  s.nobody("10.0.0.110", "port:22", "port:80")


def names_of_the_world(s):
  """A resolver tells of forty servers: of the three that answer the names are known, of nobody else."""
  r, dns, pc = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router"), Host("00:25:90:00:00:53", "10.0.0.53"), Host("3c:5a:b4:00:00:01", "10.0.0.20")
  for h in (r, dns, pc):
    s.arp_announce(h)
  for n in range(40):
    web = Host("", f"198.51.100.{n + 1}", via=r, hops=6)
    s.resolve(pc, dns, f"site{n}.example.test", [web.ip])
    if n < 3:
      s.connect(pc, web, 443, [(False, craft.hello(f"site{n}.example.test"))])
    else:
      s.syn(pc, web, 443)
  s.count(6)
  for n in range(3):
    s.together(f"198.51.100.{n + 1}", f"domain:site{n}.example.test")
  s.nobody("198.51.100.4", "domain:site10.example.test")
  for n in (0, 7):
    s.apart(dns.mac, f"domain:site{n}.example.test")
    s.apart(pc.mac, f"domain:site{n}.example.test")


def reflector(s):
  """A router repeats multicast names between networks from its own address: the names are not the router's."""
  r = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="linux")
  tv = Host("a4:83:e7:00:00:02", "10.0.0.40")
  s.arp_announce(r)
  s.arp_announce(tv)
  s.mdns(tv, "TV.local")
  for n in range(4):
    craft.mdns_of(s, r, f"printer-{n}.local", [f"10.3.0.{n + 9}"])
    craft.mdns_of(s, r, "TV.local", [tv.ip])
  s.count(2)
  s.together(tv.mac, tv.ip, "name:tv.local")
  s.apart(r.mac, "name:tv.local")
  for n in range(4):
    s.apart(r.mac, f"name:printer-{n}.local")


def words_that_bite(s):
  """Names of any octets: endpoints stay what they are, the output stays whole."""
  d = _server(s)
  names = [b"a" * 255, b"\xff\xfe\x00\x01", b"../../etc/passwd", b"x\ny\r\n\x1b[2J", b'"},{"name":"', b"'; DROP TABLE endpoints;--", "müller".encode("latin-1"),
           b"%n%s%x", b" ", b"<script>alert(1)</script>", b"\xe2\x80\xae gnp.exe", b"0.0.0.0", b"localhost"]
  for n, name in enumerate(names):
    h = Host(f"3c:5a:b4:00:00:{n:02x}")
    s.lease(h, d, f"10.0.0.{30 + n}", name=name)
    s.nbns(h, "A\"B") if n == 4 else s.arp_announce(h)
    s.http(h, d)
  s.count(len(names) + 1)
  for n in range(len(names)):
    s.together(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{30 + n}")


def names_everybody_has(s):
  """localhost, android-, (none), unknown: what a hundred machines are called joins none of them."""
  d = _server(s)
  for n in range(100):
    h = Host(f"3c:5a:b4:00:01:{n:02x}", boot=n)
    s.lease(h, d, f"10.0.0.{30 + n}", name=("localhost", "android", "unknown", "iPhone")[n % 4])
  s.count(101)


def one_way(s):
  """A tap of one fibre: only what goes out. Who never speaks is nobody."""
  pc, r = Host("3c:5a:b4:00:00:01", "10.0.0.20", stack="windows"), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  for n in range(5):
    web = Host("", f"198.51.100.{n + 1}", via=r)
    s.http(pc, web, agent=CHROME_WINDOWS, seen="client")
  s.count(1)
  s.together(pc.mac, pc.ip, "os:Windows")
  s.nobody(r.mac, "198.51.100.1")


def the_other_way(s):
  """The other fibre: servers only, far away, by their answers."""
  pc, r = Host("3c:5a:b4:00:00:01", "10.0.0.20"), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  for n in range(5):
    s.http(pc, Host("", f"198.51.100.{n + 1}", via=r, hops=7, boot=n), "nginx/1.22.1", seen="server")
  s.count(5, 6)
  for n in range(5):
    s.together(f"198.51.100.{n + 1}", "sw:nginx", "port:80")
  s.nobody("10.0.0.20")


def _twice(s, lag, change=lambda frame: frame):
  s.records = sorted([r for time, frame in s.records for r in ((time, frame), (time + lag, change(frame)))], key=lambda r: r[0])


def seen_twice(s):
  """A mirror of two ports: every frame twice, ten microseconds apart."""
  d = _server(s)
  for n in range(4):
    h = Host(f"3c:5a:b4:00:00:{n:02x}", boot=n)
    s.lease(h, d, f"10.0.0.{30 + n}", name=f"pc-{n}")
    s.arp_announce(h)
    for _ in range(5):
      s.http(h, d)
      s.ssh(d, h, n + 1)
  _twice(s, 10_000)
  s.count(5)
  for n in range(4):
    s.together(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{30 + n}", f"name:pc-{n}", f"key:{n + 1}")
    s.lacks(f"3c:5a:b4:00:00:{n:02x}", "several")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def both_sides_of_a_router(s):
  """A mirror of a router's two ports without tags: frames before and behind it, TTL one less."""
  r1, r2 = Host("00:1b:0d:00:00:01", "10.1.0.1", stack="router"), Host("00:1b:0d:00:00:02", "10.2.0.1", stack="router")
  a, b = Host("3c:5a:b4:00:00:01", "10.1.0.9", stack="windows"), Host("3c:5a:b4:00:00:02", "10.2.0.9")
  s.arp_pair(a, r1)
  s.arp_pair(b, r2)
  for _ in range(4):
    before = len(s.records)
    s.http(Host(a.mac, a.ip, stack="windows"), Host(r1.mac, b.ip, via=r1), "nginx/1.22.1", agent=CHROME_WINDOWS)
    more = []
    for time, frame in s.records[before:]:
      ip = bytearray(frame[14:])
      if frame[6:12] == wire.mac(a.mac):
        ip[8] -= 1
        head = wire.mac(b.mac) + wire.mac(r2.mac)
      else:
        ip[8] += 1
        head = wire.mac(r2.mac) + wire.mac(b.mac)
      ip[10:12] = b"\0\0"
      ip[10:12] = wire.checksum(bytes(ip[:20])).to_bytes(2, "big")
      more.append((time + 20_000, head + b"\x08\0" + bytes(ip)))
    s.records = sorted(s.records + more, key=lambda r: r[0])
    s.wait(60)
  s.count(4)
  s.together(a.mac, a.ip, "os:Windows")
  s.together(b.mac, b.ip, "sw:nginx")
  s.apart(r2.mac, "os:Windows")
  s.lacks(a.mac, "several")
  s.event("conflict", 0, 0)


def clock_set_back(s):
  """The sensor's clock goes back an hour in the middle of a lease's move: nobody inherits."""
  d = _server(s)
  a, b = Host("3c:5a:b4:00:00:01", stack="windows"), Host("3c:5a:b4:00:00:02")
  s.lease(a, d, "10.0.0.30", name="a")
  s.http(a, d, agent=CHROME_WINDOWS)
  s.wait(5000)
  s.now -= 3600 * SECOND
  s.lease(b, d, "10.0.0.30", name="b")
  s.http(b, d)
  s.wait(60)
  s.http(b, d)
  s.count(3)
  s.together(a.mac, "name:a", "os:Windows")
  s.together(b.mac, "10.0.0.30", "name:b")
  s.lacks(b.mac, "os:Windows")
  s.event("conflict", 0, 0)


def clock_of_1970(s):
  """A sensor without a clock battery: it begins in 1970 and gets the time after a minute; and loses it once more."""
  true = s.now
  d, h = Host("00:25:90:00:00:fe", "10.0.0.254"), Host("3c:5a:b4:00:00:01", "10.0.0.30")
  for begin in (5 * SECOND, true, true + 7200 * SECOND):
    s.now = begin
    s.arp_announce(d)
    s.arp_announce(h)
    s.ssh(d, h, 2)
    s.wait(60)
  s.count(2)
  s.together(h.mac, "10.0.0.30", "key:2")


def cut_short(s):
  """Ninety-six octets of every frame."""
  s.snap = 96
  d = _server(s)
  for n in range(4):
    h = Host(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{30 + n}", stack=("linux", "windows", "mac", "android")[n])
    s.arp_announce(h)
    s.http(h, d)
    s.nbns(h, f"PC-{n}")
  s.count(5)
  for n in range(4):
    s.together(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{30 + n}")


def customers_in_double_tags(s):
  """Two customers with the same addresses and the same inner VLAN, under two outer tags."""
  for outer in (100, 200):
    a = Host(f"3c:5a:b4:00:00:{outer:02x}", "10.0.0.5", vlans=(outer, 7), stack="windows" if outer == 100 else "linux")
    d = Host(f"00:25:90:00:00:{outer:02x}", "10.0.0.1", vlans=(outer, 7))
    s.arp_pair(a, d)
    s.http(a, d, agent=CHROME_WINDOWS if outer == 100 else "curl/7.88.1")
    s.together(a.mac, f"vlan:{outer}", "customer:7")
  s.count(4)
  s.holders("10.0.0.5", 2)
  s.apart("3c:5a:b4:00:00:c8", "os:Windows")
  s.event("conflict", 0, 0)


def overlays_of_one_template(s):
  """The same MACs and addresses in three VNIs: three tenants of one template."""
  for vni in (5001, 5002, 5003):
    a, d = Host("02:00:00:00:00:05", "10.0.0.5", vni=vni), Host("02:00:00:00:00:01", "10.0.0.1", vni=vni)
    s.arp_pair(a, d)
    s.ssh(d, a, vni - 5000)
  s.holders("10.0.0.5", 3)
  for n in (1, 2, 3):
    s.together("02:00:00:00:00:05", f"key:{n}")
  s.apart("key:1", "key:2")
  s.count(6, 8)
  s.event("conflict", 0, 0)


def forwarding_thief(s):
  """ARP spoofing both ways, with forwarding: victim and gateway keep theirs; a conflict is told; the thief is not the victim's system."""
  gw, victim, thief = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router"), Host("3c:5a:b4:00:00:02", "10.0.0.20", stack="windows"), Host("3c:5a:b4:00:00:66", "10.0.0.66")
  for h in (gw, victim, thief):
    s.arp_announce(h)
  web = Host("", "198.51.100.7", via=gw, hops=6)
  for n in range(5):
    s.http(victim, web, agent=CHROME_WINDOWS)
    s.wait(30)
  for n in range(30):
    craft.arp(s, thief, 2, thief.mac, gw.ip, victim.mac, victim.ip, victim.mac)
    craft.arp(s, thief, 2, thief.mac, victim.ip, gw.mac, gw.ip, gw.mac)
    s.http(victim, Host(thief.mac, web.ip, via=thief, hops=7), agent=CHROME_WINDOWS)
    s.http(Host(thief.mac, victim.ip, stack="windows", via=thief, hops=1), web, agent=CHROME_WINDOWS)
    s.ping(gw, victim)
    s.wait(2)
  for n in range(5):
    s.http(victim, web, agent=CHROME_WINDOWS)
    s.wait(30)
  s.count(4)
  s.together(gw.mac, gw.ip)
  s.together(victim.mac, victim.ip, "os:Windows")
  s.together(thief.mac, thief.ip)
  s.lacks(thief.mac, "os:Windows")
  s.apart(thief.mac, "198.51.100.7")
  s.event("conflict", 1, 4)
  s.event("addressMoved", 0, 0)


def forged_in_transit(s):
  """A flood of frames with the server's address from ten thousand MACs: the server keeps it."""
  s.options = ["--max-endpoints", "2000"]
  s.status = 3
  d, pc = _server(s), Host("3c:5a:b4:00:00:01", "10.0.0.20")
  rng = random.Random(5)
  s.arp_announce(pc)
  s.ssh(pc, d, 1)
  for n in range(10000):
    mac = ":".join(f"{rng.randrange(256) & (0xfe if i == 0 else 255):02x}" for i in range(6))
    s.put(wire.ethernet(mac, BROADCAST, 0x0806, wire.arp(1, mac, d.ip, "00:00:00:00:00:00", d.ip)))
    if n % 500 == 0:
      s.ssh(pc, d, 1)
  s.ssh(pc, d, 1)
  s.together(d.mac, d.ip, "key:1")
  s.together(pc.mac, pc.ip)
  s.holders("key:1", 1)


def words_of_a_printer_elsewhere(s):
  """Two that announce, and name themselves, within one second."""
  d = _server(s)
  a, b = Host("3c:5a:b4:00:00:01", "10.0.0.30"), Host("3c:5a:b4:00:00:02", "10.0.0.31")
  s.arp_announce(a)
  s.arp_announce(b)
  craft.mdns_of(s, a, "alpha.local", [a.ip])
  craft.mdns_of(s, b, "beta.local", [b.ip])
  s.ping(a, d)
  s.ping(b, d)
  s.count(3)
  s.together(a.mac, "name:alpha.local")
  s.together(b.mac, "name:beta.local")
