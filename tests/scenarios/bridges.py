"""What switches, radio controllers and overlays do to frames on their way: other tags, other wrappings, the same hosts."""
import struct

import wire
from stacks import CHROME_ANDROID, CHROME_WINDOWS, SAFARI_PHONE
from stage import STACKS, Host


def _twice(s, *others):
  """Every frame is seen in each of `others` too, a few microseconds later: what makes it another frame is given."""
  plain = s.put

  def put(frame):
    plain(frame)
    for n, other in enumerate(others):
      s.records.append((s.now - 200_000 + 4000 * (n + 1), other(frame)))
  s.put = put


def _tagged(vlan):
  return lambda frame: frame[:12] + struct.pack(">HH", 0x8100, vlan) + frame[16 if frame[12:14] == b"\x81\0" else 12:]


def _office(s, mac="3c:5a:b4:00:00:01", vlans=(10,)):
  d, a = Host("00:25:90:00:00:fe", "10.1.0.254", vlans=vlans), Host(mac, "10.1.0.50", stack="windows", vlans=vlans)
  s.arp_pair(a, d)
  s.nbns(a, "DESK-7")
  for _ in range(3):
    s.http(a, d, "nginx/1.22.1", agent=CHROME_WINDOWS)
    s.wait(60)
  return d, a


def tags_are_rewritten(s):
  """A switch makes VLAN 10 of one side VLAN 110 of the other, and both sides are mirrored: the same card under two tags.
  Nothing but its MAC says that it is one: two that are related."""
  _twice(s, _tagged(110))
  d, a = _office(s)
  s.count(4)
  s.together(a.mac, "vlan:10", "os:Windows", "name:desk-7")
  s.together(a.mac, "vlan:110", "os:Windows", "name:desk-7")
  s.together(d.mac, "vlan:10", "sw:nginx")
  s.related("vlan:10", "vlan:110")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def tags_of_a_guest_are_rewritten(s):
  """The same with a virtual machine, whose MAC was made up: with the same address in both VLANs the two may be one."""
  _twice(s, _tagged(110))
  a = Host("52:54:00:00:00:07", "10.1.0.60", vlans=(10,))
  s.arp_announce(a)
  s.arp_ask(a, "10.1.0.254")
  s.count(2)
  s.related("vlan:10", "vlan:110")
  s.holders("unique", 0)


def overlay_and_its_port(s):
  """A virtual machine is seen on its port in VLAN 10 and in the fabric's overlay: the same card in two segments."""
  def wrapped(frame):
    bare = frame[:12] + frame[16:] if frame[12:14] == b"\x81\0" else frame
    outer = wire.ip("10.255.0.1", "10.255.0.2", 17, wire.udp(50111, 4789, wire.vxlan(10010, bare)))
    return wire.ethernet("00:1b:21:00:00:01", "00:1b:21:00:00:02", 0x0800, outer)
  _twice(s, wrapped)
  _, a = _office(s, "52:54:00:00:00:07")
  s.count(5)
  s.together(a.mac, "vlan:10", "os:Windows")
  s.together(a.mac, "vni:10010", "os:Windows")
  s.related("vlan:10", "vni:10010")
  s.event("conflict", 0, 0)


def server_on_a_trunk(s):
  """One card, three tagged interfaces, an address in each network: an endpoint in each, and they are related."""
  for vlan in (10, 20, 30):
    a, c = Host("00:25:90:00:00:aa", f"10.{vlan}.0.5", vlans=(vlan,)), Host(f"3c:5a:b4:00:00:{vlan:02x}", f"10.{vlan}.0.9", vlans=(vlan,))
    s.arp_pair(c, a)
    s.ssh(c, a, 1)
    s.together(a.mac, a.ip, f"vlan:{vlan}", "key:1")
  s.count(6)
  s.related("10.10.0.5", "10.20.0.5")
  s.related("10.20.0.5", "10.30.0.5")
  s.event("addressMoved", 0, 0)


