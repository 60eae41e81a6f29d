"""Who holds an address on a link: ARP, NDP, DAD, routers, redundancy, spoofing, machines behind one port."""
from stage import BROADCAST, Host, Stage


def _router(s: Stage, mac="00:1b:0d:63:c2:26", ip="10.0.0.1"):
  r = Host(mac, ip, stack="router")
  s.arp_announce(r)
  return r


def arp_only_hosts(s):
  hosts = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in range(10, 15)]
  for h in hosts:
    s.arp_ask(h, "10.0.0.1")
  s.count(5)
  for h in hosts:
    s.together(h.mac, h.ip, "unique")
  s.nobody("10.0.0.1")


def broadcast_only_hosts(s):
  a, b = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:25:90:00:00:0b", "10.0.0.11")
  s.nbns(a, "ALPHA")
  s.mdns(b, "beta.local")
  s.count(2)
  s.together(a.mac, a.ip, "name:alpha")
  s.together(b.mac, b.ip, "name:beta.local")


def probes_are_not_holding(s):
  """An ARP probe (RFC 5227) is a question: who asks does not hold the address yet."""
  a = Host("00:25:90:00:00:0a")
  s.arp_ask(a, "10.0.0.10")
  s.count(1)
  s.nobody("10.0.0.10")


def two_families_one_host(s):
  a = Host("00:25:90:12:34:56", "10.0.0.10", "2001:db8::225:90ff:fe12:3456")
  b = Host("00:25:90:12:34:57", "10.0.0.11", "2001:db8::11")
  s.arp_pair(a, b)
  s.advertise(b)
  s.http(a, b)
  s.ping(a, b, a.ip6, b.ip6)
  s.count(2)
  s.together(a.mac, a.ip, a.ip6)
  s.together(b.mac, b.ip, b.ip6, "sw:nginx")


def link_local_and_global(s):
  a = Host("00:25:90:12:34:56", None, "fe80::1234:5678:9abc:def0")
  b = Host("00:25:90:12:34:57", None, "fe80::b")
  s.advertise(a)
  s.advertise(b)
  s.ping(a, b)
  s.wait(1)
  a.ip6, b.ip6 = "2001:db8:1::aaaa", "2001:db8:1::bbbb"
  s.advertise(a)
  s.advertise(b)
  s.http(a, b)
  s.count(2)
  s.together(a.mac, "fe80::1234:5678:9abc:def0", "2001:db8:1::aaaa")
  s.together(b.mac, "fe80::b", "2001:db8:1::bbbb", "sw:nginx")


def duplicate_address_detection(s):
  a, b = Host("00:25:90:12:34:56", None, "2001:db8::abcd"), Host("00:25:90:12:34:57", None, "2001:db8::77")
  s.detect_duplicate(a)
  s.wait(1)
  s.advertise(b)
  s.ping(a, b)
  s.count(2)
  s.together(a.mac, "2001:db8::abcd")


def detection_that_fails(s):
  """Somebody has it already: who asked goes without."""
  a, b = Host("00:25:90:12:34:56", None, "2001:db8::abcd"), Host("00:25:90:12:34:57", None, "2001:db8::abcd")
  s.advertise(a)
  s.ping(a, Host("00:25:90:00:00:01", None, "2001:db8::1"))
  s.detect_duplicate(b)
  s.advertise(a)
  s.count(2)
  s.together(a.mac, "2001:db8::abcd")
  s.lacks(b.mac, "2001:db8::abcd")
  s.event("addressMoved", 0, 0)


def privacy_addresses(s):
  """Twenty temporary addresses in as many days' hours, neighbour discovery not seen."""
  server = Host("00:25:90:00:00:01", None, "2001:db8:1::1")
  s.advertise(server)
  a = Host("00:25:90:12:34:56")
  for n in range(20):
    a.ip6 = f"2001:db8:1::{0x1000 + n * 77:x}:{n + 1:x}:1"
    s.http(a, server)
    s.wait(3000)
  s.count(2)
  for n in range(20):
    s.together(a.mac, f"2001:db8:1::{0x1000 + n * 77:x}:{n + 1:x}:1")


