"""Networks inside networks: what is carried is where it is, the ends of a tunnel are what they are."""
import wire
from stage import Host

LEFT, RIGHT = "00:1b:21:00:00:01", "00:1b:21:00:00:02"


def _carried(s, outer, make):
  """Everything put on the stage from now on goes through a tunnel, from one end and from the other in turn."""
  plain = s.put
  turn = [0]

  def put(frame):
    turn[0] ^= 1
    a, b = (outer, outer[::-1])[turn[0]]
    macs = ((LEFT, RIGHT), (RIGHT, LEFT))[turn[0]]
    plain(wire.ethernet(*macs, 0x0800, wire.ip(a, b, *make(frame))))
  s.put = put
  return plain


def generic_encapsulation(s):
  """GRE with IP inside: the hosts inside are beyond both ends."""
  a, b = Host("", "10.1.0.5"), Host("", "10.2.0.6")
  a.mac = b.mac = "00:00:00:00:00:00"
  _carried(s, ("198.51.100.1", "198.51.100.2"), lambda f: (47, wire.gre(0x0800, f[14:])))
  a.hops = b.hops = 1
  s.http(a, b)
  s.ssh(a, b, 1)
  s.count(4)
  s.together(LEFT, "198.51.100.1")
  s.together(RIGHT, "198.51.100.2")
  s.together("10.2.0.6", "sw:nginx", "key:1")
  s.apart("10.2.0.6", RIGHT)
  s.apart("10.1.0.5", LEFT)


def ip_in_ip(s):
  a, b = Host("00:00:00:00:00:00", "10.1.0.5"), Host("00:00:00:00:00:00", "10.2.0.6")
  a.hops = b.hops = 1
  _carried(s, ("198.51.100.1", "198.51.100.2"), lambda f: (4, f[14:]))
  s.http(a, b)
  s.count(4)
  s.together("10.2.0.6", "sw:nginx")
  s.apart("10.2.0.6", RIGHT)


def geneve_tenants(s):
  """Two tenants with the same addresses over Geneve."""
  plain = s.put
  for vni in (70, 71):
    s.put = plain
    _carried(s, ("10.255.0.1", "10.255.0.2"), lambda f: (17, wire.udp(50000, 6081, wire.geneve(vni, f))))
    a, b = Host(f"52:54:00:00:{vni:02x}:01", "192.168.1.1"), Host(f"52:54:00:00:{vni:02x}:02", "192.168.1.2")
    s.arp_pair(a, b)
    s.http(a, b, server=f"nginx/1.{vni}.0")
    s.together(a.mac, a.ip, f"vni:{vni}")
    s.together(b.mac, b.ip, "sw:nginx", f"vni:{vni}")
  s.holders("192.168.1.1", 2)
  s.count(6)


def overlay_and_underlay(s):
  """A tenant uses the addresses of the network that carries it."""
  for vni in (None, 9000):
    a, b = Host(f"00:25:90:00:{bool(vni):02x}:01", "10.255.0.1", vni=vni), Host(f"00:25:90:00:{bool(vni):02x}:02", "10.255.0.9", vni=vni)
    s.arp_pair(a, b)
    s.http(a, b, server="nginx/1.22.1" if vni else "lighttpd/1.4.69")
    s.together(b.mac, b.ip, "sw:nginx" if vni else "sw:lighttpd")
    s.lacks(b.mac, "sw:lighttpd" if vni else "sw:nginx")
  s.holders("10.255.0.9", 2)


def mobile_core(s):
  """GTP-U: telephones' packets between base station and gateway."""
  phones = [Host("00:00:00:00:00:00", f"10.45.0.{n}", stack="android") for n in range(2, 7)]
  far = Host("00:00:00:00:00:00", "203.0.113.80")
  far.hops = 9
  _carried(s, ("10.200.0.1", "10.200.0.2"), lambda f: (17, wire.udp(2152, 2152, wire.gtp(7, f[14:]))))
  for p in phones:
    s.http(p, far, agent="app/1.0", server="lighttpd/1.4.69")
  s.count(8)
  s.together(far.ip, "sw:lighttpd")
  for p in phones:
    s.holders(p.ip, 1)
    s.apart(p.ip, LEFT)
    s.apart(p.ip, RIGHT)


def customers_with_the_same_tags(s):
  """QinQ: two customers use the same inner VLAN and the same addresses; the outer tag tells them apart."""
  for outer in (100, 200):
    a, b = Host(f"00:25:90:00:{outer:02x}:01", "192.168.1.1", vlans=[outer, 7]), Host(f"00:25:90:00:{outer:02x}:02", "192.168.1.2", vlans=[outer, 7])
    s.arp_pair(a, b)
    s.http(a, b, server="nginx/1.22.1" if outer == 100 else "lighttpd/1.4.69")
    s.together(b.mac, b.ip, "sw:nginx" if outer == 100 else "sw:lighttpd")
  s.holders("192.168.1.2", 2)
  s.count(4)


def overlay_with_remotes(s):
  """A gateway inside an overlay passes on what comes from the world: it is the gateway's as little as elsewhere."""
  gate, a = Host("00:00:5e:00:01:01", "192.168.1.254", vni=42), Host("52:54:00:00:00:0a", "192.168.1.10", vni=42)
  r = Host("52:54:00:00:00:fe", "192.168.1.253", vni=42, stack="router")
  s.arp_pair(a, gate)
  s.arp_pair(a, r)
  for n in range(8):
    s.http(a, Host("", f"203.0.113.{n}", via=r, hops=9, vni=42), server="lighttpd/1.4.69")
  s.count(12)
  s.together(a.mac, a.ip, "vni:42")
  s.holders("192.168.1.254", 1)
  for n in range(8):
    s.lacks(f"203.0.113.{n}", r.mac)


def mirrored_over_gre(s):
  """ERSPAN: a remote switch's mirror; its frames are those of its network."""
  a, b = Host("00:25:90:00:00:0a", "10.7.0.5"), Host("00:25:90:00:00:0b", "10.7.0.6")
  plain = s.put
  erspan = lambda f: wire.gre(0x88BE, b"\0\0\0\1" + b"\x10\x07\0\x01\0\0\0\0" + f, sequenced=True)
  s.put = lambda f: plain(wire.ethernet(LEFT, RIGHT, 0x0800, wire.ip("198.51.100.1", "198.51.100.2", 47, erspan(f))))
  s.arp_pair(a, b)
  s.http(a, b)
  s.count(3)
  s.together(a.mac, a.ip)
  s.together(b.mac, b.ip, "sw:nginx")
  s.together(LEFT, "198.51.100.1")


def labelled(s):
  """MPLS between two routers: nobody inside is on the link."""
  a, b = Host("", "10.1.0.5"), Host("", "10.2.0.6")
  for n in range(3):
    for source, to, macs in ((a, b, (LEFT, RIGHT)), (b, a, (RIGHT, LEFT))):
      segment = wire.tcp(40000 + n, 80, 1, 0, 2) if source is a else wire.tcp(80, 40000 + n, 1, 2, 0x12)
      s.put(wire.ethernet(*macs, 0x8847, b"\0\1\x01\x3e" + wire.ip(source.ip, to.ip, 6, segment, 62)))
  s.holders("10.1.0.5", 1)
  s.apart("10.1.0.5", LEFT)
  s.apart("10.2.0.6", RIGHT)
  s.count(4)
