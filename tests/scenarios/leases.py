"""Addresses that are lent: pools that turn over, renewals of weeks, relays, servers that disagree, clients that must not."""
import craft
import wire
from stacks import CHROME_ANDROID, CHROME_WINDOWS, SAFARI_PHONE
from stage import Host


def _server(s, ip="10.0.0.254"):
  d = Host("00:25:90:00:00:fe", ip)
  s.arp_announce(d)
  return d


def cafe(s):
  """Thirty guests of ten minutes each in a pool of four addresses, all of it seen."""
  d = _server(s)
  for n in range(30):
    guest = Host(f"{2 + 4 * (n % 8):02x}:11:22:33:00:{n:02x}", stack="android" if n % 2 else "mac")
    s.lease(guest, d, f"10.0.0.{20 + n % 4}", name=f"guest-{n}")
    s.arp_announce(guest)
    s.http(guest, d, agent=CHROME_ANDROID if n % 2 else SAFARI_PHONE)
    s.wait(640)
  s.count(31)
  for n in range(30):
    mac = f"{2 + 4 * (n % 8):02x}:11:22:33:00:{n:02x}"
    s.together(mac, f"10.0.0.{20 + n % 4}", f"name:guest-{n}", "os:Android" if n % 2 else "os:iOS")
    s.lacks(mac, "several")
    s.lacks(mac, "unique")
    s.lacks(mac, "os:iOS" if n % 2 else "os:Android")
  s.event("conflict", 0, 0)


def a_fortnight_of_renewals(s):
  """One machine that renews twice a day for two weeks, never by broadcast: it stays, and nothing happens."""
  d, pc = _server(s), Host("3c:5a:b4:00:00:01", stack="windows")
  s.lease(pc, d, "10.0.0.40", name="DESK-1")
  for n in range(28):
    s.wait(12 * 3600)
    craft.renew(s, pc, d, "DESK-1")
    s.http(pc, d, agent=CHROME_WINDOWS)
  s.count(2)
  s.together(pc.mac, "10.0.0.40", "name:desk-1", "unique")
  s.event("addressMoved", 0, 0)
  s.event("gone", 0, 0)
  s.event("newEndpoint", 2, 2)


def behind_a_relay(s):
  """Only the server's side is seen: the client's MAC is named inside, its packets come by the router."""
  d, r = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_pair(r, d)
  pc = Host("3c:5a:b4:00:00:01", "10.2.0.50", via=r)
  craft.relayed_lease(s, pc, r, "10.2.0.1", d, "remote-a")
  s.http(pc, d)
  s.together("10.2.0.50", "name:remote-a")
  s.apart(r.mac, "name:remote-a")
  s.apart(r.mac, "10.2.0.50")
  s.apart(d.mac, "name:remote-a")
  s.count(3, 4)


def behind_a_relay_in_turn(s):
  """The relay's network lends one address to a Windows and, hours later, to a telephone."""
  d, r = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_pair(r, d)
  first = Host("3c:5a:b4:00:00:01", "10.2.0.50", via=r, stack="windows")
  second = Host("3c:5a:b4:00:00:02", "10.2.0.50", via=r, stack="android", boot=7)
  craft.relayed_lease(s, first, r, "10.2.0.1", d, "remote-a")
  for _ in range(3):
    s.http(first, d, agent=CHROME_WINDOWS)
    s.wait(900)
  s.wait(3600)
  craft.relayed_lease(s, second, r, "10.2.0.1", d, "remote-b")
  for _ in range(3):
    s.http(second, d, agent=CHROME_ANDROID)
    s.wait(900)
  s.lacks("10.2.0.50", "several") if False else s.apart("10.2.0.50", "several")
  s.apart("name:remote-a", "name:remote-b")
  s.apart("name:remote-b", "os:Windows")
  s.apart(r.mac, "name:remote-a")