def aliases_of_a_server(s):
  """Twelve addresses on one card, with ARP."""
  client, server = Host("00:25:90:00:00:01", "10.0.0.5"), Host("00:25:90:00:00:02", "10.0.0.100")
  s.arp_announce(client)
  for n in range(100, 112):
    server.ip = f"10.0.0.{n}"
    s.arp_announce(server)
    s.http(client, server)
  s.count(2)
  for n in range(100, 112):
    s.together(server.mac, f"10.0.0.{n}", "sw:nginx")


def aliases_without_arp(s):
  """Public addresses of one network on one card: nothing but an initial TTL tells."""
  client, server = Host("00:25:90:00:00:01", "198.51.100.5"), Host("00:25:90:00:00:02", "198.51.100.100")
  for n in range(100, 106):
    server.ip = f"198.51.100.{n}"
    s.http(client, server)
  s.count(2)
  for n in range(100, 106):
    s.together(server.mac, f"198.51.100.{n}")


def router_of_many(s):
  """Two hundred remote servers have the router's MAC."""
  r = _router(s)
  a = Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_announce(a)
  remotes = [Host("02:00:00:00:00:00", f"203.0.{n}.7", stack=("linux", "windows")[n % 2], via=r, hops=5 + n % 9) for n in range(200)]
  for remote in remotes:
    s.http(a, remote, server="lighttpd/1.4.69")
  s.count(202)
  s.together(r.mac, "10.0.0.1")
  s.together(a.mac, "10.0.0.10")
  for remote in remotes[::20]:
    s.lacks(remote.ip, r.mac)
    s.together(remote.ip, "sw:lighttpd")
  s.lacks(r.mac, "sw:lighttpd")


def router_first_met_by_one_server(s):
  """One remote address with the router's MAC, before anything tells that it routes."""
  a, r = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:1b:0d:63:c2:26", "10.0.0.1")
  remote = Host("02:00:00:00:00:00", "203.0.113.9", via=r, hops=9)
  s.http(a, remote)
  s.arp_pair(a, r)
  s.count(3)
  s.together(a.mac, a.ip)
  s.lacks("203.0.113.9", r.mac)
  s.lacks("203.0.113.9", r.ip)


def traceroute_is_no_router(s):
  """Who counts TTLs up is no router, and stays one endpoint with its global address."""
  a = Host("00:25:90:00:00:0a", "198.51.100.10")
  b = Host("00:25:90:00:00:0b", "198.51.100.1", stack="router")
  for ttl in range(1, 30):
    s.packet(a, b, 1, b"\x08\0\xf7\xfd\0\1\0\1", "198.51.100.10", "203.0.113.9", ttl)
  s.http(a, Host("02:00:00:00:00:00", "203.0.113.9", via=b, hops=9))
  s.count(3)
  s.together(a.mac, "198.51.100.10")
  s.lacks("203.0.113.9", b.mac)


def proxy_arp(s):
  """A router answers for hosts behind it; their packets come with a TTL it has lowered."""
  r = _router(s)
  a = Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_announce(a)
  s.ping(r, a)
  for n in range(50, 60):
    b = Host("02:00:00:00:00:00", f"10.0.0.{n}", via=r, hops=1)
    s.arp_ask(a, b.ip)
    s.arp_reply(r, a, b.ip)
    s.http(a, b, server=f"nginx/1.{n}.0")
  s.count(12)
  s.together(r.mac, "10.0.0.1")
  for n in range(50, 60):
    s.lacks(f"10.0.0.{n}", r.mac)


def virtual_router(s):
  """VRRP: the address and the MAC are the routers', in turn; neither becomes the other."""
  r1, r2 = Host("00:1b:0d:00:00:01", "10.0.0.2", stack="router"), Host("00:1b:0d:00:00:02", "10.0.0.3", stack="router")
  virtual = Host("00:00:5e:00:01:05", "10.0.0.1", stack="router")
  a = Host("00:25:90:00:00:0a", "10.0.0.10")
  for r in (r1, r2):
    s.arp_announce(r)
  for _ in range(3):
    s.vrrp(r1, 5, "10.0.0.1")
    s.wait(1)
  s.arp_announce(virtual)
  s.arp_pair(a, virtual)
  s.ssh(a, r1, 1, "SSH-2.0-Cisco-1.25")
  s.wait(60)
  for _ in range(3):
    s.vrrp(r2, 5, "10.0.0.1")
    s.wait(1)
  s.arp_announce(virtual)
  s.ping(virtual, a)
  s.ssh(a, r2, 2, "SSH-2.0-Cisco-1.25")
  s.count(4)
  s.together(r1.mac, "10.0.0.2", "key:1")
  s.together(r2.mac, "10.0.0.3", "key:2")
  s.apart(r1.mac, "10.0.0.3")
  s.apart(r1.mac, "10.0.0.1")
  s.apart(r2.mac, "10.0.0.1")
  s.holders("10.0.0.1", 1)


