"""Who speaks for others, of others, or in another's place: servers of names, pools, balancers, boxes that hide what is behind."""
import struct

import craft
import wire
from stacks import CHROME_ANDROID, CHROME_WINDOWS, SAFARI_PHONE
from stage import BROADCAST, Host


def _server(s, **more):
  d = Host("00:25:90:00:00:fe", "10.0.0.254", **more)
  s.arp_announce(d)
  return d


def server_of_windows_names(s):
  """WINS: clients register their names with a server and ask it for others'; its answers name others, not itself."""
  d = _server(s, stack="windows")
  for n, name in ((1, "ALPHA"), (2, "BETA"), (3, "GAMMA")):
    h = Host(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{n}", stack="windows")
    s.arp_pair(h, d)
    s.packet(h, d, 17, wire.udp(137, 137, wire.nbns_register(name, h.ip)))
    label = wire.netbios_name("ALPHA", 0)
    s.packet(h, d, 17, wire.udp(137, 137, struct.pack(">6H", n, 0x0100, 1, 0, 0, 0) + label + struct.pack(">HH", 0x20, 1)))
    answer = struct.pack(">6H", n, 0x8580, 0, 1, 0, 0) + label + struct.pack(">HHIHH", 0x20, 1, 300, 6, 0) + wire.address("10.0.0.1")
    s.packet(d, h, 17, wire.udp(137, 137, answer))
  for n, name in ((1, "alpha"), (2, "beta"), (3, "gamma")):
    s.together(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{n}", f"name:{name}")
  for name in ("alpha", "beta", "gamma"):
    s.lacks(d.mac, f"name:{name}")
    s.holders(f"name:{name}", 1)
  s.count(4)


def farm_behind_a_translating_balancer(s):
  """A balancer with source translation: the farm sees one client, outside sees one server; the browsers' systems are several."""
  lb, r = Host("00:0a:f7:00:00:01", "10.0.0.100"), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_pair(lb, r)
  farm = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{110 + n}", boot=n) for n in (1, 2, 3)]
  for f in farm:
    s.arp_pair(lb, f)
  clients = [Host("", f"198.51.100.{n}", stack=stack, via=r, hops=n + 5) for n, stack in enumerate(("windows", "android", "mac"))]
  agents = (CHROME_WINDOWS, CHROME_ANDROID, SAFARI_PHONE)
  for n in range(9):
    s.http(clients[n % 3], lb, "nginx/1.22.1", agent=agents[n % 3])
    s.http(lb, farm[n % 3], "Apache/2.4.57", agent=agents[n % 3], port=8080)
    s.wait(30)
  s.count(8)
  s.together(lb.mac, lb.ip, "port:80", "sw:nginx")
  s.together(lb.mac, "several")
  s.apart(lb.mac, "port:8080")
  for f in farm:
    s.together(f.mac, f.ip, "sw:Apache httpd", "port:8080")
  s.together("198.51.100.0", "os:Windows")
  s.together("198.51.100.1", "os:Android")
  s.lacks("198.51.100.2", "several")


def names_from_the_lease_server(s):
  """A server tells a client its name and its domain (options 12 and 15): that names the client, not the server."""
  d, a = _server(s), Host("3c:5a:b4:00:00:01")
  craft.dhcp(s, 1, a)
  more = [(54, wire.address(d.ip)), (51, b"\0\0\x0e\x10"), (1, b"\xff\xff\xff\0"), (12, b"room-12"), (15, b"hotel.test")]
  craft.dhcp(s, 2, a, d, more=more, yiaddr="10.0.0.50")
  craft.dhcp(s, 3, a, more=[(50, wire.address("10.0.0.50")), (54, wire.address(d.ip))])
  craft.dhcp(s, 5, a, d, more=more, yiaddr="10.0.0.50")
  a.ip = "10.0.0.50"
  s.http(a, d)
  s.count(2)
  s.lacks(d.mac, "name:room-12")
  s.together(a.mac, "10.0.0.50")


def pool_of_a_concentrator(s):
  """A VPN's pool of four addresses goes round among twelve who dial in, hours between them; nothing of it is announced.
  One address is one endpoint, and the concentrator is none of them."""
  d, box = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_pair(box, d)
  for n in range(12):
    stack, agent = (("windows", CHROME_WINDOWS), ("android", CHROME_ANDROID), ("mac", SAFARI_PHONE))[n % 3]
    a = Host("", f"10.8.0.{10 + n % 4}", stack=stack, via=box, boot=n * 10**7 + n)
    for _ in range(3):
      s.http(a, d, agent=agent)
      s.wait(60)
    s.wait(5 * 3600)
  s.count(6)
  s.together(box.mac, box.ip)
  for n in range(4):
    s.holders(f"10.8.0.{10 + n}", 1)
    s.apart(f"10.8.0.{10 + n}", box.mac)
  s.event("newEndpoint", 6, 6)
  s.event("addressMoved", 0, 0)


def telephone_that_hides_its_guest(s):
  """A telephone shares its connection and sets the TTL of what it passes on to its own: two stacks with one TTL."""
  d = _server(s)
  phone = Host("3c:5a:b4:00:00:01", "10.0.0.50", stack="android")
  s.arp_pair(phone, d)
  guest = Host("3c:5a:b4:00:00:01", "10.0.0.50", stack="windows", boot=777)
  guest.hops = 64
  for _ in range(4):
    s.http(phone, d, agent=CHROME_ANDROID)
    s.wait(20)
    s.http(guest, d, agent=CHROME_WINDOWS)
    s.wait(20)
  s.count(2)
  s.together(phone.mac, phone.ip, "several:2")


def resolver_of_the_house(s):
  """A resolver answers for the house's own names, backwards too: names are of those addresses that are there."""
  d = _server(s)
  a, b = Host("3c:5a:b4:00:00:01", "10.0.0.11"), Host("3c:5a:b4:00:00:02", "10.0.0.12", stack="windows")
  for h in (a, b):
    s.arp_announce(h)
  for owner, ip in (("anna.house.test", a.ip), ("ben.house.test", b.ip), ("attic.house.test", "10.0.0.77")):
    s.resolve(b, d, owner, [ip])
    back = ".".join(reversed(ip.split("."))) + ".in-addr.arpa"
    s.packet(d, a, 17, wire.udp(53, 40001, wire.dns_pointer(d.ip, back, owner)))
  s.http(b, a)
  s.count(3)
  s.together(a.mac, "domain:anna.house.test")
  s.together(b.mac, "domain:ben.house.test")
  s.nobody("10.0.0.77", "domain:attic.house.test")
  s.lacks(d.mac, "domain:anna.house.test")


def mail_goes_round(s):
  """A relay passes on mail whose lines name other servers and clients: they are words, the relay is itself."""
  r = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  relay, far = Host("00:25:90:00:00:0a", "10.0.0.25"), Host("", "203.0.113.25", via=r, hops=9)
  s.arp_pair(relay, r)
  s.connect(far, relay, 25, [
    (True, b"220 mx.example.test ESMTP Postfix\r\n"), (False, b"EHLO out.other.test\r\n"), (True, b"250-mx.example.test\r\n250 8BITMIME\r\n"),
    (False, b"MAIL FROM:<a@other.test>\r\n"), (True, b"250 ok\r\n"), (False, b"RCPT TO:<b@example.test>\r\n"), (True, b"250 ok\r\n"),
    (False, b"DATA\r\n"), (True, b"354 go\r\n"),
    (False, b"Received: from inner ([192.168.77.5]) by exch01.other.test with Microsoft SMTP Server id 15.1.2507.6\r\nX-Mailer: Microsoft Outlook 16.0\r\n\r\nhi\r\n.\r\n"),
    (True, b"250 queued\r\n"), (False, b"QUIT\r\n")])
  s.count(3)
  s.together(relay.mac, relay.ip, "sw:Postfix", "port:25")
  s.lacks(relay.mac, "os:Windows")
  s.nobody("192.168.77.5")


def decoys_of_a_scanner(s):
  """A scanner sends each probe from invented neighbours' addresses too (nmap -D): they stay who they are, or nobody."""
  d = _server(s)
  me = Host("3c:5a:b4:00:00:66", "10.0.0.66")
  real = Host("3c:5a:b4:00:00:05", "10.0.0.5", stack="windows")
  s.arp_announce(me)
  s.arp_announce(real)
  s.http(real, d, agent=CHROME_WINDOWS)
  for port in range(1, 120):
    for source in (me.ip, real.ip, "10.0.0.201", "10.0.0.202"):
      probe = wire.tcp(50000, port, 1, 0, 2, b"", 1024, b"\2\4\5\xb4")
      s.packet(me, d, 6, probe, source, d.ip, ttl=37 + port % 20)
    if port % 30 == 0:
      s.http(real, d, agent=CHROME_WINDOWS)
    s.wait(1)
  s.together(real.mac, real.ip, "os:Windows")
  s.together(me.mac, me.ip)
  s.lacks(me.mac, "os:Windows")
  s.apart(me.mac, real.ip)
  s.lacks(real.mac, "several")
  s.event("addressMoved", 0, 0)


def everything_through_one_wall(s):
  """A firewall that terminates and re-makes every connection towards the office: servers of the world answer with its
  stack and its TTL. They are not it, and it runs none of what they run."""
  wall = Host("00:1b:17:00:00:01", "10.0.0.1")
  a = Host("3c:5a:b4:00:00:01", "10.0.0.9", stack="windows")
  s.arp_pair(a, wall)
  for n, server in enumerate(("nginx/1.22.1", "Microsoft-IIS/10.0", "Apache/2.4.57", "lighttpd/1.4.69", "cloudflare", "gws")):
    for _ in range(3):
      s.http(a, Host(wall.mac, f"203.0.{n + 20}.80"), server, agent=CHROME_WINDOWS)
      s.wait(10)
  s.count(8)
  s.together(wall.mac, "10.0.0.1")
  for server in ("sw:nginx", "sw:IIS", "sw:lighttpd"):
    s.lacks(wall.mac, server)
  s.together("203.0.20.80", "sw:nginx")


def printer_behind_a_server(s):
  """A print server announces the printers it serves: names and models are of printers, the server keeps its own name."""
  d = Host("00:25:90:00:00:0a", "10.0.0.10")
  s.mdns(d, "printserver.local")
  craft.mdns_of(s, d, "laser-attic.local", ["10.0.0.200"])
  craft.mdns_of(s, d, "laser-hall.local", ["10.0.0.201"])
  s.count(1)
  s.together(d.mac, d.ip, "name:printserver.local")
  s.lacks(d.mac, "name:laser-attic.local")
  s.nobody("10.0.0.200", "10.0.0.201")


def two_relays_for_one_network(s):
  """A redundant pair of relays both pass on every word of a client: one client, with one lease, neither of the relays."""
  server = Host("00:25:90:00:00:53", "10.50.0.53")
  relays = [Host(f"00:1b:0d:00:00:{n:02x}", f"10.20.0.{n + 1}", stack="router") for n in (1, 2)]
  s.arp_announce(server)
  client = Host("3c:5a:b4:00:00:01", "10.20.0.50", stack="windows")
  for relay in relays:
    craft.relayed_lease(s, client, relay, relay.ip, server, "ben")
  s.http(Host(client.mac, client.ip, stack="windows", via=relays[0]), server, agent=CHROME_WINDOWS)
  s.http(Host(client.mac, client.ip, stack="windows", via=relays[1]), server, agent=CHROME_WINDOWS)
  s.together(client.ip, client.mac, "name:ben", "os:Windows")
  s.holders(client.ip, 1)
  for relay in relays:
    s.apart(relay.mac, "name:ben")
    s.apart(relay.mac, client.ip)
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def shared_address_of_a_cluster_that_fights(s):
  """Split brain: both nodes of a cluster announce the service's address every few seconds. A conflict, told a few times at most;
  the nodes keep what is theirs."""
  c = Host("3c:5a:b4:00:00:09", "10.0.0.9")
  nodes = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{20 + n}", boot=n * 1000) for n in (1, 2)]
  for h in (c, *nodes):
    s.arp_announce(h)
  for n in range(120):
    node = nodes[n % 2]
    s.arp_announce(node, "10.0.0.20")
    s.ping(c, node)
    s.ssh(c, node, n % 2 + 1)
    s.wait(7)
  s.count(3)
  s.together(nodes[0].mac, "10.0.0.21", "key:1")
  s.together(nodes[1].mac, "10.0.0.22", "key:2")
  s.apart(nodes[0].mac, "10.0.0.22")
  s.apart("key:1", "key:2")
  s.event("conflict", 1, 8)
  s.event("addressMoved", 0, 2)


def asked_by_everybody(s):
  """A hundred clients speak to one server behind a router and to each other never: the server is one, with their words not its own."""
  r = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  far = Host("", "203.0.113.80", via=r, hops=9)
  s.send(r, BROADCAST, 0x0806, wire.arp(1, r.mac, r.ip, "00:00:00:00:00:00", r.ip))
  for n in range(100):
    a = Host(f"3c:5a:b4:00:01:{n:02x}", f"10.0.0.{n + 10}", stack=("windows", "android")[n % 2], boot=n)
    s.arp_announce(a)
    s.http(a, far, "nginx/1.22.1", agent=(CHROME_WINDOWS, CHROME_ANDROID)[n % 2])
  s.count(102)
  s.holders("os:Windows", 50)
  s.holders("os:Android", 50)
  s.lacks("203.0.113.80", "several")
  s.lacks("203.0.113.80", "os:Windows")
