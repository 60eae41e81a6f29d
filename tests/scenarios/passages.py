"""What happens to endpoints in the course of time, and what is said of it: once, and of the right one."""
import craft
import wire
from stacks import CHROME_ANDROID, CHROME_WINDOWS
from stage import Host

DAY = 86400


def _server(s, **more):
  d = Host("00:25:90:00:00:fe", "10.0.0.254", **more)
  s.arp_announce(d)
  return d


def first_words_after_a_silence(s):
  """After three days the first frame is a newcomer's: the old ones are gone, and it is the newcomer that is new."""
  d, old = _server(s), Host("00:25:90:00:00:01", "10.0.0.1")
  s.http(old, d)
  s.wait(3 * DAY)
  new = Host("00:25:90:00:00:02", "10.0.0.2", stack="windows")
  s.http(new, old)
  s.wait(3 * DAY)
  s.http(Host("00:25:90:00:00:03", "10.0.0.3"), new)
  s.count(4)
  s.event("newEndpoint", 1, 1, '"00:25:90:00:00:01"')
  s.event("newEndpoint", 1, 1, '"00:25:90:00:00:02"')
  s.event("newEndpoint", 1, 1, '"00:25:90:00:00:03"')
  s.event("gone", 2, 2, '"00:25:90:00:00:01"')
  s.event("gone", 0, 0, '"00:25:90:00:00:03"')


def comes_and_goes(s):
  """Present on Mondays: gone each time, new once, always the same."""
  d = _server(s)
  for _ in range(4):
    a = Host("3c:5a:b4:00:00:01", stack="android")
    s.lease(a, d, "10.0.0.50", name="pixel-7")
    s.http(a, d, agent=CHROME_ANDROID)
    for _ in range(7):
      s.ping(d, Host("00:25:90:00:00:02", "10.0.0.2"))
      s.ping(Host("00:25:90:00:00:02", "10.0.0.2"), d)
      s.wait(DAY)
  s.count(3)
  s.together("3c:5a:b4:00:00:01", "10.0.0.50", "name:pixel-7", "os:Android")
  s.event("newEndpoint", 1, 1, '"3c:5a:b4:00:00:01"')
  s.event("gone", 3, 4, '"3c:5a:b4:00:00:01"')


def two_versions_behind_a_balancer(s):
  """One port answers as nginx 1.22.1 and as 1.24.0 in turn, a hundred times: that is no upgrade each time."""
  d, b = _server(s), Host("00:0a:f7:00:00:01", "10.0.0.100")
  s.arp_announce(b)
  for n in range(100):
    s.http(d, b, ("nginx/1.22.1", "nginx/1.24.0")[n % 2])
    s.wait(30)
  s.together(b.mac, b.ip, "sw:nginx")
  s.count(2)
  s.event("versionChanged", 1, 4)
  s.event("newSoftware", 1, 4, "nginx")


def rolled_back(s):
  """An upgrade that is taken back after a day: two changes, each told once."""
  d, b = _server(s), Host("00:25:90:00:00:0b", "10.0.0.11")
  s.arp_announce(b)
  for version in ("1.22.1", "1.24.0", "1.22.1"):
    for _ in range(24):
      s.http(d, b, "nginx/" + version)
      s.wait(3600)
  s.count(2)
  s.event("versionChanged", 2, 2, "nginx")


def keys_are_rotated(s):
  """A server gets a new host key each month: one machine with three keys, and no other is related to it."""
  d, b = _server(s), Host("00:25:90:00:00:0b", "10.0.0.11")
  s.arp_announce(b)
  for key in (1, 2, 3):
    for _ in range(30):
      s.ssh(d, b, key)
      s.wait(DAY - 600)
  s.count(2)
  s.together(b.mac, b.ip, "key:1", "key:2", "key:3")
  s.event("newEndpoint", 2, 2)
  s.event("gone", 0, 0)


