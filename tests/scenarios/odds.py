"""What lies in between: four hops, borrowed words, odd sources, proxies of sleepers, clones on one trunk."""
import wire
from stage import BROADCAST, Host


def four_hops_away(s):
  """A Linux four hops away arrives with 60, which was an initial TTL once: nothing says that it is the router."""
  a, r = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  s.arp_pair(a, r)
  s.http(a, Host("", "203.0.113.9", via=r, hops=4), server="lighttpd/1.4.69")
  s.count(3)
  s.together(r.mac, r.ip)
  s.together("203.0.113.9", "sw:lighttpd")
  s.lacks("203.0.113.9", r.mac)


def four_hops_away_at_home(s):
  """The same inside a private network."""
  a, r = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  s.arp_pair(a, r)
  for n in range(3):
    s.http(a, Host("", f"10.9.{n}.9", via=r, hops=4), server="lighttpd/1.4.69")
  s.count(5)
  for n in range(3):
    s.lacks(f"10.9.{n}.9", r.mac)


def forwarded_for(s):
  """A balancer tells its servers for whom it asks: those addresses are words, not endpoints."""
  lb, web = Host("00:25:90:00:00:10", "10.0.0.20"), Host("00:25:90:00:00:11", "10.0.0.30")
  s.arp_pair(lb, web)
  for n in range(10):
    asked = f"GET / HTTP/1.1\r\nHost: www.example.test\r\nX-Forwarded-For: 203.0.113.{n}\r\nVia: 1.1 edge-{n}\r\nUser-Agent: curl/7.88.1\r\n\r\n"
    s.connect(lb, web, 80, [(False, asked.encode()), (True, b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 2\r\n\r\nok")])
  s.count(2)
  s.nobody("203.0.113.3")
  s.together(web.mac, web.ip, "sw:nginx")


def sources_that_nobody_has(s):
  """Packets from the broadcast address, from groups, from nowhere: nobody."""
  a, b = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:25:90:00:00:0b", "10.0.0.11")
  s.arp_pair(a, b)
  for source in ("255.255.255.255", "239.1.2.3", "0.0.0.0", "224.0.0.1"):
    s.packet(a, b, 17, wire.udp(9, 9, b"x"), source)
    s.send(a, BROADCAST, 0x0806, wire.arp(1, a.mac, source, "00:00:00:00:00:00", b.ip))
  s.count(2)
  s.nobody("255.255.255.255", "239.1.2.3", "0.0.0.0", "224.0.0.1")


def three_with_one_address(s):
  """All three at work: each keeps what is its own."""
  c = Host("00:25:90:00:00:0c", "10.0.0.12")
  hosts = [Host(f"00:25:90:00:01:0{n}", "10.0.0.20", stack=k) for n, k in enumerate(("linux", "windows", "mac"))]
  s.arp_announce(c)
  for n in range(45):
    h = hosts[n % 3]
    s.arp_announce(h)
    s.http(c, h, server=("nginx/1.22.1", "Microsoft-IIS/10.0", "lighttpd/1.4.69")[n % 3])
    s.wait(9)
  s.count(4)
  for h, title in zip(hosts, ("sw:nginx", "sw:IIS", "sw:lighttpd")):
    s.together(h.mac, "10.0.0.20", title)
    for other in ("sw:nginx", "sw:IIS", "sw:lighttpd"):
      if other != title:
        s.apart(h.mac, other)
  s.event("conflict", 1)
  s.event("addressMoved", 0, 0)


def proxy_of_a_sleeper(s):
  """Somebody answers for a machine that sleeps; it wakes and is who it was."""
  proxy, mac = Host("00:25:90:00:00:10", "10.0.0.20"), Host("f0:18:98:00:00:02", "10.0.0.30", stack="mac")
  c = Host("00:25:90:00:00:0c", "10.0.0.12")
  for h in (proxy, mac, c):
    s.arp_announce(h)
  s.mdns(mac, "laptop.local")
  s.wait(900)
  for _ in range(5):
    s.arp_announce(proxy, mac.ip)
    s.arp_announce(proxy)
    s.wait(200)
  s.arp_announce(mac)
  s.http(mac, c, agent="sleeper/1.0")
  s.wait(70)
  s.http(mac, c, agent="sleeper/1.0")
  s.count(3)
  s.together(mac.mac, mac.ip, "name:laptop.local")
  s.together(proxy.mac, proxy.ip)
  s.apart(proxy.mac, "name:laptop.local")
  s.apart(mac.mac, "10.0.0.20")
  s.event("conflict", 0, 0)


def clones_on_a_trunk(s):
  """Machines out of one image, with the same MACs and addresses in two VLANs: two each."""
  for vlan in (10, 20):
    a, b = Host("52:54:00:00:00:01", "192.168.1.1", vlans=[vlan]), Host("52:54:00:00:00:02", "192.168.1.2", vlans=[vlan])
    s.arp_pair(a, b)
    s.http(a, b, server="nginx/1.22.1" if vlan == 10 else "lighttpd/1.4.69")
  s.count(4)
  s.holders("192.168.1.2", 2)
  s.lacks("sw:nginx", "sw:lighttpd")


def informed(s):
  """Who has its address by hand asks for the rest (DHCPINFORM): the answer gives it nothing."""
  d, a = Host("00:25:90:00:00:fe", "10.0.0.254"), Host("00:25:90:00:00:0a", "10.0.0.10", stack="windows")
  s.arp_announce(d)
  s.arp_announce(a)
  o = wire.dhcp_option
  s.packet(a, d, 17, wire.udp(68, 67, wire.dhcp(1, a.mac, 3, [o(53, b"\x08"), o(12, b"fixed"), o(55, b"\1\3\x0f")], ciaddr=a.ip)))
  s.packet(d, a, 17, wire.udp(67, 68, wire.dhcp(2, a.mac, 3, [o(53, b"\5"), o(54, wire.address(d.ip))], ciaddr=a.ip)))
  s.count(2)
  s.together(a.mac, a.ip, "name:fixed")


def quarrel_over_a_lease(s):
  """A host goes on with an address whose lease is over and another's: each is shown with what it said."""
  d = Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(d)
  a, b = Host("3c:5a:b4:00:00:01"), Host("3c:5a:b4:00:00:02", stack="windows")
  s.lease(a, d, "10.0.0.50", name="first")
  s.http(a, d, agent="first-app/1.0")
  s.wait(4000)
  s.lease(b, d, "10.0.0.50", name="second")
  for n in range(10):
    s.http((a, b)[n % 2], d, agent=("first-app/1.0", "second-app/1.0")[n % 2])
    s.wait(20)
  s.count(3)
  s.together(a.mac, "10.0.0.50", "name:first")
  s.together(b.mac, "10.0.0.50", "name:second")
  s.apart(a.mac, "name:second")
  s.apart(b.mac, "name:first")
  s.event("conflict", 1)


def switch_with_many_ports(s):
  """One chassis speaks from the MAC of each of its ports."""
  for n in range(1, 5):
    s.lldp(Host(f"00:1b:0d:aa:00:0{n}"), "00:1b:0d:aa:00:00", f"Gi1/0/{n}", "access-1")
  s.count(1, 4)
  s.holders("name:access-1", 4)
  s.related("00:1b:0d:aa:00:01", "00:1b:0d:aa:00:02")


def guests_of_a_wireless_bridge(s):
  """A client bridge sends for the machines behind it in its own frames; their ARP tells who they are."""
  bridge, c = Host("00:25:90:00:00:aa", "10.0.0.3"), Host("00:25:90:00:00:0c", "10.0.0.12")
  s.arp_announce(bridge)
  s.arp_announce(c)
  for n in (21, 22):
    guest = Host(f"00:25:90:00:02:{n:02x}", f"10.0.0.{n}")
    s.send(bridge, BROADCAST, 0x0806, wire.arp(1, guest.mac, guest.ip, "00:00:00:00:00:00", guest.ip))
    through = Host("", guest.ip, via=bridge, hops=0)
    s.http(through, c, agent=f"guest-{n}/1.0")
  s.count(4)
  for n in (21, 22):
    s.together(f"00:25:90:00:02:{n:02x}", f"10.0.0.{n}")
    s.apart(bridge.mac, f"10.0.0.{n}")


def paths_that_keep_the_ttl(s):
  """Remote servers over a path that does not lower the TTL: several public networks are no one machine's behind a private gateway."""
  a, r = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  s.arp_pair(a, r)
  for n in range(3):
    s.http(a, Host("", f"203.0.{n}.9", via=r, hops=0), server="lighttpd/1.4.69")
  s.count(5)
  s.lacks("203.0.1.9", r.mac)


def renewed_by_unicast(s):
  """A lease is renewed every half hour: nothing moves, nobody is new."""
  d, a, o = Host("00:25:90:00:00:fe", "10.0.0.254"), Host("3c:5a:b4:00:00:01"), wire.dhcp_option
  s.arp_announce(d)
  s.lease(a, d, "10.0.0.50", name="first")
  for _ in range(4):
    s.wait(1800)
    s.packet(a, d, 17, wire.udp(68, 67, wire.dhcp(1, a.mac, 7, [o(53, b"\3"), o(12, b"first")], ciaddr=a.ip)))
    answer = wire.dhcp(2, a.mac, 7, [o(53, b"\5"), o(54, wire.address(d.ip))], ciaddr=a.ip, yiaddr=a.ip)
    s.packet(d, a, 17, wire.udp(67, 68, answer))
  s.count(2)
  s.together(a.mac, "10.0.0.50", "name:first")
  s.event("addressMoved", 0, 0)
  s.event("newEndpoint", 2, 2)


def old_stack_on_the_link(s):
  """A stack that begins with 60, known by its ARP: it is where it is."""
  old, c = Host("00:25:90:00:00:0a", "10.0.0.10"), Host("00:25:90:00:00:0c", "10.0.0.12")
  old.hops = 4
  s.arp_pair(c, old)
  s.http(c, old)
  s.count(2)
  s.together(old.mac, old.ip, "sw:nginx")


def loopback_on_the_wire(s):
  """Packets from 127.0.0.1 and ::1 in frames of a card: a mistake, and nobody's address."""
  a, b = Host("00:25:90:00:00:0a", "10.0.0.10", "2001:db8::a"), Host("00:25:90:00:00:0b", "10.0.0.11", "2001:db8::b")
  s.arp_pair(a, b)
  s.packet(a, b, 17, wire.udp(5, 6, b"x"), "127.0.0.1")
  s.packet(a, b, 17, wire.udp(5, 6, b"x"), "::1", b.ip6)
  s.count(2)
  s.nobody("127.0.0.1", "::1")


def one_mac_at_both_ends(s):
  """A capture whose MACs were all made one before it was given away: two hosts that speak to each other are two."""
  mac = "00:1d:09:99:b2:2c"
  a, b = Host(mac, "192.168.11.33", stack="windows"), Host(mac, "192.168.11.34")
  s.http(a, b, server="lighttpd/1.4.69")
  s.http(b, a, server="Microsoft-IIS/10.0")
  s.count(2)
  s.apart(a.ip, b.ip)
  s.together(b.ip, "sw:lighttpd")
  s.together(a.ip, "sw:IIS")
  s.nobody(mac)
