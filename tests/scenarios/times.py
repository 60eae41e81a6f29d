"""What time does: leases that move, hosts that leave and return, clocks that step."""
from stage import SECOND, Host


def _server(s):
  d = Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(d)
  return d


def lease_that_moves(s):
  """An Android's address goes to an iPhone: what the first said there does not stick to the second."""
  d = _server(s)
  android, iphone = Host("3c:5a:b4:00:00:01", stack="android"), Host("f0:18:98:00:00:02", stack="mac")
  s.lease(android, d, "10.0.0.50", name="Pixel-7", vendor="android-dhcp-13", parameters=(1, 3, 6, 15, 26, 28, 51, 58, 59, 43))
  s.http(android, d, agent="Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.0.0 Mobile Safari/537.36")
  s.resolve(d, d, "pixel.example.test", ["10.0.0.50"])
  s.wait(4000)
  s.lease(iphone, d, "10.0.0.50", name="Annas-iPhone", parameters=(1, 121, 3, 6, 15, 119, 252))
  s.http(iphone, d, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1")
  s.count(3)
  s.together(android.mac, "10.0.0.50", "name:pixel-7", "os:Android")
  s.together(iphone.mac, "10.0.0.50", "name:annas-iphone", "os:iOS")
  s.lacks(android.mac, "os:iOS")
  s.lacks(iphone.mac, "os:Android")
  s.lacks(iphone.mac, "domain:pixel.example.test")
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def reuse_without_dhcp(s):
  """The same, but nothing tells of leases, nor of ARP."""
  c = Host("00:25:90:00:00:01", "10.0.0.1")
  a, b = Host("00:25:90:00:00:0a", "10.0.0.50"), Host("00:25:90:00:00:0b", "10.0.0.50", stack="windows")
  s.http(c, a, server="nginx/1.22.1")
  s.wait(7200)
  s.http(c, b, server="Microsoft-IIS/10.0")
  s.count(3)
  s.together(a.mac, "10.0.0.50", "sw:nginx")
  s.together(b.mac, "10.0.0.50", "sw:IIS")
  s.apart(a.mac, b.mac)
  s.lacks(b.mac, "sw:nginx")
  s.event("addressMoved", 1, 1)


def reuse_within_a_minute(s):
  c = Host("00:25:90:00:00:01", "10.0.0.1")
  a, b = Host("00:25:90:00:00:0a", "10.0.0.50"), Host("00:25:90:00:00:0b", "10.0.0.50", stack="windows")
  s.arp_announce(a)
  s.http(c, a, server="nginx/1.22.1")
  s.wait(5)
  s.arp_announce(b)
  s.http(c, b, server="Microsoft-IIS/10.0")
  s.wait(100)
  s.http(c, b, server="Microsoft-IIS/10.0")
  s.count(3)
  s.lacks(b.mac, "sw:nginx")
  s.lacks(a.mac, "sw:IIS")
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def churn(s):
  """A small pool and many guests: sixty phones on ten addresses in a day."""
  d = _server(s)
  phones = []
  for n in range(60):
    p = Host(f"3c:5a:b4:00:01:{n:02x}", stack="android")
    s.lease(p, d, f"10.0.0.{100 + n % 10}", name=f"phone-{n}")
    s.http(p, d, agent=f"guest-app/{n}.0")
    phones.append(p)
    s.wait(1300)
  s.count(61)
  for n, p in enumerate(phones):
    s.together(p.mac, f"10.0.0.{100 + n % 10}", f"name:phone-{n}")
  s.lacks(phones[3].mac, "name:phone-13")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 50, 50)


def many_leases_of_one(s):
  """One laptop that gets another address every time stays one."""
  d = _server(s)
  a = Host("3c:5a:b4:00:00:01")
  for n in range(12):
    s.lease(a, d, f"10.0.0.{50 + n}", name="laptop")
    s.http(a, d)
    s.wait(5000)
  s.count(2)
  for n in range(12):
    s.together(a.mac, f"10.0.0.{50 + n}", "name:laptop")


def returns_after_days(s):
  """Given up after a day, back after three: the same, and not new."""
  d = _server(s)
  a = Host("3c:5a:b4:00:00:01", "10.0.0.50")
  s.arp_announce(a)
  s.http(d, a, server="nginx/1.22.1")
  s.wait(3 * 86400)
  s.arp_announce(d)
  s.arp_announce(a)
  s.http(d, a, server="nginx/1.22.1")
  s.count(2)
  s.together(a.mac, a.ip, "sw:nginx")
  s.event("newEndpoint", 2, 2)
  s.event("gone", 1, 2)


def returns_elsewhere(s):
  """Back after three days with another address."""
  d = _server(s)
  a = Host("3c:5a:b4:00:00:01", "10.0.0.50")
  s.arp_announce(a)
  s.wait(3 * 86400)
  s.arp_announce(d)
  a.ip = "10.0.0.77"
  s.arp_announce(a)
  s.count(2)
  s.together(a.mac, "10.0.0.50", "10.0.0.77")


