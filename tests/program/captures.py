"""Captures made on the spot: files, frames and small conversations, whole and broken."""
import struct

MAC_A, MAC_B = bytes.fromhex("00163e000001"), bytes.fromhex("00163e000002")
ADDRESS_A, ADDRESS_B = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))
START = 1_700_000_000


def header(link=1, magic=0xA1B2C3D4, order="<", snaplen=262144):
  return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)


def record(frame, number=0, caplen=None, length=None):
  """A packet of a classic pcap file, one millisecond after the one before."""
  taken = frame if caplen is None else frame[:caplen]
  return struct.pack("<4I", START + number // 1000, number % 1000 * 1000, len(taken),
                     len(frame) if length is None else length) + taken


def pcap(frames, link=1):
  return header(link) + b"".join(record(f, n) for n, f in enumerate(frames))


def records(capture):
  """(header, frame) of the records of a little-endian classic pcap file."""
  at = 24
  while at + 16 <= len(capture):
    size = struct.unpack_from("<I", capture, at + 8)[0]
    yield capture[at:at + 16], capture[at + 16:at + 16 + size]
    at += 16 + size


def unpack(capture):
  """Its frames."""
  return [frame for _, frame in records(capture)]


def checksum(data):
  if len(data) % 2:
    data += b"\0"
  total = sum(struct.unpack(f">{len(data) // 2}H", data))
  while total >> 16:
    total = (total & 0xFFFF) + (total >> 16)
  return ~total & 0xFFFF


def ipv4(protocol, payload, source=ADDRESS_A, destination=ADDRESS_B, fragment=0, identifier=1, ttl=64):
  head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identifier, fragment, ttl, protocol, 0, source,
                     destination)
  return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ethernet(payload, kind=0x0800, source=MAC_A, destination=MAC_B):
  return destination + source + struct.pack(">H", kind) + payload


def tcp(payload, flags, sequence, acknowledged, ports):
  return struct.pack(">HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, 0x50, flags, 64240, 0, 0) + payload


def udp_frame(payload, ports=(40000, 53), back=False):
  data = struct.pack(">HHHH", *(ports[::-1] if back else ports), 8 + len(payload), 0) + payload
  return frame(17, data, back)


def frame(protocol, data, back=False):
  if back:
    return ethernet(ipv4(protocol, data, ADDRESS_B, ADDRESS_A), source=MAC_B, destination=MAC_A)
  return ethernet(ipv4(protocol, data))


def conversation(turns, port=80, client_port=40000):
  """A whole TCP connection: turns is [(from the server?, octets)]."""
  forth, back = (client_port, port), (port, client_port)
  position = [1000, 5000]
  frames = [frame(6, tcp(b"", 0x02, position[0], 0, forth)),
            frame(6, tcp(b"", 0x12, position[1], position[0] + 1, back), True)]
  position = [position[0] + 1, position[1] + 1]
  frames.append(frame(6, tcp(b"", 0x10, *position, forth)))
  for server, data in turns:
    for at in range(0, len(data), 1400):
      piece = data[at:at + 1400]
      if server:
        frames.append(frame(6, tcp(piece, 0x18, position[1], position[0], back), True))
      else:
        frames.append(frame(6, tcp(piece, 0x18, *position, forth)))
      position[server] += len(piece)
  frames.append(frame(6, tcp(b"", 0x11, *position, forth)))
  frames.append(frame(6, tcp(b"", 0x11, position[1], position[0] + 1, back), True))
  frames.append(frame(6, tcp(b"", 0x10, position[0] + 1, position[1] + 1, forth)))
  return frames


def web(server=b"nginx/1.22.1", agent=b"curl/7.88.1"):
  """One HTTP exchange."""
  return conversation([(False, b"GET / HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: " + agent + b"\r\n\r\n"),
                       (True, b"HTTP/1.1 200 OK\r\nServer: " + server + b"\r\nContent-Length: 2\r\n\r\nok")])


def hostile(frames, random):
  """(name, capture) of broken captures: cuts, lies about length, changed octets, texts that break JSON."""
  yield "every-length", header() + b"".join(record(f, n, caplen=n * 7 % (len(f) + 1)) for n, f in enumerate(frames))
  for cut in (14, 20, 34, 42, 54, 60, 80):
    yield f"snaplen-{cut}", header(snaplen=cut) + b"".join(record(f, n, caplen=cut) for n, f in enumerate(frames))
  yield "length-lies", header() + b"".join(record(f, n, length=random.choice((0, 1, len(f) - 1, 0xFFFFFFFF)))
                                           for n, f in enumerate(frames))
  for share in (1, 3, 10, 30):
    yield f"octets-{share}", pcap([flip(f, random, share) for f in frames])
  yield "headers", pcap([flip(f[:60], random, 20) + f[60:] for f in frames])
  yield "payloads", pcap([f[:66] + flip(f[66:], random, 10) for f in frames])
  yield "shuffled", pcap(random.sample(frames, len(frames)))
  yield "twice", pcap([f for f in frames for _ in (0, 1)])
  yield "backwards", header() + b"".join(record(f, len(frames) - n) for n, f in enumerate(frames))
  texts = [bytes(range(1, 10)) + bytes(range(14, 256)), b'"\\/\b\f\t\x7f', b"\xff\xfe\xc0\x80\xed\xa0\x80", b"\xf4\x90\x80\x80",
           "日本語\u2028\u202e".encode(), b"nginx/" + b"9" * 5000, b"A" * 1300, b"%s%n%x", b"</script>", b"\x1b[2J"]
  for number, text in enumerate(texts):
    yield f"text-{number}", pcap(web(text, text))
  yield "dns-loop", pcap([udp_frame(struct.pack(">6H", 1, 0x8180, 1, 1, 0, 0) + b"\xc0\x0c\x00\x01\x00\x01" * 3, back=True)])
  yield "dns-many", pcap([udp_frame(struct.pack(">6H", 1, 0x8180, 65535, 65535, 65535, 65535) + b"\x00\x00\x01\x00\x01" * 200,
                                    back=True)])
  yield "tls-lies", pcap(conversation([(False, b"\x16\x03\x01\xff\xff\x01\xff\xff\xff\x03\x03" + b"\xff" * 2000)], 443))
  yield "ssh-lies", pcap(conversation([(True, b"SSH-2.0-x\r\n\xff\xff\xff\xff\x00\x14" + b"\xff" * 500)], 22))
  yield "fragments", pcap([ethernet(ipv4(17, b"\xff" * 24, fragment=0x2000 | n * 2 % 64, identifier=7)) for n in range(200)])
  yield "tunnels", pcap([ethernet(nested(50))])
  yield "vlans", pcap([MAC_B + MAC_A + b"\x81\x00\x00\x01" * 60 + b"\x08\x00" + ipv4(17, b"\0" * 16)])
  yield "nothing", pcap([b"", b"\0", b"\0" * 13, b"\0" * 14, b"\xff" * 14, b"\0" * 2000])


def nested(depth):
  """IP in IP in IP…"""
  packet = ipv4(17, b"\0" * 16)
  for _ in range(depth):
    packet = ipv4(4, packet)
  return packet


def flip(data, random, percent):
  out = bytearray(data)
  for at in range(len(out)):
    if random.random() * 100 < percent:
      out[at] = random.choice((0, 0xFF, 0x80, 0x7F, random.randrange(256)))
  return bytes(out)