def telephone_says_hello_untagged(s):
  """A desk telephone: LLDP and a first DHCP without a tag, then all of it in the voice VLAN; a computer behind it."""
  d, call = Host("00:25:90:00:00:fe", "10.0.0.254"), Host("00:25:90:00:00:fd", "10.100.0.1", vlans=(100,))
  s.arp_announce(d)
  s.arp_announce(call)
  plain, voice = Host("00:1e:f7:00:00:01"), Host("00:1e:f7:00:00:01", vlans=(100,))
  s.lldp(plain, plain.mac, "port 1", "SEP001EF7000001", "Cisco IP Phone 7962G")
  s.lease(plain, d, "10.0.0.77", name="SEP001EF7000001")
  s.wait(5)
  s.lease(voice, call, "10.100.0.77", name="SEP001EF7000001")
  pc = Host("3c:5a:b4:00:00:0b", stack="windows")
  s.lease(pc, d, "10.0.0.20", name="DESK-20")
  for _ in range(3):
    s.http(voice, call, agent="Cisco-CP-7962G/9.3")
    s.http(pc, d, agent=CHROME_WINDOWS)
    s.wait(600)
  s.count(5)
  s.together(voice.mac, "10.100.0.77", "vlan:100")
  s.together(pc.mac, "10.0.0.20", "name:desk-20", "os:Windows")
  s.related("10.0.0.77", "10.100.0.77")
  s.apart("10.100.0.77", "os:Windows")
  s.apart(pc.mac, "name:sep001ef7000001")


def private_networks(s):
  """Private VLANs (RFC 5517): hosts send in the secondary network, the gateway answers in the primary one."""
  r = Host("00:1b:0d:00:00:01", "10.9.0.1", stack="router", vlans=(200,))
  for n in (1, 2, 3):
    a = Host(f"3c:5a:b4:00:00:{n:02x}", f"10.9.0.{n + 10}", vlans=(201,), stack="windows" if n == 1 else "linux")
    s.arp_ask(a, r.ip)
    s.arp_reply(r, a)
    s.http(a, r, "lighttpd/1.4.69", agent=CHROME_WINDOWS if n == 1 else "curl/7.88.1")
    s.ssh(r, a, n)
    s.together(a.mac, a.ip, "vlan:201")
  s.count(4)
  s.together(r.mac, r.ip, "vlan:200")
  s.lacks("3c:5a:b4:00:00:01", "sw:lighttpd")
  s.event("conflict", 0, 0)


def fenced_copies(s):
  """A lab's templates are copied with their MACs into networks of their own, at work at once: a machine in each."""
  for turn in range(3):
    for vlan, server in ((31, "nginx/1.22.1"), (32, "nginx/1.22.1")):
      a, b = Host("00:50:56:00:00:01", "192.168.7.1", vlans=(vlan,)), Host("00:50:56:00:00:02", "192.168.7.2", vlans=(vlan,))
      s.arp_pair(a, b)
      s.http(a, b, server)
    s.wait(60)
  s.count(4)
  s.holders("192.168.7.2", 2)
  s.together("192.168.7.2", "vlan:31")
  s.together("192.168.7.2", "vlan:32")
  s.event("conflict", 0, 0)


def _capwap(s, point, controller):
  """All frames go between an access point and its controller (RFC 5415), as Ethernet."""
  plain = s.put

  def put(frame):
    inside = b"\0\x10\0\0\0\0\0\0" + frame
    outer = wire.ip(point.ip, controller.ip, 17, wire.udp(5247, 5247, inside), 64)
    plain(wire.ethernet(point.mac, controller.mac, 0x0800, outer))
  s.put = put
  return plain


def roams_between_access_points(s):
  """Radio clients in a controller's tunnels: an Android goes from one access point to the other and stays one."""
  controller = Host("00:1b:0d:00:00:99", "10.5.0.1", stack="router")
  points = [Host(f"00:1b:0d:00:00:{n:02x}", f"10.5.0.{n + 10}") for n in (1, 2)]
  for h in (controller, *points):
    s.arp_announce(h)
  d, a = Host("00:25:90:00:00:fe", "10.6.0.254"), Host("3c:5a:b4:00:00:01", stack="android")
  for point in (points[0], points[1], points[0]):
    plain = _capwap(s, point, controller)
    s.lease(a, d, "10.6.0.50", name="pixel-7")
    s.http(a, d, "nginx/1.22.1", agent=CHROME_ANDROID)
    s.put = plain
    s.wait(900)
  s.count(5)
  s.together(a.mac, "10.6.0.50", "name:pixel-7", "os:Android")
  s.together(d.mac, "10.6.0.254", "sw:nginx")
  for h in (controller, *points):
    s.together(h.mac, h.ip)
    s.lacks(h.mac, "os:Android")
  s.event("newEndpoint", 5, 5)
  s.event("addressMoved", 0, 0)