def names_are_exchanged(s):
  """Two machines are given each other's names: the MACs stay apart, and each has both, one after the other."""
  d = _server(s)
  a, b = Host("3c:5a:b4:00:00:01"), Host("3c:5a:b4:00:00:02", stack="windows")
  for names in (("alpha", "beta"), ("beta", "alpha")):
    for h, ip, name in ((a, "10.0.0.51", names[0]), (b, "10.0.0.52", names[1])):
      s.lease(h, d, ip, name=name)
      s.http(h, d, agent=CHROME_WINDOWS if h is b else "curl/7.88.1")
    s.wait(DAY)
  s.count(3)
  s.together(a.mac, "10.0.0.51", "name:alpha", "name:beta", "os:Linux")
  s.together(b.mac, "10.0.0.52", "name:alpha", "name:beta", "os:Windows")
  s.apart(a.mac, b.mac)
  s.event("addressMoved", 0, 0)


def slept_while_its_address_was_lent(s):
  """A laptop sleeps over the weekend and its address goes round; on Monday it begins with the old address, is refused
  and takes another."""
  d = _server(s)
  a = Host("3c:5a:b4:00:00:01", stack="windows")
  s.lease(a, d, "10.0.0.50", name="anna")
  s.http(a, d, agent=CHROME_WINDOWS)
  s.wait(2 * DAY)
  b = Host("3c:5a:b4:00:00:02", stack="android")
  s.lease(b, d, "10.0.0.50", name="guest")
  for _ in range(5):
    s.http(b, d, agent=CHROME_ANDROID)
    s.wait(20)
  s.ping(a, d)  # before it has asked, as sleepers do
  craft.dhcp(s, 3, a, more=[(50, wire.address("10.0.0.50"))])
  craft.dhcp(s, 6, a, d, more=[(54, wire.address(d.ip))])
  for _ in range(5):
    s.http(b, d, agent=CHROME_ANDROID)
    s.wait(20)
  s.lease(a, d, "10.0.0.51", name="anna")
  s.http(a, d, agent=CHROME_WINDOWS)
  s.http(b, d, agent=CHROME_ANDROID)
  s.count(3)
  s.together(a.mac, "10.0.0.51", "name:anna", "os:Windows")
  s.together(b.mac, "10.0.0.50", "name:guest", "os:Android")
  s.lacks(a.mac, "os:Android")
  s.lacks(b.mac, "os:Windows")
  s.apart(b.mac, "name:anna")


def board_beside_the_machine(s):
  """A management controller shares the machine's port: two MACs, before the system starts and while it runs."""
  d = _server(s)
  board, machine = Host("3c:ec:ef:00:00:01"), Host("3c:ec:ef:00:00:02")
  s.lease(board, d, "10.0.0.61", name="ipmi-1")
  for _ in range(3):
    s.http(d, board, "lighttpd/1.4.69")
    s.wait(60)
  s.lease(machine, d, "10.0.0.62", vendor="PXEClient:Arch:00007:UNDI:003016", client_id=b"\0" + b"\7" * 16)
  s.wait(60)
  s.lease(machine, d, "10.0.0.62", name="node-1")
  for _ in range(3):
    s.ssh(d, machine, 4)
    s.http(d, board, "lighttpd/1.4.69")
    s.wait(60)
  s.count(3)
  s.together(board.mac, "10.0.0.61", "name:ipmi-1", "sw:lighttpd")
  s.together(machine.mac, "10.0.0.62", "name:node-1", "key:4")
  s.apart(board.mac, machine.mac)
  s.lacks(machine.mac, "sw:lighttpd")


