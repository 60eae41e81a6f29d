"""Frames made octet by octet: what hosts, routers and switches put on a wire."""
import ipaddress
import struct


def mac(text):
  return bytes.fromhex(text.replace(":", ""))


def address(text):
  return ipaddress.ip_address(text).packed


def checksum(data):
  data += b"\0" * (len(data) % 2)
  total = sum(struct.unpack(f">{len(data) // 2}H", data))
  while total >> 16:
    total = (total & 0xFFFF) + (total >> 16)
  return ~total & 0xFFFF


def ethernet(source, destination, kind, payload, vlans=()):
  tags = b"".join(struct.pack(">HH", 0x8100, v) for v in vlans)
  return mac(destination) + mac(source) + tags + struct.pack(">H", kind) + payload


def llc(source, destination, payload):
  """An 802.3 frame: a length where others have a type."""
  return mac(destination) + mac(source) + struct.pack(">H", len(payload)) + payload


def ip(source, destination, protocol, payload, ttl=64, ident=0, df=True):
  a, b = address(source), address(destination)
  if len(a) == 16:
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, ttl) + a + b + payload
  head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident & 0xFFFF, 0x4000 if df else 0, ttl, protocol, 0, a, b)
  return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ip_kind(source):
  return 0x86DD if ":" in source else 0x0800


def udp(sport, dport, payload):
  return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def tcp(sport, dport, seq, ack, flags, payload=b"", window=64240, options=b""):
  options += b"\0" * (-len(options) % 4)
  return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (5 + len(options) // 4) << 4, flags, window, 0,
                     0) + options + payload


def arp(operation, sender_mac, sender_ip, target_mac, target_ip):
  return struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation) + mac(sender_mac) + address(sender_ip) + mac(target_mac) + address(target_ip)


def icmp6(source, destination, body):
  """`body` begins with type and code and has two octets of zeros for the checksum."""
  pseudo = address(source) + address(destination) + struct.pack(">II", len(body), 58)
  return body[:2] + struct.pack(">H", checksum(pseudo + body)) + body[4:]


def dhcp_option(code, value):
  return bytes((code, len(value))) + value


def dhcp(op, client_mac, xid, options, ciaddr="0.0.0.0", yiaddr="0.0.0.0", giaddr="0.0.0.0"):
  head = struct.pack(">BBBBIHH", op, 1, 6, 0, xid, 0, 0) + address(ciaddr) + address(yiaddr) + address("0.0.0.0") + address(giaddr)
  return head + mac(client_mac) + b"\0" * 10 + b"\0" * 192 + bytes.fromhex("63825363") + b"".join(options) + b"\xff"


def dns_name(name):
  if isinstance(name, bytes):
    return bytes((min(63, len(name)),)) + name[:63] + b"\0"
  return b"".join(bytes((len(p),)) + p.encode() for p in name.split(".")) + b"\0"


def dns_answer(name, addresses, flags=0x8180, question=True, multicast=False):
  records = b""
  for a in addresses:
    packed = address(a)
    records += dns_name(name) + struct.pack(">HHIH", 1 if len(packed) == 4 else 28, 0x8001 if multicast else 1, 120, len(packed)) + packed
  asked = dns_name(name) + struct.pack(">HH", 1, 1) if question else b""
  return struct.pack(">6H", 0 if multicast else 7, flags, 1 if question else 0, len(addresses), 0, 0) + asked + records


def dns_pointer(owner, name, target):
  data = dns_name(target)
  return (struct.pack(">6H", 9, 0x8180, 1, 1, 0, 0) + dns_name(name) + struct.pack(">HH", 12, 1) + dns_name(name) +
          struct.pack(">HHIH", 12, 1, 300, len(data)) + data)


def ssh_string(data):
  return struct.pack(">I", len(data)) + data


def ssh_packet(payload):
  padding = 8 - (len(payload) + 5) % 8 + 4
  return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + b"\0" * padding


def ssh_kexinit():
  lists = [b"curve25519-sha256", b"ssh-ed25519", b"aes128-ctr", b"aes128-ctr", b"hmac-sha2-256", b"hmac-sha2-256", b"none", b"none",
           b"", b""]
  return ssh_packet(b"\x14" + b"\0" * 16 + b"".join(map(ssh_string, lists)) + b"\0" * 5)


def ssh_reply(key):
  """The server's half of a key exchange, with the host key made of the 32 octets `key`."""
  blob = ssh_string(b"ssh-ed25519") + ssh_string(key)
  return ssh_packet(b"\x1f" + ssh_string(blob) + ssh_string(b"\1" * 32) + ssh_string(ssh_string(b"ssh-ed25519") + ssh_string(b"\2" * 64)))


def vxlan(vni, frame):
  return struct.pack(">II", 0x08000000, vni << 8) + frame


def lldp(chassis_mac, port, name="", description=""):
  def tlv(kind, value):
    return struct.pack(">H", kind << 9 | len(value)) + value
  out = tlv(1, b"\4" + mac(chassis_mac)) + tlv(2, b"\5" + port.encode()) + tlv(3, b"\0\x78")
  if name:
    out += tlv(5, name.encode())
  if description:
    out += tlv(6, description.encode())
  return out + tlv(0, b"")


def netbios_name(name, suffix):
  raw = name.encode()[:15].ljust(15) + bytes((suffix,))
  return b"\x20" + b"".join(bytes((0x41 + (c >> 4), 0x41 + (c & 15))) for c in raw) + b"\0"


def nbns_register(name, ip4):
  label = netbios_name(name, 0)
  return (struct.pack(">6H", 3, 0x2910, 1, 0, 0, 1) + label + struct.pack(">HH", 0x20, 1) + b"\xc0\x0c" +
          struct.pack(">HHIHH", 0x20, 1, 300000, 6, 0) + address(ip4))


def gre(kind, payload, sequenced=False):
  """`payload` begins with the sequence number when there is one."""
  return struct.pack(">HH", 0x1000 if sequenced else 0, kind) + payload


def geneve(vni, frame):
  return struct.pack(">BBHI", 0, 0, 0x6558, vni << 8) + frame


def gtp(teid, packet):
  return struct.pack(">BBHI", 0x30, 0xFF, len(packet), teid) + packet


def pppoe(session, packet):
  kind = 0x0057 if packet[0] >> 4 == 6 else 0x0021
  return struct.pack(">BBHHH", 0x11, 0, session, len(packet) + 2, kind) + packet


def _bare(frame):
  """Without the link's header and tags; nothing of what is no IP."""
  at = 12
  while frame[at:at + 2] in (b"\x81\0", b"\x88\xa8"):
    at += 4
  return frame[at:at + 2], frame[at + 2:]


def _cooked(frame):
  """Linux cooked: to us, from an Ethernet card."""
  kind, payload = _bare(frame)
  return struct.pack(">HHH", 0, 1, 6) + frame[6:12] + b"\0\0" + kind + payload


# Links by name: number, and what of a frame stands in the capture.
LINKS = {"ethernet": (1, lambda f: f), "raw": (101, lambda f: _bare(f)[1]), "cooked": (113, _cooked)}


def pcap(records, link=1, snap=262144):
  """[(time in ns, frame)] as a capture with nanoseconds, of each frame no more than `snap` octets."""
  out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snap, link)]
  for time, frame in records:
    out.append(struct.pack("<4I", time // 10**9, time % 10**9, min(snap, len(frame)), len(frame)) + frame[:snap])
  return b"".join(out)