def lost_in_a_loop(s):
  """A loop without spanning tree: every broadcast comes back two hundred times from everywhere, for some seconds."""
  hosts = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in range(1, 6)]
  for h in hosts:
    s.arp_announce(h)
    for _ in range(200):
      s.records.append((s.now, s.records[-1][1]))
      s.now += 10_000
  for a, b in zip(hosts, hosts[1:]):
    s.http(a, b)
  s.count(5)
  for h in hosts:
    s.together(h.mac, h.ip)
  s.event("conflict", 0, 0)
  s.event("newEndpoint", 5, 5)


def gateway_of_every_leaf(s):
  """A fabric's gateway has one MAC and an address in each network, and each leaf answers as it: one in each network."""
  for vlan in (11, 12, 13):
    g = Host("02:20:20:00:00:aa", f"10.{vlan}.0.1", vlans=(vlan,), stack="router")
    for n in (1, 2):
      a = Host(f"3c:5a:b4:00:{vlan:02x}:{n:02x}", f"10.{vlan}.0.{n + 10}", vlans=(vlan,))
      s.arp_pair(a, g)
      s.http(a, Host(g.mac, f"203.0.113.{n}", via=g, hops=9, vlans=(vlan,)), "nginx/1.22.1")
      s.together(a.mac, a.ip, f"vlan:{vlan}")
    s.together(g.mac, g.ip, f"vlan:{vlan}")
  s.count(9 + 2, 9 + 6)
  s.lacks("10.11.0.1", "sw:nginx")
  s.holders("unique", 6)


def two_chassis_one_system(s):
  """A server's aggregate ends on two switches, both legs mirrored: some frames on one, some on the other, some on both."""
  d, a = Host("00:25:90:00:00:fe", "10.0.0.254"), Host("00:25:90:00:00:0a", "10.0.0.10", stack="windows")
  begin = len(s.records)
  s.arp_pair(a, d)
  for _ in range(6):
    s.http(a, d, agent=CHROME_WINDOWS)
    s.http(d, a, "Microsoft-IIS/10.0")
    s.wait(30)
  for time, frame in list(s.records[begin:])[::3]:
    s.records.append((time + 3000, frame))
  s.records.sort(key=lambda r: r[0])
  s.count(2)
  s.together(a.mac, a.ip, "os:Windows", "sw:IIS")
  s.lacks(a.mac, "several")
  s.event("newEndpoint", 2, 2)


def guest_in_a_moving_overlay(s):
  """A machine in an overlay goes to another host: its frames come from another tunnel's end, in the same network."""
  d, a = Host("52:54:00:00:00:fe", "10.7.0.254", vni=7001), Host("52:54:00:00:00:01", "10.7.0.5", vni=7001)
  s.arp_pair(a, d)
  s.ssh(d, a, 5)
  s.wait(300)
  plain = s.put
  s.put = lambda frame: plain(frame.replace(wire.address("10.255.0.1"), wire.address("10.255.0.3")).replace(
    wire.mac("00:1b:21:00:00:01"), wire.mac("00:1b:21:00:00:03")))
  s.arp_announce(a)
  s.ssh(d, a, 5)
  s.together(a.mac, a.ip, "key:5", "vni:7001")
  s.count(4, 6)
  s.event("addressMoved", 0, 0)
  s.event("conflict", 0, 0)


def telephones_on_the_air(s):
  """Two telephones with MACs of their own making for each of two radio networks, which are VLANs: four, none unique."""
  for vlan in (40, 50):
    d = Host(f"00:25:90:00:00:{vlan:02x}", f"10.{vlan}.0.1", vlans=(vlan,))
    s.arp_announce(d)
    for n, (stack, name, agent) in enumerate((("android", "pixel-7", CHROME_ANDROID), ("mac", "iphone", SAFARI_PHONE))):
      a = Host(f"{0x42 + 8 * n:02x}:77:10:{vlan:02x}:00:{n:02x}", stack=stack, vlans=(vlan,))
      s.lease(a, d, f"10.{vlan}.0.5{n}", name=name)
      s.http(a, d, agent=agent)
      s.together(a.mac, a.ip, f"name:{name}")
  s.count(6)
  s.related("10.40.0.50", "10.50.0.50")
  s.apart("10.40.0.50", "10.50.0.50")
  s.holders("unique", 2)