def clock_steps_back(s):
  """An hour back in the middle, as when a clock is set."""
  d = _server(s)
  a = Host("3c:5a:b4:00:00:01", "10.0.0.50")
  s.arp_announce(a)
  s.http(d, a, server="nginx/1.22.1")
  s.wait(-3600)
  s.http(d, a, server="nginx/1.22.1")
  s.arp_announce(a)
  b = Host("3c:5a:b4:00:00:02", "10.0.0.51")
  s.arp_announce(b)
  s.count(3)
  s.together(a.mac, a.ip, "sw:nginx")
  s.together(b.mac, b.ip)
  s.event("addressMoved", 0, 0)


def clock_leaps_and_returns(s):
  """One frame from ten years ahead must not make everybody gone for good."""
  d = _server(s)
  a = Host("3c:5a:b4:00:00:01", "10.0.0.50")
  s.arp_announce(a)
  s.http(d, a, server="nginx/1.22.1")
  now = s.now
  s.now = now + 3650 * 86400 * SECOND
  s.arp_announce(Host("3c:5a:b4:00:00:09", "10.0.0.59"))
  s.now = now + SECOND
  for _ in range(5):
    s.http(d, a, server="nginx/1.22.1")
    s.wait(30)
  s.count(3)
  s.together(a.mac, a.ip, "sw:nginx")


def new_card(s):
  """A machine with a new card: two, and said to be related by what only it can have."""
  d = _server(s)
  a = Host("00:25:90:00:00:0a", "10.0.0.50")
  s.arp_announce(a)
  s.ssh(d, a, 7)
  s.wait(7200)
  b = Host("00:25:90:00:00:0b", "10.0.0.50")
  s.arp_announce(b)
  s.ssh(d, b, 7)
  s.together(a.mac, "key:7")
  s.together(b.mac, "key:7")
  s.count(3)
  s.related(a.mac, b.mac)


def wired_and_wireless(s):
  """One laptop at the desk and on the air: its DUID and its name say so, its MACs do not."""
  d = _server(s)
  duid = bytes.fromhex("000100012a5b6c7d001122334455")
  wire_side, air = Host("00:25:90:00:00:0a"), Host("3c:5a:b4:00:00:0b")
  s.lease(wire_side, d, "10.0.0.50", name="docked", client_id=b"\xff\0\0\0\1" + duid)
  s.http(wire_side, d)
  s.wait(1000)
  s.lease(air, d, "10.0.0.51", name="laptop", client_id=b"\xff\0\0\0\2" + duid)
  s.http(air, d)
  s.count(3)
  s.related(wire_side.mac, air.mac)


def random_macs(s):
  """A phone that makes up a MAC for every visit: each a session, none unique, none joined."""
  d = _server(s)
  macs = [f"{0x02 + 4 * n:02x}:11:22:33:44:{n:02x}" for n in range(8)]
  for n, m in enumerate(macs):
    p = Host(m, stack="android")
    s.lease(p, d, f"10.0.0.{60 + n}", name="phone")
    s.http(p, d)
    s.wait(3600)
  s.count(9)
  for n, m in enumerate(macs):
    s.together(m, f"10.0.0.{60 + n}", "name:phone")
    s.apart(m, "unique")
  s.related(macs[0], macs[1])


def renamed(s):
  d = _server(s)
  a = Host("00:25:90:00:00:0a")
  s.lease(a, d, "10.0.0.50", name="old-name")
  s.wait(7200)
  s.lease(a, d, "10.0.0.50", name="new-name")
  s.count(2)
  s.together(a.mac, "name:old-name", "name:new-name")


def upgraded(s):
  d = _server(s)
  a = Host("00:25:90:00:00:0a", "10.0.0.50")
  s.arp_announce(a)
  s.http(d, a, server="nginx/1.22.1")
  s.wait(9000)
  s.http(d, a, server="nginx/1.24.0")
  s.together(a.mac, "sw:nginx")
  s.event("versionChanged", 1, 1, "1.24.0")
  s.event("newSoftware", 1, 1, "nginx")


def flapping_between_two(s):
  """Half an hour each, in turn, for a day: each keeps what is its own."""
  d = _server(s)
  a, b = Host("00:25:90:00:00:0a", "10.0.0.50"), Host("00:25:90:00:00:0b", "10.0.0.50", stack="windows")
  for n in range(24):
    h = (a, b)[n % 2]
    s.arp_announce(h)
    s.http(d, h, server=("nginx/1.22.1", "Microsoft-IIS/10.0")[n % 2])
    s.wait(1800)
  s.count(3)
  s.lacks(a.mac, "sw:IIS")
  s.lacks(b.mac, "sw:nginx")