def reuse_unseen(s):
  """An Android's address is an iPhone's six hours later; of DHCP nothing is seen."""
  d = _server(s)
  a = Host("3c:5a:b4:00:00:01", "10.0.0.50", stack="android")
  b = Host("a4:83:e7:00:00:02", "10.0.0.50", stack="mac", boot=99)
  s.http(a, d, agent=CHROME_ANDROID)
  s.wait(6 * 3600)
  s.http(b, d, agent=SAFARI_PHONE)
  s.count(3)
  s.together(a.mac, "10.0.0.50", "os:Android")
  s.together(b.mac, "10.0.0.50", "os:iOS")
  s.lacks(a.mac, "os:iOS")
  s.lacks(b.mac, "os:Android")
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def reuse_far_away(s):
  """A provider gives a customer's address to another after three days: nothing of the first is said of the second."""
  d, r = _server(s), Host("00:1b:0d:00:00:01", "10.0.0.1", stack="router")
  s.arp_announce(r)
  a = Host("", "203.0.113.9", stack="android", via=r, hops=8)
  b = Host("", "203.0.113.9", stack="windows", via=r, hops=8, boot=77)
  for _ in range(4):
    s.http(a, d, agent=CHROME_ANDROID)
    s.wait(1200)
  s.wait(3 * 86400)
  for _ in range(4):
    s.http(b, d, agent=CHROME_WINDOWS)
    s.wait(1200)
  s.apart("203.0.113.9", "several")
  s.apart(r.mac, "203.0.113.9")


def informs(s):
  """A static Windows asks only for options (DHCPINFORM): the acknowledgement gives it no address."""
  d, pc = _server(s), Host("3c:5a:b4:00:00:01", "10.0.0.77", stack="windows")
  s.arp_announce(pc)
  craft.dhcp(s, 8, pc, ciaddr=pc.ip, more=[(12, b"STATIC-PC"), (60, b"MSFT 5.0"), (55, b"\1\x0f\3\6")])
  craft.dhcp(s, 5, pc, d, pc, [(54, wire.address(d.ip))], ciaddr=pc.ip)
  s.http(pc, d, agent=CHROME_WINDOWS)
  s.count(2)
  s.together(pc.mac, pc.ip, "name:static-pc", "unique")
  s.nobody("0.0.0.0")
  s.event("addressMoved", 0, 0)


def refused(s):
  """A laptop asks for the address it had at home, which another has here; the server says no."""
  d, holder, guest = _server(s), Host("3c:5a:b4:00:00:01", "10.0.0.50"), Host("3c:5a:b4:00:00:02", stack="windows")
  s.lease(holder, d, name="holder")
  s.arp_announce(holder)
  s.http(holder, d)
  s.wait(300)
  s.dhcp_ask(guest, 3, name="guest", wanted="10.0.0.50")
  craft.dhcp(s, 6, guest, d, more=[(54, wire.address(d.ip))])
  s.lease(guest, d, "10.0.0.51", name="guest")
  s.http(guest, d)
  s.http(holder, d)
  s.count(3)
  s.together(holder.mac, "10.0.0.50", "name:holder")
  s.together(guest.mac, "10.0.0.51", "name:guest")
  s.apart(guest.mac, "10.0.0.50")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def rogue_server(s):
  """A wireless box under a desk leases too: clients take one offer, the other address is nobody's."""
  d, rogue = _server(s), Host("c0:25:e9:00:00:01", "192.168.1.1")
  pc = Host("3c:5a:b4:00:00:01")
  s.dhcp_ask(pc, 1, name="pc")
  s.dhcp_answer(d, pc, 2, "10.0.0.50")
  s.dhcp_answer(rogue, pc, 2, "192.168.1.100")
  s.dhcp_ask(pc, 3, server=d.ip, wanted="10.0.0.50", name="pc")
  s.dhcp_answer(d, pc, 5, "10.0.0.50")
  pc.ip = "10.0.0.50"
  s.arp_announce(pc)
  s.http(pc, d)
  s.count(3)
  s.together(pc.mac, pc.ip, "name:pc")
  s.nobody("192.168.1.100")
  s.apart(rogue.mac, d.mac)


def network_boot(s):
  """PXE, installer, Windows: three clients by their identifiers, one machine."""
  d, m = _server(s), Host("3c:5a:b4:00:00:01")
  uuid = b"\0" + bytes(range(16))
  s.lease(m, d, "10.0.0.60", client_id=uuid, vendor="PXEClient:Arch:00007:UNDI:003016", parameters=(1, 3, 6, 43, 60, 66, 67, 128, 129))
  s.wait(120)
  s.lease(m, d, "10.0.0.61", client_id=b"\xff\0\0\0\1\0\2" + b"\1" * 8, name="debian")
  s.http(m, d)
  s.wait(1800)
  m.stack = "windows"
  s.lease(m, d, "10.0.0.62", client_id=b"\1" + wire.mac(m.mac), name="WS-0815", vendor="MSFT 5.0", parameters=(1, 3, 6, 15, 31, 33, 43, 44, 46))
  s.http(m, d, agent=CHROME_WINDOWS)
  s.count(2)
  s.together(m.mac, "10.0.0.62", "name:ws-0815")
  s.lacks(m.mac, "several")