def _first_hop(s, virtual_mac):
  r1, r2 = Host("00:1b:0d:00:00:01", "10.0.0.2", stack="router"), Host("00:1b:0d:00:00:02", "10.0.0.3", stack="router")
  virtual = Host(virtual_mac, "10.0.0.1", stack="router")
  a = Host("00:25:90:00:00:0a", "10.0.0.10")
  for r in (r1, r2):
    s.arp_announce(r)
  s.arp_pair(a, virtual)
  s.wait(120)
  s.arp_announce(virtual)
  s.ping(virtual, a)
  s.count(4)
  s.holders("10.0.0.1", 1)
  s.apart("10.0.0.1", r1.mac)
  s.apart("10.0.0.1", r2.mac)


def hsrp(s):
  _first_hop(s, "00:00:0c:07:ac:01")


def hsrp_version_2(s):
  _first_hop(s, "00:00:0c:9f:f0:01")


def carp(s):
  _first_hop(s, "00:00:5e:00:01:0a")


def virtual_router_ipv6(s):
  _first_hop(s, "00:00:5e:00:02:0a")


def gratuitous_takeover(s):
  """A cluster's address moves from one node to the other, which keep their own."""
  n1, n2 = Host("00:25:90:00:00:01", "10.0.0.21"), Host("00:25:90:00:00:02", "10.0.0.22")
  a = Host("00:25:90:00:00:0a", "10.0.0.10")
  for h in (n1, n2, a):
    s.arp_announce(h)
  shared = Host(n1.mac, "10.0.0.20")
  s.arp_announce(shared)
  s.http(a, shared, server="nginx/1.22.1")
  s.wait(300)
  shared = Host(n2.mac, "10.0.0.20")
  s.arp_announce(shared)
  s.http(a, shared, server="lighttpd/1.4.69")
  s.ping(n1, a)
  s.wait(100)
  s.arp_announce(n1)
  s.count(3)
  s.together(n1.mac, "10.0.0.21", "sw:nginx")
  s.together(n2.mac, "10.0.0.22", "10.0.0.20", "sw:lighttpd")
  s.lacks(n1.mac, "sw:lighttpd")
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def duplicate_address(s):
  """Two machines with one address, both at work: a conflict, not a move back and forth."""
  a, b = Host("00:25:90:00:00:01", "10.0.0.20"), Host("00:25:90:00:00:02", "10.0.0.20", stack="windows")
  c = Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_announce(c)
  for n in range(20):
    s.arp_announce((a, b)[n % 2])
    s.http(c, (a, b)[n % 2], server=("nginx/1.22.1", "Microsoft-IIS/10.0")[n % 2])
    s.wait(13)
  s.count(3)
  s.together(a.mac, "10.0.0.20", "sw:nginx")
  s.together(b.mac, "10.0.0.20", "sw:IIS")
  s.lacks(a.mac, "sw:IIS")
  s.lacks(b.mac, "sw:nginx")
  s.event("conflict", 1, 2)
  s.event("addressMoved", 0, 0)


def arp_spoofing(s):
  """Somebody says that the gateway's address is his; the gateway goes on."""
  r = _router(s)
  victim, thief = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:25:90:00:00:66", "10.0.0.66")
  remote = Host("02:00:00:00:00:00", "203.0.113.9", via=r, hops=7)
  for h in (victim, thief):
    s.arp_announce(h)
  s.http(victim, remote)
  s.ssh(victim, r, 1, "SSH-2.0-Cisco-1.25")
  for n in range(30):
    s.send(thief, victim.mac, 0x0806, __import__("wire").arp(2, thief.mac, "10.0.0.1", victim.mac, victim.ip))
    s.wait(2)
    if n % 5 == 0:
      s.arp_reply(r, thief)
      s.ssh(victim, r, 1, "SSH-2.0-Cisco-1.25")
  forwarded = Host("02:00:00:00:00:00", "10.0.0.10", via=thief, hops=1)
  s.packet(forwarded, r, 1, b"\x08\0\xf7\xfd\0\1\0\1", "10.0.0.10", "203.0.113.9")
  s.count(4)
  s.together(r.mac, "10.0.0.1", "key:1")
  s.lacks(thief.mac, "key:1")
  s.lacks(thief.mac, "10.0.0.10")
  s.together(victim.mac, "10.0.0.10")
  s.event("conflict", 1, 2)