def _routed(s, a, b, port, server):
  """One exchange between two networks, seen on both sides of the router; a and b are (host, its gateway's MAC)."""
  def pass_on(x, y, payload):
    (one, gate), (other, far_gate) = x, y
    one.ident += 1
    for source, to, ttl, vlans in ((one.mac, gate, 0, one.vlans), (far_gate, other.mac, 1, other.vlans)):
      s.put(wire.ethernet(source, to, 0x0800, wire.ip(one.ip, other.ip, 6, payload, one.ttl() - ttl, one.ident), vlans))
  one = a[0]
  one.port += 1
  pass_on(a, b, wire.tcp(one.port, port, 1000, 0, 2, b"", *_syn(s, one)))
  pass_on(b, a, wire.tcp(port, one.port, 5000, 1001, 0x12, b"", 65160, b"\2\4\5\xb4\1\1\4\2"))
  pass_on(a, b, wire.tcp(one.port, port, 1001, 5001, 0x18, b"GET / HTTP/1.1\r\nHost: x.test\r\n\r\n", 501))
  pass_on(b, a, wire.tcp(port, one.port, 5001, 1035, 0x18, f"HTTP/1.1 200 OK\r\nServer: {server}\r\nContent-Length: 0\r\n\r\n".encode(), 501))


def _syn(s, host):
  return STACKS[host.stack][1], STACKS[host.stack][2](s.clock(host))


def router_with_a_card_for_each_network(s):
  """A trunk is mirrored, and the router has another MAC in each VLAN: what it shows of one in the other is about the same
  hosts, and so are the servers far away that both use."""
  gates = ("00:1b:0d:00:00:01", "00:1b:0d:00:00:02")
  hosts = [[Host(f"3c:5a:b4:00:{v:02x}:{n:02x}", f"10.{v}.0.{n}", vlans=(v,), stack="windows" if n == 1 else "linux") for n in (1, 2, 3)]
           for v in (10, 20)]
  for some in hosts:
    for h in some[:2]:  # of the third nothing but its packets is seen
      s.arp_announce(h)
  for n in range(6):
    _routed(s, (hosts[0][n % 3], gates[0]), (hosts[1][(n + 1) % 3], gates[1]), 8080, "lighttpd/1.4.69")
    _routed(s, (hosts[1][n % 3], gates[1]), (hosts[0][(n + 1) % 3], gates[0]), 8081, "nginx/1.22.1")
    for k in (0, 1):
      far = Host("", "203.0.113.80", via=Host(gates[k], None), hops=9, vlans=hosts[k][0].vlans)
      s.http(hosts[k][n % 3], far, "Apache/2.4.57")
    s.wait(100)
  for some in hosts:
    for h in some:
      s.together(h.mac, h.ip)
      s.holders(h.ip, 1)
  s.holders("203.0.113.80", 1)
  s.together("203.0.113.80", "sw:Apache httpd", "vlan:10", "vlan:20")
  s.count(9)
  s.holders("several", 0)
  s.event("conflict", 0, 0)


def tenants_with_one_plan(s):
  """Two tenants use one plan of addresses; the second's office far away has those of the first's machines. Nobody routes
  between the two, though each has a router."""
  first = [Host(f"3c:5a:b4:00:0a:{n:02x}", f"10.1.0.{n}", vlans=(10,), stack="windows") for n in (1, 2, 3)]
  second = [Host(f"3c:5a:b4:00:14:{n:02x}", f"10.1.0.{n}", vlans=(20,)) for n in (1, 2)]
  routers = [Host("00:1b:0d:00:00:01", "10.1.0.254", vlans=(10,)), Host("00:1b:0d:00:00:02", "10.1.0.254", vlans=(20,))]
  for h in (*first, *second, *routers):
    s.arp_announce(h)
  office = Host("", "10.1.0.3", via=routers[1], hops=2, vlans=(20,))
  for n in range(4):
    s.http(first[n % 3], first[(n + 1) % 3], "Microsoft-IIS/10.0", agent=CHROME_WINDOWS)
    s.http(second[n % 2], office, "nginx/1.22.1")
    s.wait(60)
  s.count(8)
  s.holders("10.1.0.1", 2)
  s.holders("10.1.0.3", 2)
  s.lacks(first[2].mac, "sw:nginx")
  s.together("10.1.0.3", "sw:nginx")
