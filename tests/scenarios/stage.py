"""A stage on which hosts act, and the truth about them: what must be together, what must not, how many there are.

A scenario is a function that takes a Stage, lets hosts act and says what must come of it. Truth is told in marks:
an address, a MAC, or name:NAME, domain:NAME, key:SSH (the key's first octet), sw:TITLE, port:N, vlan:N, unique, several,
of an endpoint in the inventory.
"""
import zlib

import wire

BROADCAST = "ff:ff:ff:ff:ff:ff"
START = 1_780_000_000 * 10**9
SECOND = 10**9


def option(kind, *octets):
  return bytes((kind, len(octets) + 2, *octets))


MSS, SACK, WS7, WS8, WS6 = option(2, 0x05, 0xB4), option(4), option(3, 7), option(3, 8), option(3, 6)
NOP = b"\1"


def stamp(ticks):
  return b"\x08\x0a" + (ticks & 0xFFFFFFFF).to_bytes(4, "big") + b"\0\0\0\0"


# How stacks begin a connection: TTL, window, options as a function of their clock, whether packets carry an identifier.
STACKS = {
  "linux": (64, 64240, lambda t: MSS + SACK + stamp(t) + NOP + WS7, True),
  "android": (64, 65535, lambda t: MSS + SACK + stamp(t) + NOP + WS8, True),
  "windows": (128, 64240, lambda t: MSS + NOP + WS8 + NOP + NOP + SACK, True),
  "mac": (64, 65535, lambda t: MSS + NOP + WS6 + NOP + NOP + stamp(t) + SACK + b"\0", False),
  "router": (255, 4128, lambda t: MSS, True),
}


class Host:
  """An interface: where its frames come from is its router's when it stands behind one."""

  def __init__(self, mac, ip=None, ip6=None, stack="linux", via=None, hops=1, vlans=(), vni=None, boot=0):
    self.mac, self.ip, self.ip6, self.stack, self.via = mac, ip, ip6, stack, via
    self.hops = hops if via else 0
    self.vlans, self.vni, self.boot = tuple(vlans), vni, boot
    self.ident, self.port = boot & 0xFFF, 40000 + boot % 1000

  def link(self):
    return self.via.link() if self.via else self.mac

  def ttl(self):
    return STACKS[self.stack][0] - self.hops

  def address(self, other):
    """The address it speaks to `other` with."""
    return self.ip if self.ip and other.ip else self.ip6