def hypervisor(s):
  """Forty machines behind one port, each with a card of its own; the host is none of them."""
  host = Host("00:25:90:00:00:01", "10.0.0.2")
  guests = [Host(f"52:54:00:00:00:{n:02x}", f"10.0.0.{n}", boot=n * 977) for n in range(100, 140)]
  for h in [host] + guests:
    s.arp_announce(h)
    s.ssh(host, h, h is host and 1 or int(h.ip.split(".")[-1]), "SSH-2.0-OpenSSH_8.4p1 Debian-5")
  s.count(41)
  s.together(host.mac, host.ip, "unique")
  for g in guests[::7]:
    s.together(g.mac, g.ip, f"key:{int(g.ip.split('.')[-1])}")
    s.apart(g.mac, "unique")


def containers_on_their_own(s):
  """macvlan: containers with MACs made of their addresses."""
  hosts = [Host(f"02:42:0a:00:00:{n:02x}", f"10.0.0.{n}") for n in range(2, 12)]
  for h in hosts:
    s.arp_announce(h)
    s.http(hosts[0], h, server=f"nginx/1.{20 + n_of(h)}.0")
  s.count(10)
  for h in hosts:
    s.together(h.mac, h.ip)


def n_of(h):
  return int(h.ip.split(".")[-1])


n_of.__module__ = "helpers"


def docker_host(s):
  """Containers behind the host's own address: TTL lowered by one, beside the host's own packets."""
  host, server = Host("00:25:90:00:00:01", "198.51.100.2"), Host("00:25:90:00:00:02", "198.51.100.3")
  inside = Host("02:00:00:00:00:00", "198.51.100.2", via=host, hops=1)
  s.http(inside, server)
  s.http(host, server)
  s.http(inside, server)
  s.count(2)
  s.together(host.mac, "198.51.100.2")
  s.together(server.mac, "198.51.100.3")


def bridged_arp(s):
  """An access point repeats its stations' ARP in frames of its own."""
  ap = Host("00:25:90:00:00:aa", "10.0.0.3")
  a = Host("00:25:90:00:00:0b", "10.0.0.11")
  s.arp_announce(ap)
  s.send(ap, BROADCAST, 0x0806, __import__("wire").arp(1, a.mac, a.ip, "00:00:00:00:00:00", a.ip))
  s.ping(a, ap)
  s.count(2)
  s.together(a.mac, a.ip)
  s.lacks(ap.mac, a.ip)


def multicast_senders(s):
  """Groups and broadcast addresses are nobody."""
  a = Host("00:25:90:00:00:0b", "10.0.0.11")
  s.mdns(a, "a.local")
  s.packet(a, Host("01:00:5e:7f:00:01", "239.255.0.1"), 17, __import__("wire").udp(1900, 1900, b"x"))
  b = Host("01:00:5e:00:00:fb", "224.0.0.251")
  s.packet(b, a, 17, __import__("wire").udp(5353, 5353, b"x"))
  s.nobody("224.0.0.251", "239.255.0.1", "01:00:5e:00:00:fb", "255.255.255.255")
  s.count(1)


def redirects_and_advertisements(s):
  """A router that says so, and remote hosts that happen to arrive with an initial TTL."""
  r = Host("00:1b:0d:63:c2:26", "10.0.0.1", "fe80::1", stack="router")
  s.router_advertise(r)
  a = Host("00:25:90:00:00:0a", None, "2001:db8::a")
  s.advertise(a)
  remote = Host("02:00:00:00:00:00", None, "2001:db8:ffff::9", via=r, hops=0)
  remote.hops = 0
  s.http(a, remote)
  s.count(3)
  s.lacks("2001:db8:ffff::9", r.mac)