def back_after_a_year(s):
  """A capture in two parts, a year between them: who is there in both is one, who came in between is new."""
  d = _server(s)
  a = Host("3c:5a:b4:00:00:01", stack="windows")
  s.lease(a, d, "10.0.0.50", name="anna")
  s.wait(365 * DAY)
  s.arp_announce(d)
  b = Host("3c:5a:b4:00:00:02", stack="android")
  s.lease(b, d, "10.0.0.50", name="guest")
  s.lease(a, d, "10.0.0.51", name="anna")
  s.http(a, d, agent=CHROME_WINDOWS)
  s.http(b, d, agent=CHROME_ANDROID)
  s.count(3)
  s.together(a.mac, "10.0.0.51", "name:anna", "os:Windows")
  s.together(b.mac, "10.0.0.50", "os:Android")
  s.event("newEndpoint", 3, 3)
  s.apart(b.mac, "name:anna")


def hour_of_summer_time(s):
  """A sensor without time zones: its clock goes back an hour in autumn, while an address changes hands."""
  d = _server(s)
  a, b = Host("3c:5a:b4:00:00:01", stack="android"), Host("3c:5a:b4:00:00:02", stack="windows")
  s.lease(a, d, "10.0.0.50", name="pixel")
  for _ in range(10):
    s.http(a, d, agent=CHROME_ANDROID)
    s.wait(300)
  s.wait(-3600)
  craft.dhcp(s, 7, a, to=d, ciaddr=a.ip)
  s.lease(b, d, "10.0.0.50", name="anna")
  for _ in range(10):
    s.http(b, d, agent=CHROME_WINDOWS)
    s.wait(300)
  s.count(3)
  s.lacks(a.mac, "os:Windows")
  s.lacks(b.mac, "os:Android")
  s.apart(a.mac, "name:anna")
  s.event("addressMoved", 1, 1)
  s.event("gone", 0, 0)


def observed_anew(s):
  """The observer is ended and started again: everybody is who he was, with an address that another has lent meanwhile too."""
  d = _server(s)
  a, b = Host("3c:5a:b4:00:00:01", stack="windows"), Host("3c:5a:b4:00:00:02", stack="android")
  s.lease(a, d, "10.0.0.50", name="anna")
  s.http(a, d, agent=CHROME_WINDOWS)
  s.restart()
  s.wait(3600)
  s.http(a, d, agent=CHROME_WINDOWS)
  s.wait(3600)
  s.lease(b, d, "10.0.0.50", name="guest")
  s.http(b, d, agent=CHROME_ANDROID)
  s.restart()
  s.wait(60)
  s.http(b, d, agent=CHROME_ANDROID)
  s.lease(a, d, "10.0.0.51", name="anna")
  s.count(3)
  s.together(a.mac, "name:anna", "os:Windows", "10.0.0.51")
  s.together(b.mac, "name:guest", "os:Android", "10.0.0.50")
  s.apart(a.mac, "os:Android")
  s.event("newEndpoint", 3, 3)


def observed_anew_in_double_tags(s):
  """Customers whose addresses are the same, told apart by two tags: after the restart each is who he was."""
  hosts = [Host(f"3c:5a:b4:00:{outer:02x}:{inner:02x}", "10.0.0.5", vlans=(outer, inner)) for outer in (10, 20) for inner in (7, 8)]
  for _ in range(2):
    for h in hosts:
      d = Host(f"00:25:90:00:{h.vlans[0]:02x}:{h.vlans[1]:02x}", "10.0.0.1", vlans=h.vlans)
      s.arp_pair(h, d)
      s.http(h, d, f"nginx/1.{h.vlans[0]}.{h.vlans[1]}")
      s.wait(20)
    s.restart()
  s.cuts.pop()
  s.count(8)
  s.event("newEndpoint", 8, 8)
  for h in hosts:
    s.together(h.mac, h.ip, f"vlan:{h.vlans[0]}", f"customer:{h.vlans[1]}")


