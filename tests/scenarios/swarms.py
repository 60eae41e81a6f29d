"""Many of one kind, and what is said in bad faith: clones, floods, names of any octets."""
import random

import wire
from stage import Host


def cloned_keys(s):
  """A thousand machines out of one image, with one host key."""
  client = Host("00:25:90:00:00:01", "10.0.0.2")
  for n in range(1000):
    h = Host(f"52:54:00:01:{n >> 8:02x}:{n & 255:02x}", f"10.1.{n >> 8}.{n & 255}")
    s.ssh(client, h, 3)
  s.count(1001)
  s.holders("key:3", 1000)


def cloned_names(s):
  """Ten phones are called iPhone."""
  d = Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(d)
  for n in range(10):
    s.lease(Host(f"f0:18:98:00:00:{n:02x}", stack="mac"), d, f"10.0.0.{n + 10}", name="iPhone")
  s.count(11)
  s.holders("name:iphone", 10)


def shared_certificates(s):
  """A farm behind one name."""
  a = Host("00:25:90:00:00:01", "10.0.0.2")
  for n in range(6):
    s.http(a, Host(f"00:25:90:00:01:{n:02x}", f"10.0.0.{20 + n}"), host="www.example.test")
  s.count(7)
  s.holders("domain:www.example.test", 6)


def hostile_names(s):
  """Any octets, any length, in place of names."""
  d = Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(d)
  names = [b"\0" * 20, b"\xff" * 255, bytes(range(1, 200)), b'"}],"endpointIdentifier":"x', b"\x1b[2J\x1b]0;x\7", "日本語\u202e".encode(),
           b"a" * 255, b"..", b"\r\nhost", b"<script>", b"%s%n", b"' OR 1=1; --", b" ", b"10.0.0.1"]
  for n, name in enumerate(names):
    h = Host(f"3c:5a:b4:00:00:{n:02x}")
    s.lease(h, d, f"10.0.0.{n + 10}", name=name)
    s.mdns(h, name[:40])
  for n in range(len(names)):
    s.together(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{n + 10}")
  s.count(len(names) + 1)


def contradictory_leases(s):
  """Two servers give one address to two clients, which both use it."""
  d1, d2 = Host("00:25:90:00:00:fe", "10.0.0.254"), Host("00:25:90:00:00:fd", "10.0.0.253")
  a, b = Host("3c:5a:b4:00:00:01"), Host("3c:5a:b4:00:00:02", stack="windows")
  for h in (d1, d2):
    s.arp_announce(h)
  s.lease(a, d1, "10.0.0.50", name="first")
  s.lease(b, d2, "10.0.0.50", name="second")
  for n in range(12):
    s.arp_announce((a, b)[n % 2])
    s.http((a, b)[n % 2], d1)
    s.wait(15)
  s.count(4)
  s.together(a.mac, "10.0.0.50", "name:first")
  s.together(b.mac, "10.0.0.50", "name:second")
  s.lacks(a.mac, "name:second")
  s.event("conflict", 1, 2)
  s.event("addressMoved", 0, 1)


def spoofed_macs(s):
  """Frames from made-up MACs, and honest hosts among them: the honest stay what they are."""
  r = random.Random(7)
  hosts = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in range(10, 20)]
  for h in hosts:
    s.arp_announce(h)
    s.http(hosts[0], h, server="nginx/1.22.1")
  for n in range(8000):
    s.arp_announce(Host(f"{r.randrange(64) * 4:02x}:{r.randrange(256):02x}:{r.randrange(256):02x}:{r.randrange(256):02x}:{n >> 8:02x}:{n & 255:02x}",
                        f"10.{100 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"))
  for h in hosts:
    s.http(hosts[1], h, server="nginx/1.22.1")
  s.options = ["--max-endpoints", "100000"]
  for h in hosts:
    s.together(h.mac, h.ip, "sw:nginx")


def spoofed_names(s):
  """One host announces twenty thousand names, another is honest: what is too much is shed and counted."""
  liar, honest = Host("00:25:90:00:00:66", "10.0.0.66"), Host("00:25:90:00:00:0a", "10.0.0.10")
  s.mdns(honest, "honest.local")
  for n in range(20000):
    s.mdns(liar, f"name-{n}.local")
  s.mdns(honest, "honest.local")
  s.status = 3
  s.count(2)
  s.together(honest.mac, honest.ip, "name:honest.local")
  s.lacks(honest.mac, "name:name-7.local")
  s.together(liar.mac, liar.ip, "name:name-7.local")


def spoofed_addresses(s):
  """One MAC sends from thousands of made-up addresses."""
  r = random.Random(7)
  bad, good = Host("00:25:90:00:00:66", "10.0.0.66"), Host("00:25:90:00:00:0a", "10.0.0.10")
  s.arp_pair(bad, good)
  for n in range(5000):
    source = f"{r.randrange(1, 200)}.{r.randrange(256)}.{r.randrange(256)}.{r.randrange(1, 255)}"
    s.packet(bad, good, 6, wire.tcp(1000 + n % 60000, 80, n, 0, 2, b"", 1024), source, good.ip)
  s.http(good, bad)
  s.together(good.mac, "10.0.0.10")
  s.together(bad.mac, "10.0.0.66", "sw:nginx")


def spoofed_neighbour(s):
  """One MAC claims every address of a network, whose holders are at work."""
  bad = Host("00:25:90:00:00:66", "10.0.0.66")
  hosts = [Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in range(10, 30)]
  for h in hosts:
    s.arp_announce(h)
    s.ssh(bad, h, int(h.ip.split(".")[-1]))
  for _ in range(3):
    for h in hosts:
      s.arp_announce(bad, h.ip)
      s.arp_announce(h)
    s.wait(70)
  s.count(21)
  for h in hosts:
    s.together(h.mac, h.ip, f"key:{int(h.ip.split('.')[-1])}")
  s.lacks(bad.mac, "key:11")
  s.event("conflict", 20, 40)
