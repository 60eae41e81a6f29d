"""Several systems behind one address: translators, proxies, tethered machines."""
from stage import Host

CHROME_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.0.0 Safari/537.36"
CHROME_ANDROID = "Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.0.0 Mobile Safari/537.36"
SAFARI_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1"
AGENTS = {"windows": CHROME_WINDOWS, "android": CHROME_ANDROID, "mac": SAFARI_PHONE, "linux": "curl/7.88.1"}


def _server(s):
  server = Host("00:25:90:00:00:fe", "10.0.0.80")
  s.arp_announce(server)
  return server


def translator(s):
  """Windows, Android and an iPhone in turn from one address, which is a home router's."""
  server, nat = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.9")
  s.arp_announce(nat)
  for n in range(12):
    kind = ("windows", "android", "mac")[n % 3]
    inside = Host("", "10.0.0.9", stack=kind, via=nat, hops=1, boot=n % 3 * 77777)
    s.http(inside, server, agent=AGENTS[kind])
    s.wait(20)
  s.count(2)
  s.together(nat.mac, "10.0.0.9", "several")
  s.lacks(server.mac, "several")


def translator_behind_a_router(s):
  """The same, far away: only the address is known."""
  server, r = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_announce(r)
  for n in range(12):
    kind = ("windows", "linux", "mac")[n % 3]
    s.http(Host("", "203.0.113.50", stack=kind, via=r, hops=9, boot=n % 3 * 77777), server, agent=AGENTS[kind])
    s.wait(20)
  s.together("203.0.113.50", "several")
  s.lacks(r.mac, "several")


def tethering(s):
  """A phone and a laptop behind it: TTL 64 and TTL 127."""
  server, phone = _server(s), Host("3c:5a:b4:00:00:01", "10.0.0.50", stack="android")
  s.arp_announce(phone)
  laptop = Host("", "10.0.0.50", stack="windows", via=phone, hops=1)
  for _ in range(5):
    s.http(phone, server, agent=CHROME_ANDROID)
    s.http(laptop, server, agent=CHROME_WINDOWS)
    s.wait(30)
  s.count(2)
  s.together(phone.mac, "10.0.0.50", "several")


def containers_behind_their_host(s):
  """Linux behind Linux: only the lowered TTL tells."""
  server, host = _server(s), Host("00:25:90:00:00:01", "10.0.0.2")
  s.arp_announce(host)
  inside = Host("", "10.0.0.2", via=host, hops=1)
  for _ in range(5):
    s.http(host, server)
    s.http(inside, server, agent="Wget/1.21.3")
    s.wait(30)
  s.count(2)
  s.together(host.mac, "10.0.0.2", "several")


def one_system(s):
  """One Windows with a browser and tools is one."""
  server, a = _server(s), Host("00:25:90:00:00:01", "10.0.0.2", stack="windows")
  s.arp_announce(a)
  for n in range(12):
    s.http(a, server, agent=(CHROME_WINDOWS, "Microsoft-CryptoAPI/10.0", "python-requests/2.31.0")[n % 3])
    s.wait(20)
  s.together(a.mac, "10.0.0.2")
  s.lacks(a.mac, "several")


def two_systems_in_turn(s):
  """Started with one system, then with the other: one machine after another, never both."""
  server, a = _server(s), Host("00:25:90:00:00:01", "10.0.0.2", stack="windows")
  s.arp_announce(a)
  for _ in range(5):
    s.http(a, server, agent=CHROME_WINDOWS)
    s.wait(30)
  s.wait(300)
  a.stack = "linux"
  for _ in range(5):
    s.http(a, server, agent="curl/7.88.1")
    s.wait(30)
  s.lacks(a.mac, "several")


def forward_proxy(s):
  """Many clients' words, one stack: several clients, and the proxy's own system stays what it is."""
  server, proxy = _server(s), Host("00:25:90:00:00:01", "10.0.0.2")
  s.arp_announce(proxy)
  for n in range(15):
    s.http(proxy, server, agent=(CHROME_WINDOWS, CHROME_ANDROID, SAFARI_PHONE)[n % 3])
    s.wait(20)
  s.count(2)
  s.together(proxy.mac, "several")


def reverse_proxy(s):
  """Servers of several makes answer on one port: none of them is the machine's system."""
  client, front = Host("00:25:90:00:00:01", "10.0.0.2"), Host("00:25:90:00:00:fe", "10.0.0.80")
  s.arp_pair(client, front)
  for n in range(12):
    s.http(client, front, server=("nginx/1.22.1", "Apache/2.4.57 (Debian)", "Microsoft-IIS/10.0")[n % 3], host=f"www{n % 3}.example.test")
    s.wait(20)
  s.count(2)
  s.together(front.mac, "sw:nginx", "os:Debian GNU/Linux", "sw:IIS", "several")


def server_with_guests(s):
  """Ports forwarded to machines inside: SSH of Debian and of Ubuntu on one address are two Linuxes, not a contradiction to Windows."""
  client, gate = Host("00:25:90:00:00:01", "10.0.0.2"), Host("00:25:90:00:00:fe", "10.0.0.80")
  s.arp_pair(client, gate)
  for _ in range(3):
    s.ssh(client, gate, 1, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", 2201)
    s.http(client, gate, server="Microsoft-IIS/10.0", port=8080)
    s.wait(30)
  s.count(2)
  s.together(gate.mac, "several", "key:1")


def scanner(s):
  """nmap makes up its segments: a scanner is no crowd."""
  import wire
  target, a = Host("00:25:90:00:00:fe", "10.0.0.80"), Host("00:25:90:00:00:01", "10.0.0.2")
  s.arp_pair(a, target)
  for n in range(40):
    s.packet(a, target, 6, wire.tcp(40000 + n, 1000 + n, 1, 0, 2, b"", 1024, b"\2\4\5\xb4"), ttl=37 + n % 20)
    if n % 8 == 0:
      s.syn(a, target, 80)
    s.wait(1)
  s.count(2)
  s.together(a.mac, a.ip)
  s.lacks(a.mac, "several")
