"""Many behind one, one before many: translators, carriers, proxies, portals; and single machines that look like several."""
import craft
import wire
from stacks import CHROME_ANDROID, CHROME_WINDOWS, SAFARI_PHONE
from stage import Host

SAFARI_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Safari/605.1.15"
FIREFOX_LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"


def _server(s):
  d = Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(d)
  return d


def home(s):
  """A Windows, a Mac and an Android behind a translator, an evening long."""
  d, nat = _server(s), Host("c0:25:e9:00:00:01", "10.0.0.9")
  s.arp_announce(nat)
  kinds = (("windows", CHROME_WINDOWS), ("mac", SAFARI_MAC), ("android", CHROME_ANDROID))
  inside = [Host("", nat.ip, stack=k, via=nat, boot=n * 100_000_000) for n, (k, _) in enumerate(kinds)]
  for n in range(30):
    s.http(inside[n % 3], d, agent=kinds[n % 3][1])
    s.wait(300)
  s.count(2)
  s.together(nat.mac, nat.ip, "several", "several:3")


def carrier(s):
  """Carrier-grade translation: twenty customers in one public address, all makes."""
  d, r = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_announce(r)
  kinds = (("windows", CHROME_WINDOWS), ("mac", SAFARI_PHONE), ("android", CHROME_ANDROID), ("linux", FIREFOX_LINUX))
  hosts = [Host("", "203.0.113.77", stack=kinds[n % 4][0], via=r, hops=7 + n % 3, boot=n * 99_000_000) for n in range(20)]
  for n in range(100):
    h = hosts[n * 7 % 20]
    s.http(h, d, agent=kinds[hosts.index(h) % 4][1])
    s.wait(7)
  s.count(3)
  s.together("203.0.113.77", "several")
  s.apart(r.mac, "several")


def two_boots(s):
  """Windows all morning, Linux all afternoon, Windows the next day: started anew, not two."""
  d = _server(s)
  w, x = Host("3c:5a:b4:00:00:01", "10.0.0.30", stack="windows"), Host("3c:5a:b4:00:00:01", "10.0.0.30", boot=4_000_000)
  for h, agent in ((w, CHROME_WINDOWS), (x, FIREFOX_LINUX)):
    for _ in range(4):
      s.http(h, d, agent=agent)
      s.wait(3000)
    s.wait(1000)
  s.count(2)
  s.lacks(w.mac, "several")