def observed_anew_in_several_networks(s):
  """The same where one router stands in two VLANs: those who are seen in both, and servers far away that are first seen in
  the one, and after the restart in the other, are who they were."""
  gate = "00:1b:0d:00:00:01"
  hosts = [Host(f"3c:5a:b4:00:00:{v:02x}", f"10.{v}.0.5", vlans=(v,)) for v in (10, 20)]
  for order in ((0, 1), (1, 0)):
    for k in order:
      h, other = hosts[k], hosts[1 - k]
      router = Host(gate, f"10.{h.vlans[0]}.0.1", vlans=h.vlans, stack="router")
      s.arp_announce(router)
      s.http(h, Host("", "203.0.113.80", via=router, hops=9, vlans=h.vlans), "nginx/1.22.1")
      s.http(Host("", other.ip, via=router, vlans=h.vlans), h, "lighttpd/1.4.69", agent="Wget/1.21.3")
      s.arp_announce(h)
      s.wait(60)
    s.restart()
  s.cuts.pop()
  s.count(5)
  s.together("203.0.113.80", "sw:nginx")
  for h in hosts:
    s.together(h.mac, h.ip, "sw:lighttpd")
    s.holders(h.ip, 1)
  s.event("conflict", 0, 0)


def names_in_a_quarrel(s):
  """Two with one address announce different names, by multicast DNS and NetBIOS: each keeps the name it says."""
  d, a, b = _server(s), Host("3c:5a:b4:00:00:01", "10.0.0.10"), Host("3c:5a:b4:00:00:02", "10.0.0.10", stack="windows")
  s.arp_announce(a)
  for turn in range(12):
    s.http(a, d)
    s.mdns(a, "alpha.local")
    if turn == 1:
      s.arp_announce(b)
    if turn > 1:
      s.http(b, d, agent=CHROME_WINDOWS)
      s.mdns(b, "beta.local")
      s.nbns(b, "BETA")
    s.wait(20)
  s.together(a.mac, "name:alpha.local")
  s.together(b.mac, "name:beta.local", "name:beta", "os:Windows")
  s.holders("name:alpha.local", 1)
  s.holders("name:beta.local", 1)
  s.apart(a.mac, "os:Windows")
  s.event("conflict", 2, 4)
  s.event("addressMoved", 0, 0)


def set_back_while_an_address_changes_hands(s):
  """The clock is set back an hour, and within that hour a newcomer announces the address of one who is gone: no conflict."""
  d = _server(s)
  a, b = Host("3c:5a:b4:00:00:01", "10.0.0.50", stack="android"), Host("3c:5a:b4:00:00:02", "10.0.0.50")
  s.arp_announce(a)
  s.http(a, d, agent=CHROME_ANDROID)
  s.wait(1200 - 3600)
  s.arp_announce(b)
  for _ in range(40):
    s.mdns(b, "beta.local")
    s.http(b, d)
    s.wait(120)
  s.count(3)
  s.together(b.mac, "10.0.0.50", "name:beta.local", "os:Linux")
  s.lacks(a.mac, "name:beta.local")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 1, 1)


def thief_of_the_silent(s):
  """Somebody claims the gateway's address and those of hosts that happen to be silent for a minute or two: he who was
  caught once is not believed the next time."""
  r, thief = Host("00:1b:0d:00:00:01", "10.0.0.1"), Host("00:25:90:00:00:66", "10.0.0.66")
  hosts = [Host(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{n + 10}") for n in range(1, 5)]
  for h in (r, thief, *hosts):
    s.arp_announce(h)
    s.http(h, r)
  for turn in range(30):
    s.ping(r, hosts[turn // 8])
    for h in (r, *hosts) if turn > 2 else (r,):
      s.send(thief, h.mac, 0x0806, wire.arp(2, thief.mac, h.ip, "00:25:90:00:00:99", "10.0.0.99"))
    s.http(hosts[turn // 8], r)
    s.wait(20)
  s.count(6)
  for h in (r, *hosts):
    s.together(h.mac, h.ip)
  s.event("conflict", 2)
  s.event("addressMoved", 0, 0)