def released_and_lent_again(s):
  """Released, and a minute later another's: both say what they are."""
  d, a, b = _server(s), Host("3c:5a:b4:00:00:01"), Host("3c:5a:b4:00:00:02", stack="windows")
  s.lease(a, d, "10.0.0.50", name="a")
  s.http(a, d)
  craft.dhcp(s, 7, a, to=d, ciaddr=a.ip, more=[(54, wire.address(d.ip))])
  s.wait(60)
  s.lease(b, d, "10.0.0.50", name="b")
  s.http(b, d, agent=CHROME_WINDOWS)
  s.count(3)
  s.apart("name:a", "name:b")
  s.together(a.mac, "name:a")
  s.together(b.mac, "10.0.0.50", "name:b", "os:Windows")
  s.lacks(a.mac, "os:Windows")
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def pool_turns_over_every_night(s):
  """Five machines, five addresses, a week of nights in which each gets its neighbour's."""
  d = _server(s)
  macs = [f"3c:5a:b4:00:00:{n:02x}" for n in range(5)]
  pcs = [Host(m, stack=("linux", "windows")[n % 2], boot=n * 1000) for n, m in enumerate(macs)]
  for night in range(7):
    for n, pc in enumerate(pcs):
      s.lease(pc, d, f"10.0.0.{50 + (n + night) % 5}", name=f"pc-{n}")
    for turn in range(4):
      for pc in pcs:
        s.http(pc, d, agent=CHROME_WINDOWS if pc.stack == "windows" else "curl/7.88.1")
      s.wait(7200)
    s.wait(40000)
  s.count(6)
  for n, m in enumerate(macs):
    s.together(m, f"name:pc-{n}")
    s.apart(m, f"name:pc-{(n + 1) % 5}")
    s.lacks(m, "several")
    s.apart(m, "os:Linux" if n % 2 else "os:Windows")
  s.event("conflict", 0, 0)


def asks_without_answer(s):
  """Only broadcasts of clients are seen, as on a port without a mirror: names are the MAC's, addresses nobody's."""
  for n in range(4):
    h = Host(f"3c:5a:b4:00:00:{n:02x}")
    s.dhcp_ask(h, 1, name=f"pc-{n}")
    s.wait(2)
    s.dhcp_ask(h, 3, name=f"pc-{n}", wanted=f"10.0.0.{20 + n}", server="10.0.0.254")
  s.count(4)
  for n in range(4):
    s.together(f"3c:5a:b4:00:00:{n:02x}", f"name:pc-{n}")
  s.nobody("10.0.0.254")


def declines_version_6(s):
  """A DHCPv6 client finds its address in use and gets another."""
  d = Host("00:25:90:00:00:fe", ip6="2001:db8::fe")
  holder, client = Host("3c:5a:b4:00:00:01", ip6="2001:db8::50"), Host("3c:5a:b4:00:00:02", ip6="2001:db8::51")
  for h in (d, holder, client):
    h.link_local = craft.link_local(h.mac)
  s.advertise(holder)
  s.ping(holder, d)
  craft.lease6(s, client, d, "2001:db8::50", "client")
  s.detect_duplicate(client, "2001:db8::50")
  s.advertise(holder)
  craft.dhcp6(s, 9, client, ip6="2001:db8::50")
  craft.lease6(s, client, d, "2001:db8::51", "client")
  s.detect_duplicate(client)
  s.ping(client, d)
  s.ping(holder, d)
  s.count(3)
  s.together(holder.mac, "2001:db8::50")
  s.together(client.mac, "2001:db8::51", client.link_local)
  s.apart(client.mac, "2001:db8::50")
  s.event("addressMoved", 0, 0)


def thin_clients_ask_all_night(s):
  """Leases of two minutes, renewed each minute for a night: bounded, quiet, and the same five."""
  d = _server(s)
  pcs = [Host(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{30 + n}") for n in range(5)]
  for pc in pcs:
    s.lease(pc, d, name="thin")
  for _ in range(480):
    for pc in pcs:
      craft.renew(s, pc, d, "thin", 120)
    s.wait(60)
  s.count(6)
  s.holders("name:thin", 5)
  s.event("addressMoved", 0, 0)
  s.event("conflict", 0, 0)
