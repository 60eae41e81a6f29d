"""Addresses that more than one machine answers for by design, and machines with more than one."""
import craft
import wire
from stacks import CHROME_WINDOWS
from stage import Host


def direct_server_return(s):
  """A balancer has the address; two servers answer from it with frames of their own, and with their own address too."""
  client, lb = Host("3c:5a:b4:00:00:01", "10.0.0.9"), Host("00:0a:f7:00:00:01", "10.0.0.100")
  real = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{110 + n}", boot=n * 100) for n in (1, 2)]
  for h in (client, lb, *real):
    s.arp_announce(h)
  for n in range(10):
    server = real[n % 2]
    answers = Host(server.mac, lb.ip, boot=server.boot)
    s.http(client, answers, "nginx/1.22.1")
    s.ssh(client, server, n % 2 + 1)
    s.ping(lb, server)
    s.wait(40)
  s.count(4)
  s.together(lb.mac, lb.ip)
  s.holders(lb.ip, 1)
  s.apart(lb.mac, real[0].mac)
  s.apart(lb.mac, real[1].mac)
  s.apart(real[0].mac, real[1].mac)
  s.together(real[0].mac, real[0].ip, "key:1", "sw:nginx")
  s.together(real[1].mac, real[1].ip, "key:2")
  s.event("addressMoved", 0, 2)
  s.event("conflict", 0, 2)


