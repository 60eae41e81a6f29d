"""First hops, clusters and what stands before others: redundancy, balancing, gateways, translators in a row."""
import wire
from stage import BROADCAST, Host
from stacks import AGENTS, CHROME_WINDOWS


def _routers(s):
  r1, r2 = Host("00:1b:0d:00:00:01", "10.0.0.2", stack="router"), Host("00:1b:0d:00:00:02", "10.0.0.3", stack="router")
  s.arp_announce(r1)
  s.arp_announce(r2)
  return r1, r2


def forwarders_of_one_gateway(s):
  """GLBP: one gateway answers with the MAC of one forwarder to the first host, of another to the second."""
  r1, r2 = _routers(s)
  a, b = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:25:90:00:00:0b", "10.0.0.11")
  for n, (h, r) in enumerate(((a, r1), (b, r2))):
    s.arp_ask(h, "10.0.0.1")
    s.arp_reply(Host(f"00:07:b4:00:01:0{n + 1}", "10.0.0.1"), h)
    s.http(h, Host("", f"203.0.113.{n}", via=r, hops=9))
  s.ping(Host("00:07:b4:00:01:01", "10.0.0.1", stack="router"), a)
  s.holders("10.0.0.1", 1)
  for r in (r1, r2):
    s.together(r.mac, r.ip)
    s.apart(r.mac, "10.0.0.1")
  s.count(7)
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def virtual_router_of_version_3(s):
  """VRRP for IPv6: the virtual link-local address advertises the network from the virtual MAC, whichever router is master."""
  r1, r2 = Host("00:1b:0d:00:00:01", None, "fe80::2", stack="router"), Host("00:1b:0d:00:00:02", None, "fe80::3", stack="router")
  virtual = Host("00:00:5e:00:02:01", None, "fe80::1", stack="router")
  a = Host("00:25:90:00:00:0a", None, "2001:db8::a")
  for r in (r1, r2):
    s.advertise(r)
  s.advertise(a)
  for r in (r1, r1, r2, r2):
    s.router_advertise(virtual)
    s.ping(r, a, r.ip6, a.ip6)
    s.wait(40)
  s.count(4)
  s.holders("fe80::1", 1)
  s.together(r1.mac, "fe80::2")
  s.together(r2.mac, "fe80::3")
  s.apart("fe80::1", "fe80::2")
  s.apart("fe80::1", "fe80::3")
  s.event("conflict", 0, 0)


def failover_and_back(s):
  """A cluster's address goes to the other node, and home again; both nodes go on with their own."""
  n1, n2 = Host("00:25:90:00:00:01", "10.0.0.21"), Host("00:25:90:00:00:02", "10.0.0.22")
  c = Host("00:25:90:00:00:0a", "10.0.0.10")
  for h in (n1, n2, c):
    s.arp_announce(h)
  for n in (n1, n2, n1):
    s.arp_announce(n, "10.0.0.20")
    for _ in range(5):
      s.http(c, Host(n.mac, "10.0.0.20"), server="nginx/1.22.1" if n is n1 else "lighttpd/1.4.69")
      s.ping(n1, c)
      s.ping(n2, c)
      s.wait(50)
  s.count(3)
  s.together(n1.mac, "10.0.0.21", "10.0.0.20", "sw:nginx")
  s.together(n2.mac, "10.0.0.22", "10.0.0.20", "sw:lighttpd")
  s.lacks(n1.mac, "sw:lighttpd")
  s.lacks(n2.mac, "sw:nginx")
  s.event("addressMoved", 2, 2)
  s.event("conflict", 0, 0)