def forward_proxy(s):
  """A proxy of Linux sends the browsers of an office: it is Linux, and no Windows and no telephone is said to be what it runs."""
  d, proxy = _server(s), Host("00:25:90:00:00:01", "10.0.0.8")
  s.arp_announce(proxy)
  agents = (CHROME_WINDOWS, SAFARI_MAC, CHROME_ANDROID, SAFARI_PHONE)
  for n in range(24):
    asked = f"GET /{n} HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: {agents[n % 4]}\r\nVia: 1.1 proxy (squid/5.7)\r\nX-Forwarded-For: 10.1.0.{n}\r\n\r\n"
    s.connect(proxy, d, 80, [(False, asked.encode()), (True, b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 2\r\n\r\nok")])
    s.wait(30)
  s.count(2)
  s.holders("10.1.0.3", 0)
  s.together(proxy.mac, proxy.ip)
  for wrong in ("os:Windows", "os:iOS", "os:Android", "os:macOS"):
    s.apart(proxy.mac, wrong)


def explicit_proxy(s):
  """What comes through CONNECT and SOCKS is other people's servers: nothing of it is what the proxy runs or is called."""
  pc, proxy = Host("00:25:90:00:00:02", "10.0.0.2"), Host("00:25:90:00:00:01", "10.0.0.8")
  s.arp_pair(pc, proxy)
  for n, server in enumerate(("nginx/1.22.1", "Apache/2.4.57 (Debian)", "Microsoft-IIS/10.0")):
    web = f"HTTP/1.1 200 OK\r\nServer: {server}\r\nContent-Length: 2\r\n\r\nok".encode()
    ask = f"GET / HTTP/1.1\r\nHost: www{n}.example.test\r\nUser-Agent: curl/7.88.1\r\n\r\n".encode()
    s.connect(pc, proxy, 3128, [
      (False, f"CONNECT www{n}.example.test:80 HTTP/1.1\r\nHost: www{n}.example.test:80\r\n\r\n".encode()),
      (True, b"HTTP/1.1 200 Connection established\r\n\r\n"), (False, ask), (True, web)])
    s.wait(10)
    s.connect(pc, proxy, 1080, [
      (False, b"\5\1\0"), (True, b"\5\0"), (False, b"\5\1\0\1\xc0\0\2\7\0\x50"), (True, b"\5\0\0\1\xc0\0\2\7\0\x50"),
      (False, ask), (True, web)])
    s.wait(10)
  s.count(2)
  s.together(pc.mac, pc.ip, "sw:curl")
  s.together(proxy.mac, proxy.ip)
  for wrong in ("sw:nginx", "sw:Apache HTTP Server", "sw:IIS", "os:Debian GNU/Linux", "domain:www0.example.test", "several"):
    s.apart(proxy.mac, wrong)


def captive_portal(s):
  """The gateway answers in the name of every web server there is: they are not it, and it is not them."""
  gw, phone = Host("00:0d:b9:00:00:01", "10.0.0.1"), Host("d6:11:22:33:44:55", stack="android")
  s.lease(phone, gw, "10.0.0.30", name="Pixel-7")
  s.arp_pair(phone, gw)
  for n, web in enumerate(("142.250.74.67", "17.253.57.203", "93.184.216.34", "151.101.1.140")):
    s.resolve(phone, gw, f"www{n}.example.test", [web])
    s.http(phone, Host(gw.mac, web), "lighttpd/1.4.69", agent=CHROME_ANDROID, host=f"www{n}.example.test")
    s.wait(5)
  s.together(gw.mac, gw.ip)
  for web in ("142.250.74.67", "17.253.57.203", "93.184.216.34", "151.101.1.140"):
    s.apart(gw.mac, web)
  s.together(phone.mac, "10.0.0.30", "os:Android", "name:pixel-7")
  s.apart(phone.mac, "domain:www0.example.test")


def transparent_proxy(s):
  """A box that takes connections over and makes them again in the client's name: clients stay who they are, the box itself."""
  box = Host("00:25:90:00:00:01", "10.0.0.8")
  r = Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  webs = [Host("", f"198.51.{n}.7", via=r, hops=9) for n in range(3)]
  clients = [Host(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{30 + n}", stack="windows", boot=n) for n in range(4)]
  for h in (box, r, *clients):
    s.arp_announce(h)
  for n in range(24):
    c, web = clients[n % 4], webs[n % 3]
    s.http(c, Host(box.mac, web.ip), "nginx/1.22.1", agent=CHROME_WINDOWS)
    s.http(Host(box.mac, c.ip, boot=3), web, "nginx/1.22.1", agent=CHROME_WINDOWS)
    s.wait(50)
  s.count(9)
  s.together(box.mac, box.ip)
  for web in webs:
    s.apart(box.mac, web.ip)
  for c in clients:
    s.together(c.mac, c.ip)
    s.apart(box.mac, c.mac)
    s.apart(box.mac, c.ip)
  s.event("addressMoved", 0, 0)


def upstream_of_a_transparent_proxy(s):
  """The same, seen where the clients are not: forty addresses with an initial TTL behind one MAC are not one machine."""
  box, r = "00:25:90:00:00:01", Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  web = Host("", "198.51.100.7", via=r, hops=9)
  s.arp_announce(r)
  for n in range(40):
    s.http(Host(box, f"10.7.{n % 3}.{n + 1}", boot=3), web, "nginx/1.22.1", agent=CHROME_WINDOWS if n % 2 else CHROME_ANDROID)
    s.wait(5)
  s.apart("10.7.0.1", "10.7.1.2")
  s.apart("10.7.0.1", "10.7.0.4")
  s.count(42, 43)


def browser_that_lies(s):
  """A Linux that says to be an iPhone, with an option of its developer's tools: still one, still Linux."""
  d, pc = _server(s), Host("3c:5a:b4:00:00:01", "10.0.0.30")
  for n in range(6):
    s.http(pc, d, agent=FIREFOX_LINUX)
    s.wait(60)
  s.http(pc, d, agent=SAFARI_PHONE)
  s.wait(60)
  s.http(pc, d, agent=FIREFOX_LINUX)
  s.count(2)
  s.together(pc.mac, "os:Linux")
  s.lacks(pc.mac, "several")
  s.event("conflict", 1, 1, "iOS")


def vpn_concentrator(s):
  """Employees come with addresses of a pool out of a concentrator; it lowers the TTL, and is none of them."""
  d, vpn = _server(s), Host("00:0d:b9:00:00:01", "10.0.0.4")
  s.arp_announce(vpn)
  s.ssh(d, vpn, 3)
  for n in range(6):
    h = Host("", f"10.99.0.{n + 1}", via=vpn, stack="windows" if n % 2 else "mac", boot=n)
    for _ in range(2):
      s.http(h, d, agent=CHROME_WINDOWS if n % 2 else SAFARI_MAC)
    s.wait(60)
  s.count(8)
  s.together(vpn.mac, vpn.ip, "key:3")
  s.lacks(vpn.mac, "os:Windows")
  s.together("10.99.0.2", "os:Windows")
  s.together("10.99.0.1", "os:macOS")


def vpn_that_does_not_lower(s):
  """A concentrator whose clients' packets come out with an initial TTL, for which it answers ARP too: three are not the box."""
  d, vpn = _server(s), Host("00:0d:b9:00:00:01", "10.0.0.4")
  s.arp_announce(vpn)
  for n in range(3):
    for _ in range(3):
      h = Host("", f"10.0.0.{200 + n}", via=vpn, hops=1, stack="windows", boot=n)
      s.arp_ask(d, h.ip)
      craft.arp(s, vpn, 2, vpn.mac, h.ip, d.mac, d.ip, d.mac)
      s.http(h, d, agent=CHROME_WINDOWS)
  s.count(5)
  s.together(vpn.mac, vpn.ip)
  s.lacks(vpn.mac, "os:Windows")


def reverse_proxy(s):
  """One port that answers as Apache, as IIS and as nginx: three servers' words, one endpoint, not several systems by stacks."""
  pc, lb = Host("3c:5a:b4:00:00:01", "10.0.0.20"), Host("00:0a:f7:00:00:01", "10.0.0.100")
  s.arp_pair(pc, lb)
  for n in range(12):
    s.http(pc, lb, ("nginx/1.22.1", "Apache/2.4.57 (Debian)", "Microsoft-IIS/10.0")[n % 3])
    s.wait(60)
  s.count(2)
  s.together(lb.mac, lb.ip, "port:80")
  s.lacks(pc.mac, "several")