def balance_alb(s):
  """A bond that answers ARP with one or the other of its cards, for each client the same: it does not wander."""
  bond = [Host(f"00:25:90:00:00:{n:02x}", "10.0.0.5") for n in (1, 2)]
  clients = [Host(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{20 + n}", boot=n) for n in range(4)]
  for n in range(60):
    c, slave = clients[n % 4], bond[n % 2]
    if n < 8:
      s.arp_ask(c, "10.0.0.5")
      s.arp_reply(slave, c)
    s.http(c, slave, "nginx/1.22.1")
    s.wait(31)
  for c in clients:
    s.together(c.mac, c.ip)
  s.event("addressMoved", 0, 1)
  s.event("conflict", 0, 2)
  s.count(5, 6)


def hot_standby(s):
  """HSRP: the active router fails, the standby takes the virtual MAC; the routers stay two, the address is neither's."""
  r1, r2 = Host("00:1b:0d:00:00:01", "10.0.0.2", stack="router"), Host("00:1b:0d:00:00:02", "10.0.0.3", stack="router")
  pc, vmac = Host("3c:5a:b4:00:00:01", "10.0.0.20"), "00:00:0c:07:ac:05"
  far = Host("", "198.51.100.7", via=r1, hops=5)
  for h in (r1, r2, pc):
    s.arp_announce(h)
  for phase, (active, standby) in enumerate(((r1, r2), (r2, r1), (r1, r2))):
    craft.arp(s, Host(vmac, active.ip), 2, vmac, "10.0.0.1", "ff:ff:ff:ff:ff:ff", "10.0.0.1")
    for _ in range(30):
      craft.hsrp(s, active, 5, "10.0.0.1")
      if phase != 1:
        craft.hsrp(s, standby, 5, "10.0.0.1", 8)
      s.wait(3)
    far.via = active
    s.http(pc, far, "nginx/1.22.1")
    s.ping(Host(vmac, "10.0.0.1", stack="router"), pc)
    s.wait(3600)
  s.together(r1.mac, r1.ip)
  s.together(r2.mac, r2.ip)
  s.apart(r1.mac, "10.0.0.1")
  s.apart(r2.mac, "10.0.0.1")
  s.apart(r1.ip, r2.ip)
  s.apart(r1.mac, "198.51.100.7")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)
  s.count(5)


def carp_with_version_6(s):
  """CARP of two firewalls for IPv4 and IPv6: they stay two."""
  a = Host("00:0d:b9:00:00:01", "10.0.0.2", "2001:db8::2", boot=1)
  b = Host("00:0d:b9:00:00:02", "10.0.0.3", "2001:db8::3", boot=2)
  v = Host("00:00:5e:00:01:07", "10.0.0.1", "2001:db8::1")
  pc = Host("3c:5a:b4:00:00:01", "10.0.0.20", "2001:db8::20")
  for h in (a, b, pc):
    s.arp_announce(h)
    s.advertise(h)
  for master in (a, b, a):
    s.arp_announce(v)
    s.advertise(v)
    for _ in range(20):
      body = bytes((0x21, 7, 0, 7, 0, 1)) + b"\0" * 30
      s.put(wire.ethernet(v.mac, "01:00:5e:00:00:12", 0x0800, wire.ip(master.ip, "224.0.0.18", 112, body, 255)))
      s.wait(1)
    s.ping(pc, v)
    s.ping(v, pc)
    s.ssh(pc, master, 1 if master is a else 2)
    s.wait(7200)
  s.together(a.mac, "10.0.0.2", "2001:db8::2", "key:1")
  s.together(b.mac, "10.0.0.3", "2001:db8::3", "key:2")
  s.together(pc.mac, "10.0.0.20", "2001:db8::20")
  for h in (a, b):
    s.apart(h.mac, "10.0.0.1")
    s.apart(h.mac, "2001:db8::1")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def keepalived(s):
  """A service address goes between two servers by gratuitous ARP, three times in a day; the servers keep their own."""
  one, two = Host("00:25:90:00:00:01", "10.0.0.11"), Host("00:25:90:00:00:02", "10.0.0.12", boot=9)
  pc = Host("3c:5a:b4:00:00:01", "10.0.0.20")
  for h in (one, two, pc):
    s.arp_announce(h)
  for n in range(4):
    holder = (one, two)[n % 2]
    for _ in range(5):
      s.arp_announce(holder, "10.0.0.10")
      s.wait(1)
    for _ in range(6):
      s.http(pc, Host(holder.mac, "10.0.0.10", boot=holder.boot), "nginx/1.22.1")
      s.ssh(pc, one, 1)
      s.ssh(pc, two, 2)
      s.wait(3600)
  s.count(3)
  s.together(one.mac, "10.0.0.11", "key:1")
  s.together(two.mac, "10.0.0.12", "key:2")
  s.apart(one.mac, two.mac)
  s.event("addressMoved", 3, 3)
  s.event("conflict", 0, 0)


def web_farm_on_one_card(s):
  """Forty addresses of one server, each announced: one machine."""
  h, pc = Host("00:25:90:00:00:01", "10.0.0.40"), Host("3c:5a:b4:00:00:01", "10.0.0.20")
  s.arp_announce(pc)
  for n in range(40):
    s.arp_announce(h, f"10.0.1.{n + 1}")
    s.http(pc, Host(h.mac, f"10.0.1.{n + 1}"), "Apache/2.4.57 (Debian)")
  s.count(2)
  s.together(h.mac, "10.0.1.1", "10.0.1.40", "sw:Apache HTTP Server" if False else "port:80")


def aliases_without_arp(s):
  """Behind a mirror that begins late: six addresses of a server, none announced, an initial TTL in all."""
  pc = Host("3c:5a:b4:00:00:01", "10.0.0.20")
  s.arp_announce(pc)
  for turn in range(3):
    for n in range(6):
      s.http(pc, Host("00:25:90:00:00:01", f"10.0.0.{100 + n}"), "nginx/1.22.1")
      s.wait(100)
  s.count(2)
  s.together("00:25:90:00:00:01", *(f"10.0.0.{100 + n}" for n in range(6)))


def router_on_a_stick(s):
  """One cable, two VLANs: what passes the router is seen twice, and the hosts are one each."""
  r10 = Host("00:1b:0d:00:00:01", "10.10.0.1", stack="router", vlans=(10,))
  r20 = Host("00:1b:0d:00:00:01", "10.20.0.1", stack="router", vlans=(20,))
  a, b = Host("3c:5a:b4:00:00:01", "10.10.0.9", vlans=(10,)), Host("3c:5a:b4:00:00:02", "10.20.0.9", stack="windows", vlans=(20,))
  for h, r in ((a, r10), (b, r20)):
    s.arp_pair(h, r)
  port = 42000
  def pass_on(x, rx, y, ry, data):
    port_of, kind, payload = data
    first = wire.ip(x.ip, y.ip, kind, payload, x.ttl(), port_of)
    s.put(wire.ethernet(x.mac, rx.mac, 0x0800, first, x.vlans))
    s.put(wire.ethernet(ry.mac, y.mac, 0x0800, wire.ip(x.ip, y.ip, kind, payload, x.ttl() - 1, port_of), y.vlans))
  for n in range(8):
    pass_on(a, r10, b, r20, (n, 6, wire.tcp(port + n, 445, 1, 0, 2, b"", 64240, b"\2\4\5\xb4\4\2\1\1")))
    pass_on(b, r20, a, r10, (n, 6, wire.tcp(445, port + n, 1, 2, 0x12, b"", 8192, b"\2\4\5\xb4\1\1\4\2")))
    pass_on(b, r20, a, r10, (n + 100, 1, b"\x08\0\xf7\xfd\0\1\0\1"))
    s.wait(60)
  s.count(3, 4)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip)
  s.holders(a.ip, 1)
  s.holders(b.ip, 1)
  s.apart(a.ip, r10.mac)
  s.apart(b.ip, r20.mac)
  s.event("conflict", 0, 0)


