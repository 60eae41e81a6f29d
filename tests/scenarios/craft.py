"""More of what hosts say: DHCP beside the first lease, DHCPv6, neighbour discovery both ways, multicast names of others."""
import ipaddress
import struct
import zlib

import wire
from stage import BROADCAST, STACKS


def _xid(mac):
  return zlib.crc32(mac.encode()) & 0xFFFF


def dhcp(s, kind, client, source=None, to=None, more=(), ciaddr="0.0.0.0", yiaddr="0.0.0.0", giaddr="0.0.0.0", chaddr=None, ports=None, ttl=None):
  """One DHCP message: of the client when `source` is None, else of a server or relay; `to` a host, or everybody."""
  mac = chaddr or client.mac
  op, ports = (1, ports or (68, 67)) if source in (None, client) else (2, ports or (67, 68))
  if giaddr != "0.0.0.0" and kind in (1, 3, 4, 7, 8):
    op = 1
  options = [wire.dhcp_option(53, bytes((kind,)))] + [wire.dhcp_option(c, v) for c, v in more]
  body = wire.udp(*ports, wire.dhcp(op, mac, _xid(mac), options, ciaddr, yiaddr, giaddr))
  sender = source or client
  a = ciaddr if sender is client else source.ip
  b = to.ip if to else "255.255.255.255"
  s.send(sender, to.link() if to else BROADCAST, 0x0800, wire.ip(a, b, 17, body, ttl or sender.ttl()))


def renew(s, client, server, name=None, seconds=86400):
  """The lease goes on: asked and answered from one to the other, without broadcast (RFC 2131 4.3.2)."""
  more = [(12, name.encode())] if name else []
  dhcp(s, 3, client, to=server, ciaddr=client.ip, more=more + [(55, b"\1\3\6\x0f")])
  dhcp(s, 5, client, server, client, [(54, wire.address(server.ip)), (51, seconds.to_bytes(4, "big"))], ciaddr=client.ip, yiaddr=client.ip)


def relayed_lease(s, client, relay, gateway, server, name):
  """What the server's side sees of a lease by a relay with the address `gateway`; the client's frames are elsewhere."""
  d = [(54, wire.address(server.ip)), (51, (3600).to_bytes(4, "big")), (1, b"\xff\xff\xff\0")]
  for ask, answer in ((1, 2), (3, 5)):
    more = [(12, name.encode()), (55, b"\1\3\6\x0f")] + ([(50, wire.address(client.ip)), d[0]] if ask == 3 else [])
    body = wire.udp(67, 67, wire.dhcp(1, client.mac, _xid(client.mac), [wire.dhcp_option(53, bytes((ask,)))] +
                                      [wire.dhcp_option(c, v) for c, v in more], giaddr=gateway))
    s.send(relay, server.link(), 0x0800, wire.ip(gateway, server.ip, 17, body, 255))
    body = wire.udp(67, 67, wire.dhcp(2, client.mac, _xid(client.mac), [wire.dhcp_option(53, bytes((answer,)))] +
                                      [wire.dhcp_option(c, v) for c, v in d], yiaddr=client.ip, giaddr=gateway))
    s.send(server, relay.link(), 0x0800, wire.ip(server.ip, gateway, 17, body, 64))


def _option6(code, value):
  return struct.pack(">HH", code, len(value)) + value


def duid_llt(mac, time=0x2A000000):
  return b"\0\1\0\1" + struct.pack(">I", time) + wire.mac(mac)


def dhcp6(s, kind, client, server=None, duid=None, ip6=None, name=None, link=None):
  """One DHCPv6 message; of the server when it is given."""
  options = _option6(1, duid or duid_llt(client.mac))
  if server:
    options += _option6(2, b"\0\3\0\1" + wire.mac(server.mac))
  if ip6:
    options += _option6(3, struct.pack(">III", 1, 1800, 2880) + _option6(5, wire.address(ip6) + struct.pack(">II", 3600, 7200)))
  if name:
    options += _option6(39, b"\0" + bytes((len(name),)) + name.encode())
  body = bytes((kind,)) + struct.pack(">I", _xid(client.mac))[1:] + options
  link = link or client.link_local
  if server:
    s.send(server, client.mac, 0x86DD, wire.ip(server.link_local, link, 17, wire.udp(547, 546, body), 64))
  else:
    s.send(client, "33:33:00:01:00:02", 0x86DD, wire.ip(link, "ff02::1:2", 17, wire.udp(546, 547, body), 1))