def direct_server_return(s):
  """A balancer has the service's address by ARP; its servers answer from it with MACs of their own."""
  lb = Host("00:25:90:00:00:10", "10.0.0.20")
  reals = [Host(f"00:25:90:00:00:1{n}", f"10.0.0.{20 + n}") for n in (1, 2, 3)]
  client = Host("00:25:90:00:00:0a", "10.0.0.10")
  for h in [lb, client] + reals:
    s.arp_announce(h)
  for n in range(30):
    real = reals[n % 3]
    s.arp_announce(lb)
    client.port += 1
    for step in range(3):
      s.packet(client, lb, 6, wire.tcp(client.port, 80, 1000 + step, 1, 0x02 if not step else 0x10))
      s.packet(real, client, 6, wire.tcp(80, client.port, 1, 1001 + step, 0x12 if not step else 0x10), "10.0.0.20")
    s.wait(15)
  s.count(5)
  s.together(lb.mac, "10.0.0.20")
  for r in reals:
    s.together(r.mac, r.ip)
    s.apart(lb.mac, r.ip)
  s.event("addressMoved", 0, 0)


def bond_that_changes_its_card(s):
  """Two cards, one at work; the other takes the address over: two MACs, said to be related by the key."""
  c = Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_announce(c)
  for mac in ("00:25:90:00:01:01", "00:25:90:00:01:02"):
    h = Host(mac, "10.0.0.20")
    for _ in range(3):
      s.arp_announce(h)
      s.ssh(c, h, 5)
      s.wait(60)
  s.count(3)
  s.related("00:25:90:00:01:01", "00:25:90:00:01:02")
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def gateway_replaced(s):
  """A new box has the old one's address: the hosts behind both are no concern of either."""
  a = Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_announce(a)
  for mac in ("00:1b:0d:00:00:01", "3c:08:f6:00:00:02"):
    r = Host(mac, "10.0.0.1", stack="router")
    for n in range(10):
      s.arp_announce(r)
      s.http(a, Host("", f"203.0.113.{n}", via=r, hops=8), server="lighttpd/1.4.69")
      s.wait(20)
  s.count(13)
  for n in range(10):
    s.holders(f"203.0.113.{n}", 1)
  s.event("addressMoved", 1, 1)
  s.lacks("00:1b:0d:00:00:01", "sw:lighttpd")
  s.lacks("3c:08:f6:00:00:02", "sw:lighttpd")


def carrier_translator(s):
  """Far behind a carrier's translator: one public address, customers of every kind."""
  server, r = Host("00:25:90:00:00:fe", "10.0.0.80"), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_announce(server)
  s.arp_announce(r)
  for n in range(40):
    kind = ("windows", "android", "mac")[n * 7 % 3]
    s.http(Host("", "100.64.3.9", stack=kind, via=r, hops=5 + n % 3, boot=n * 7919), server, agent=AGENTS[kind])
    s.wait(9)
  s.count(3)
  s.together("100.64.3.9", "several")
  s.lacks(r.mac, "several")
  s.lacks(server.mac, "several")


def translators_in_a_row(s):
  """A translator behind a translator: the outer one's address alone is seen, its guests' TTLs lowered once or twice."""
  server, nat = Host("00:25:90:00:00:fe", "10.0.0.80"), Host("00:1b:0d:00:00:01", "10.0.0.9")
  s.arp_pair(server, nat)
  for n in range(16):
    kind, hops = (("windows", 1), ("mac", 2))[n % 2]
    s.http(Host("", "10.0.0.9", stack=kind, via=nat, hops=hops, boot=n % 2 * 55555), server, agent=AGENTS[kind])
    s.wait(15)
  s.count(2)
  s.together(nat.mac, "10.0.0.9", "several")


def two_translators(s):
  """Each has its own guests: neither is the other, and a plain host beside them is one system."""
  server = Host("00:25:90:00:00:fe", "10.0.0.80")
  s.arp_announce(server)
  nats = [Host(f"00:1b:0d:00:00:0{n}", f"10.0.0.{n}") for n in (7, 8)]
  plain = Host("00:25:90:00:00:0a", "10.0.0.10", stack="windows")
  for h in nats + [plain]:
    s.arp_announce(h)
  for n in range(12):
    for nat, kinds in zip(nats, (("windows", "android"), ("mac", "linux"))):
      kind = kinds[n % 2]
      s.http(Host("", nat.ip, stack=kind, via=nat, hops=1, boot=n % 2 * 4242), server, agent=AGENTS[kind])
    s.http(plain, server, agent=CHROME_WINDOWS)
    s.wait(20)
  s.count(4)
  for nat in nats:
    s.together(nat.mac, nat.ip, "several")
  s.lacks(plain.mac, "several")