def proxy_arp(s):
  """A firewall answers for half a network that lies behind it; those behind speak with a TTL it lowers."""
  fw = Host("00:0d:b9:00:00:01", "10.0.0.1")
  pc = Host("3c:5a:b4:00:00:01", "10.0.0.20")
  inside = [Host("", f"10.0.0.{130 + n}", via=fw, stack="windows" if n % 2 else "linux", boot=n) for n in range(6)]
  s.arp_pair(pc, fw)
  for n, h in enumerate(inside):
    s.arp_ask(pc, h.ip)
    craft.arp(s, fw, 2, fw.mac, h.ip, pc.mac, pc.ip, pc.mac)
    s.http(pc, h, "nginx/1.22.1" if n % 2 else "Microsoft-IIS/10.0")
    s.http(h, pc)
    s.wait(100)
  for n in range(20):
    s.arp_ask(pc, f"10.0.0.{160 + n}")
    craft.arp(s, fw, 2, fw.mac, f"10.0.0.{160 + n}", pc.mac, pc.ip, pc.mac)
  s.count(8)
  s.together(fw.mac, fw.ip)
  for h in inside:
    s.apart(fw.mac, h.ip)
  s.nobody("10.0.0.165")


def anycast(s):
  """One resolver's address answers by two routers in turn: the routers are not it."""
  r1, r2 = Host("00:1b:0d:00:00:01", "10.0.0.2", stack="router"), Host("00:1b:0d:00:00:02", "10.0.0.3", stack="router")
  pc = Host("3c:5a:b4:00:00:01", "10.0.0.20")
  for h in (r1, r2, pc):
    s.arp_announce(h)
  for n in range(20):
    dns = Host("", "192.0.2.53", via=(r1, r2)[n % 2], hops=(3, 6)[n % 2])
    s.resolve(pc, dns, "www.example.test", ["198.51.100.7"])
    s.wait(500)
  s.count(4)
  s.holders("192.0.2.53", 1)
  s.apart(r1.mac, "192.0.2.53")
  s.apart(r2.mac, "192.0.2.53")
  s.apart(pc.mac, "domain:www.example.test")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def active_backup(s):
  """A bond without a MAC of its own: the second card takes the address after the first has lost its link."""
  cards = [Host(f"00:25:90:00:00:{n:02x}", "10.0.0.5") for n in (1, 2)]
  pc = Host("3c:5a:b4:00:00:01", "10.0.0.20")
  s.arp_announce(pc)
  for card in cards:
    s.arp_announce(card)
    for _ in range(10):
      s.ssh(pc, card, 5)
      s.wait(120)
  s.count(3)
  s.related(cards[0].mac, cards[1].mac)
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def defended(s):
  """Who configures an address by hand that another has: the other defends it (RFC 5227), and the first takes another."""
  holder, late, pc = Host("3c:5a:b4:00:00:01", "10.0.0.50"), Host("3c:5a:b4:00:00:02", "10.0.0.50", stack="windows"), Host("3c:5a:b4:00:00:03", "10.0.0.20")
  s.arp_announce(holder)
  s.arp_announce(pc)
  s.http(holder, pc)
  s.wait(3000)
  for _ in range(3):
    craft.arp(s, late, 1, late.mac, "0.0.0.0", "00:00:00:00:00:00", "10.0.0.50")
    craft.arp(s, holder, 2, holder.mac, "10.0.0.50", late.mac, "0.0.0.0", late.mac)
    s.wait(1)
  late.ip = "169.254.7.8"
  s.arp_announce(late)
  s.wait(20)
  late.ip = "10.0.0.51"
  s.arp_announce(late)
  s.http(late, pc, agent=CHROME_WINDOWS)
  s.http(holder, pc)
  s.count(3)
  s.together(holder.mac, "10.0.0.50")
  s.together(late.mac, "10.0.0.51", "169.254.7.8")
  s.apart(late.mac, "10.0.0.50")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def duplicate_for_a_day(s):
  """Two machines with one address by hand, each at work a few minutes in every half hour: a conflict, and no wandering."""
  a, b, pc = Host("3c:5a:b4:00:00:01", "10.0.0.50"), Host("3c:5a:b4:00:00:02", "10.0.0.50", stack="windows", boot=5), Host("3c:5a:b4:00:00:03", "10.0.0.20")
  s.arp_announce(pc)
  for n in range(24):
    for h in (a, b):
      s.arp_announce(h)
      for _ in range(3):
        s.http(h, pc, agent=CHROME_WINDOWS if h is b else "curl/7.88.1")
        s.wait(5)
    s.wait(1800)
  s.count(3)
  s.together(a.mac, "10.0.0.50")
  s.together(b.mac, "10.0.0.50", "os:Windows")
  s.apart(a.mac, "os:Windows")
  s.event("conflict", 1, 8)
  s.event("addressMoved", 0, 4)