class Stage:
  def __init__(self):
    self.now = START
    self.records, self.truth, self.options = [], [], []
    self.cuts = []  # where the observer is ended and started anew: numbers of records
    self.status = 0  # of the replay: 3 where something must be shed
    self.link = "ethernet"  # how the capture shows frames: also raw, cooked
    self.snap = 262144

  # -- time and frames --

  def wait(self, seconds):
    self.now += int(seconds * SECOND)

  def put(self, frame):
    self.records.append((self.now, frame))
    self.now += 200_000

  def restart(self):
    """The observer ends here and begins anew, with what its repository knows."""
    self.cuts.append(len(self.records))

  def captures(self):
    """The records as captures: one, or one for each run of the observer."""
    ends = [0, *self.cuts, len(self.records)]
    return [self._capture(self.records[a:b]) for a, b in zip(ends, ends[1:])]

  def capture(self):
    return self._capture(self.records)

  def _capture(self, records):
    return wire.pcap([(time, wire.LINKS[self.link][1](frame)) for time, frame in records], wire.LINKS[self.link][0], self.snap)

  def send(self, a, to_mac, kind, payload):
    frame = wire.ethernet(a.link(), to_mac, kind, payload, a.vlans)
    if a.vni is not None:
      outer = wire.udp(50000 + a.vni % 1000, 4789, wire.vxlan(a.vni, frame))
      frame = wire.ethernet("00:1b:21:00:00:01", "00:1b:21:00:00:02", 0x0800, wire.ip("10.255.0.1", "10.255.0.2", 17, outer))
    self.put(frame)

  def packet(self, a, b, protocol, payload, source=None, destination=None, ttl=None):
    source = source or a.address(b)
    destination = destination or b.address(a)
    a.ident += 1
    data = wire.ip(source, destination, protocol, payload, a.ttl() if ttl is None else ttl, a.ident)
    self.send(a, b.link(), wire.ip_kind(source), data)

  # -- link --

  def arp_announce(self, a, ip=None, mac=None):
    ip = ip or a.ip
    self.send(a, BROADCAST, 0x0806, wire.arp(1, mac or a.mac, ip, "00:00:00:00:00:00", ip))

  def arp_ask(self, a, ip):
    self.send(a, BROADCAST, 0x0806, wire.arp(1, a.mac, a.ip or "0.0.0.0", "00:00:00:00:00:00", ip))

  def arp_reply(self, a, to, ip=None):
    self.send(a, to.mac, 0x0806, wire.arp(2, a.mac, ip or a.ip, to.mac, to.ip))

  def arp_pair(self, a, b):
    self.arp_ask(a, b.ip)
    self.arp_reply(b, a)

  def icmp6(self, a, destination, to_mac, body, source=None):
    source = source or a.ip6
    self.send(a, to_mac, 0x86DD, wire.ip(source, destination, 58, wire.icmp6(source, destination, body), 255))

  def advertise(self, a, ip6=None):
    ip6 = ip6 or a.ip6
    body = b"\x88\0\0\0\x20\0\0\0" + wire.address(ip6) + b"\2\1" + wire.mac(a.mac)
    self.icmp6(a, "ff02::1", "33:33:00:00:00:01", body, ip6)

  def detect_duplicate(self, a, ip6=None):
    """The solicitation for an address one wants: sent by nobody (RFC 4862 5.4)."""
    ip6 = ip6 or a.ip6
    group = "ff02::1:ff" + ip6.split(":")[-1].rjust(4, "0")[-4:-2] + ":" + ip6.split(":")[-1].rjust(4, "0")[-4:]
    self.icmp6(a, group, "33:33:ff:00:00:01", b"\x87\0\0\0\0\0\0\0" + wire.address(ip6), "::")

  def router_advertise(self, a):
    body = b"\x86\0\0\0\x40\0\x07\x08" + b"\0" * 8 + b"\1\1" + wire.mac(a.mac)
    self.icmp6(a, "ff02::1", "33:33:00:00:00:01", body)

  def lldp(self, a, chassis, port, name="", description=""):
    self.send(a, "01:80:c2:00:00:0e", 0x88CC, wire.lldp(chassis, port, name, description))

  def vrrp(self, a, group, virtual_ip):
    body = bytes((0x21, group, 100, 1, 0, 1)) + b"\0\0" + wire.address(virtual_ip) + b"\0" * 8
    body = body[:6] + wire.checksum(body).to_bytes(2, "big") + body[8:]
    data = wire.ip(a.ip, "224.0.0.18", 112, body, 255)
    self.put(wire.ethernet(f"00:00:5e:00:01:{group:02x}", "01:00:5e:00:00:12", 0x0800, data, a.vlans))

  # -- configuration and names --

  def dhcp_ask(self, a, kind, name=None, client_id=None, vendor=None, parameters=(1, 3, 6, 15), server=None, wanted=None):
    d = wire.dhcp_option
    options = [d(53, bytes((kind,)))]
    if name is not None:
      options.append(d(12, name if isinstance(name, bytes) else name.encode()))
    if client_id:
      options.append(d(61, client_id))
    if vendor:
      options.append(d(60, vendor.encode()))
    if wanted:
      options.append(d(50, wire.address(wanted)))
    if server:
      options.append(d(54, wire.address(server)))
    options.append(d(55, bytes(parameters)))
    data = wire.udp(68, 67, wire.dhcp(1, a.mac, zlib.crc32(a.mac.encode()) & 0xFFFF, options))
    self.send(a, BROADCAST, 0x0800, wire.ip("0.0.0.0", "255.255.255.255", 17, data, STACKS[a.stack][0]))

  def dhcp_answer(self, server, a, kind, ip, seconds=3600):
    d = wire.dhcp_option
    options = [d(53, bytes((kind,))), d(54, wire.address(server.ip)), d(51, seconds.to_bytes(4, "big")), d(1, b"\xff\xff\xff\0")]
    data = wire.udp(67, 68, wire.dhcp(2, a.mac, zlib.crc32(a.mac.encode()) & 0xFFFF, options, yiaddr=ip))
    self.send(server, a.mac, 0x0800, wire.ip(server.ip, ip, 17, data, server.ttl()))

  def lease(self, a, server, ip=None, **words):
    """A whole exchange; `a` has the address from then on."""
    ip = ip or a.ip
    self.dhcp_ask(a, 1, **words)
    self.dhcp_answer(server, a, 2, ip)
    self.dhcp_ask(a, 3, server=server.ip, wanted=ip, **words)
    self.dhcp_answer(server, a, 5, ip)
    a.ip = ip

  def mdns(self, a, name):
    addresses = [x for x in (a.ip, a.ip6) if x]
    data = wire.udp(5353, 5353, wire.dns_answer(name, addresses, 0x8400, False, True))
    source, group, to = (a.ip, "224.0.0.251", "01:00:5e:00:00:fb") if a.ip else (a.ip6, "ff02::fb", "33:33:00:00:00:fb")
    self.send(a, to, wire.ip_kind(source), wire.ip(source, group, 17, data, 255))

  def nbns(self, a, name):
    data = wire.udp(137, 137, wire.nbns_register(name, a.ip))
    self.send(a, BROADCAST, 0x0800, wire.ip(a.ip, "255.255.255.255", 17, data, a.ttl()))

  def resolve(self, client, resolver, name, addresses):
    client.port += 1
    question = wire.dns_answer(name, [], 0x0100)
    self.packet(client, resolver, 17, wire.udp(client.port, 53, question))
    self.packet(resolver, client, 17, wire.udp(53, client.port, wire.dns_answer(name, addresses)))

  def ping(self, a, b, source=None, destination=None):
    if ":" in (source or a.address(b)):
      s, d = source or a.ip6, destination or b.ip6
      self.packet(a, b, 58, wire.icmp6(s, d, b"\x80\0\0\0\0\1\0\1" + b"x" * 32), s, d)
    else:
      self.packet(a, b, 1, b"\x08\0\xf7\xfd\0\1\0\1", source, destination)

  # -- connections --

  def clock(self, a):
    return (self.now - START) // 1_000_000 + a.boot

  def syn(self, a, b, port, source=None, destination=None):
    a.port += 1
    window, options = STACKS[a.stack][1], STACKS[a.stack][2](self.clock(a))
    self.packet(a, b, 6, wire.tcp(a.port, port, 1000, 0, 0x02, b"", window, options), source, destination)

  def connect(self, a, b, port, turns, source=None, destination=None, seen="both", server_port=None):
    """A whole TCP connection; turns is [(from the server?, octets)]. `seen` is both, client or server."""
    server_port = server_port or port
    at, position = 1 << 20, [1000, 5000]

    def client(flags, data=b"", options=b"", window=501):
      if seen != "server":
        self.packet(a, b, 6, wire.tcp(port_of, server_port, position[0], position[1] if flags & 0x10 else 0, flags, data, window, options),
                    source, destination)

    def server(flags, data=b"", options=b"", window=501):
      if seen != "client":
        self.packet(b, a, 6, wire.tcp(server_port, port_of, position[1], position[0], flags, data, window, options), destination, source)

    a.port += 1
    port_of = a.port
    client(0x02, b"", STACKS[a.stack][2](self.clock(a)), STACKS[a.stack][1])
    position[0] += 1
    server(0x12, b"", MSS + SACK + NOP + WS7, 65160)
    position[1] += 1
    client(0x10)
    for from_server, data in turns:
      for begin in range(0, len(data), 1400):
        piece = data[begin:begin + 1400]
        (server if from_server else client)(0x18, piece)
        position[from_server] += len(piece)
    client(0x11)
    position[0] += 1
    server(0x11)
    position[1] += 1
    client(0x10)
    return at

  def http(self, a, b, server="nginx/1.22.1", agent="curl/7.88.1", host="www.example.test", port=80, more="", **path):
    asked = f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\n\r\n".encode()
    answer = f"HTTP/1.1 200 OK\r\nServer: {server}\r\n{more}Content-Length: 2\r\n\r\nok".encode()
    self.connect(a, b, port, [(False, asked), (True, answer)], **path)

  def ssh(self, a, b, key, banner="SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", port=22):
    if isinstance(key, int):
      key = bytes((key,)) * 32
    self.connect(a, b, port, [(True, banner.encode() + b"\r\n"), (False, b"SSH-2.0-OpenSSH_9.6\r\n"), (False, wire.ssh_kexinit()),
                              (True, wire.ssh_kexinit()), (False, wire.ssh_packet(b"\x1e" + wire.ssh_string(b"\3" * 32))),
                              (True, wire.ssh_reply(key))])

  # -- truth --

  def count(self, least, most=None):
    self.truth.append(("count", least, least if most is None else most))

  def together(self, *marks):
    """One endpoint has all of these."""
    self.truth.append(("together", *marks))

  def apart(self, a, b):
    """No endpoint has both."""
    self.truth.append(("apart", a, b))

  def holders(self, mark, count):
    """So many endpoints have it."""
    self.truth.append(("holders", mark, count))

  def nobody(self, *marks):
    for mark in marks:
      self.holders(mark, 0)

  def lacks(self, holder, mark):
    """Who has the first has not the second; somebody has the first."""
    self.holders(holder, 1)
    self.apart(holder, mark)

  def related(self, a, b):
    self.truth.append(("related", a, b))

  def event(self, kind, least=1, most=1 << 30, words=""):
    self.truth.append(("event", kind, least, most, words))