def lease6(s, client, server, ip6, name=None, duid=None):
  dhcp6(s, 1, client, name=name, duid=duid)
  dhcp6(s, 2, client, server, ip6=ip6, duid=duid)
  dhcp6(s, 3, client, name=name, ip6=ip6, duid=duid)
  dhcp6(s, 7, client, server, ip6=ip6, duid=duid)


def link_local(mac):
  m = wire.mac(mac)
  return str(ipaddress.ip_address(b"\xfe\x80" + b"\0" * 6 + bytes((m[0] ^ 2, m[1], m[2], 0xFF, 0xFE)) + m[3:]))


def solicit(s, a, target, source=None):
  """A neighbour solicitation with its sender's MAC in it."""
  low = wire.address(target)[-3:]
  group, to = "ff02::1:ff%02x:%02x%02x" % tuple(low), "33:33:ff:" + low.hex(":")
  s.icmp6(a, group, to, b"\x87\0\0\0\0\0\0\0" + wire.address(target) + b"\1\1" + wire.mac(a.mac), source)


def answer(s, a, to, target=None, flags=0x60):
  """A solicited neighbour advertisement; of another's address it comes from one's own (RFC 4861 4.4)."""
  body = b"\x88\0\0\0" + bytes((flags,)) + b"\0\0\0" + wire.address(target or a.ip6) + b"\2\1" + wire.mac(a.mac)
  s.icmp6(a, to.ip6, to.mac, body)


def neighbours(s, a, b):
  solicit(s, a, b.ip6)
  answer(s, b, a)


def mdns_of(s, a, name, addresses, source=None):
  """What `a` says by multicast DNS of a name, whosever addresses those are."""
  data = wire.udp(5353, 5353, wire.dns_answer(name, addresses, 0x8400, False, True))
  s.send(a, "01:00:5e:00:00:fb", 0x0800, wire.ip(source or a.ip, "224.0.0.251", 17, data, 255))


def arp(s, a, operation, sender_mac, sender_ip, target_mac, target_ip, to=BROADCAST):
  """An ARP packet in which anything may be said."""
  s.send(a, to, 0x0806, wire.arp(operation, sender_mac, sender_ip, target_mac, target_ip))


def unreachable(s, router, to, quoted, code=1):
  """Of an address nobody answers for: with the head of the packet that was sent."""
  body = bytes((3, code)) + b"\0\0" + b"\0" * 4 + quoted[:28]
  body = body[:2] + wire.checksum(body).to_bytes(2, "big") + body[4:]
  s.packet(router, to, 1, body)


def hello(name, versions=b"\x03\x04\x03\x03"):
  """A TLS client hello that asks for `name`."""
  def ext(kind, data):
    return struct.pack(">HH", kind, len(data)) + data
  host = name.encode()
  sni = ext(0, struct.pack(">HBH", len(host) + 3, 0, len(host)) + host) if name else b""
  rest = ext(43, bytes((len(versions),)) + versions) + ext(10, b"\0\4\0\x1d\0\x17") + ext(13, b"\0\4\4\3\x08\4") + ext(11, b"\1\0")
  suites = b"\x13\1\x13\2\xc0\x2b\xc0\x2f"
  body = b"\3\3" + b"r" * 32 + b"\0" + struct.pack(">H", len(suites)) + suites + b"\1\0" + struct.pack(">H", len(sni + rest)) + sni + rest
  shake = b"\1" + len(body).to_bytes(3, "big") + body
  return b"\x16\3\1" + struct.pack(">H", len(shake)) + shake


def hsrp(s, router, group, vip, state=16):
  """HSRP version 1 (RFC 2281) of the active (16) or the standby (8) router."""
  body = bytes((0, 0, state, 3, 10, 110, group, 0)) + b"cisco\0\0\0" + wire.address(vip)
  mac = f"00:00:0c:07:ac:{group:02x}" if state == 16 else router.mac
  s.put(wire.ethernet(mac, "01:00:5e:00:00:02", 0x0800, wire.ip(router.ip, "224.0.0.2", 17, wire.udp(1985, 1985, body), 1), router.vlans))