def vpn_pool(s):
  """A gateway answers ARP for its pool; who dials in is known by address, what it runs is its own."""
  gate, client = Host("00:25:90:00:00:01", "10.0.0.2"), Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_announce(gate)
  s.arp_announce(client)
  s.ssh(client, gate, 1)
  for n in range(200, 206):
    remote = Host("", f"10.0.0.{n}", stack=("windows", "mac")[n % 2], via=gate, hops=1)
    s.arp_ask(client, remote.ip)
    s.arp_reply(gate, client, remote.ip)
    s.http(remote, client, agent=AGENTS[remote.stack])
  s.count(8)
  s.together(gate.mac, gate.ip, "key:1")
  for n in range(200, 206):
    s.lacks(f"10.0.0.{n}", gate.mac)
    s.apart(f"10.0.0.{n}", "key:1")
  s.lacks(gate.mac, "several")


def balancer_with_farm(s):
  """The balancer talks to the farm from its own address: three servers, one certificate's name, one front."""
  lb, client = Host("00:25:90:00:00:10", "10.0.0.20"), Host("00:25:90:00:00:0a", "10.0.0.10")
  farm = [Host(f"00:25:90:00:01:{n:02x}", f"10.0.0.{30 + n}") for n in range(3)]
  for h in [lb, client] + farm:
    s.arp_announce(h)
  for n in range(9):
    s.http(client, lb, server="nginx/1.22.1")
    s.http(lb, farm[n % 3], server="Apache/2.4.57", port=8080)
    s.wait(5)
  s.count(5)
  s.together(lb.mac, lb.ip, "sw:nginx")
  s.lacks(lb.mac, "port:8080")
  for h in farm:
    s.together(h.mac, h.ip, "port:8080")
    s.lacks(h.mac, "sw:nginx")


def router_with_many_legs(s):
  """One router, one MAC, an address in each of thirty networks of a link that is not divided."""
  r = Host("00:1b:0d:00:00:01", stack="router")
  for n in range(30):
    r.ip = f"10.{n}.0.1"
    s.arp_announce(r)
    h = Host(f"00:25:90:00:00:{n:02x}", f"10.{n}.0.9")
    s.arp_pair(h, r)
    s.http(h, Host("", f"203.0.113.{n}", via=r, hops=6))
  s.count(61)
  for n in range(30):
    s.together(r.mac, f"10.{n}.0.1")
    s.together(f"00:25:90:00:00:{n:02x}", f"10.{n}.0.9")
    s.lacks(f"203.0.113.{n}", r.mac)


def dialled_in_over_ppp(s):
  """PPPoE: subscribers behind one concentrator, each with the address of its session."""
  bras = Host("00:1b:0d:00:00:01", stack="router")
  homes = [Host(f"e8:94:f6:00:00:{n:02x}", f"100.64.0.{n + 10}") for n in range(4)]
  for n, h in enumerate(homes):
    for turn in range(3):
      out = wire.ip(h.ip, "203.0.113.5", 6, wire.tcp(41000 + turn, 80, 1, 0, 2), 64)
      back = wire.ip("203.0.113.5", h.ip, 6, wire.tcp(80, 41000 + turn, 1, 2, 0x12), 55)
      s.put(wire.ethernet(h.mac, bras.mac, 0x8864, wire.pppoe(n + 1, out)))
      s.put(wire.ethernet(bras.mac, h.mac, 0x8864, wire.pppoe(n + 1, back)))
  s.count(6)
  for h in homes:
    s.together(h.mac, h.ip)
  s.lacks("203.0.113.5", bras.mac)
