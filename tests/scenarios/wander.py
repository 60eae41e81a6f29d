"""Machines that change their card, their place or their shape, and cards that change their machine."""
import craft
import wire
from stacks import CHROME_ANDROID, CHROME_WINDOWS, SAFARI_PHONE
from stage import BROADCAST, Host


def _server(s):
  d = Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(d)
  return d


def another_mac_each_day(s):
  """A telephone with a new MAC every day for a week: seven that have one name."""
  d = _server(s)
  for n in range(7):
    h = Host(f"d6:11:22:33:00:{n:02x}", stack="android", boot=n)
    s.lease(h, d, f"10.0.0.{30 + n}", name="Galaxy-S21")
    s.http(h, d, agent=CHROME_ANDROID)
    s.wait(86400)
  s.count(8)
  s.holders("name:Galaxy-S21", 7)
  s.apart("d6:11:22:33:00:00", "d6:11:22:33:00:01")
  s.lacks("d6:11:22:33:00:00", "unique")


def back_after_the_weekend(s):
  """A telephone's private MAC on its network, away for three days: it is the same."""
  d, h = _server(s), Host("d6:11:22:33:44:55", stack="mac")
  for _ in range(2):
    s.lease(h, d, "10.0.0.30", name="iPhone")
    s.http(h, d, agent=SAFARI_PHONE)
    s.wait(3 * 86400)
  s.http(d, d) if False else s.ping(d, Host("3c:5a:b4:00:00:01", "10.0.0.9"))
  s.count(2)
  s.together(h.mac, "10.0.0.30", "name:iphone", "os:iOS")
  s.event("newEndpoint", 2, 2)


def desk_and_air(s):
  """A laptop is moved from cable to radio and back, with one name and one client identifier: two cards, related."""
  d = _server(s)
  cards = [Host(m, stack="windows") for m in ("3c:5a:b4:00:00:01", "a4:c3:f0:00:00:01")]
  ident = b"\xff\0\0\0\1\0\1\0\1" + b"\x2a" * 4 + wire.mac(cards[0].mac)
  for n in range(4):
    c = cards[n % 2]
    s.lease(c, d, f"10.0.0.{30 + n % 2}", name="LAPTOP-7", client_id=ident)
    s.http(c, d, agent=CHROME_WINDOWS)
    s.wait(2 * 3600)
  s.count(3)
  s.related(cards[0].mac, cards[1].mac)
  s.apart(cards[0].mac, cards[1].mac)
  s.event("conflict", 0, 0)


def one_address_for_both_cards(s):
  """The server lends by client identifier, so cable and radio have one address in turn."""
  d = _server(s)
  cards = [Host(m) for m in ("3c:5a:b4:00:00:01", "a4:c3:f0:00:00:01")]
  ident = b"\xff\0\0\0\1\0\1\0\1" + b"\x2a" * 4 + wire.mac(cards[0].mac)
  for n in range(5):
    c = cards[n % 2]
    s.lease(c, d, "10.0.0.30", name="laptop", client_id=ident)
    s.arp_announce(c)
    s.ssh(d, c, 9)
    s.wait(1800)
  s.count(3)
  s.related(cards[0].mac, cards[1].mac)
  s.event("conflict", 0, 0)
  s.event("addressMoved", 4, 4)


def adapter_goes_round(s):
  """A USB network adapter: a Windows in the morning, a Linux of another name in the afternoon."""
  d = _server(s)
  a, b = Host("00:e0:4c:00:00:01", stack="windows"), Host("00:e0:4c:00:00:01", boot=12345)
  s.lease(a, d, "10.0.0.30", name="ALICE")
  s.http(a, d, agent=CHROME_WINDOWS)
  s.wait(3 * 3600)
  s.lease(b, d, "10.0.0.31", name="bob", client_id=b"\xff\0\0\0\2\0\2" + b"\7" * 8)
  for _ in range(4):
    s.http(b, d)
    s.wait(900)
  s.count(2)
  s.together("00:e0:4c:00:00:01", "10.0.0.31", "name:bob")
  s.lacks("00:e0:4c:00:00:01", "several")


def live_migration(s):
  """A virtual machine moves to another host; its MAC is announced by RARP from there. Nothing else changes."""
  d, vm = _server(s), Host("00:50:56:aa:00:01", "10.0.0.60")
  s.arp_announce(vm)
  s.ssh(d, vm, 4)
  for _ in range(3):
    s.wait(600)
    for _ in range(3):
      s.put(wire.ethernet(vm.mac, BROADCAST, 0x8035, wire.arp(3, vm.mac, "0.0.0.0", vm.mac, "0.0.0.0")))
      s.wait(0.1)
    s.ssh(d, vm, 4)
  s.count(2)
  s.together(vm.mac, "10.0.0.60", "key:4")
  s.nobody("0.0.0.0")
  s.event("addressMoved", 0, 0)
  s.event("conflict", 0, 0)


def macvlan(s):
  """Containers with MACs of their own on one card: an endpoint each, none of them unique."""
  d, host = _server(s), Host("3c:5a:b4:00:00:01", "10.0.0.30")
  s.arp_announce(host)
  s.ssh(d, host, 1)
  for n in range(6):
    c = Host(f"02:42:0a:00:00:{n:02x}", f"10.0.0.{40 + n}", boot=n)
    s.arp_announce(c)
    s.http(d, c, "nginx/1.22.1")
  s.count(8)
  for n in range(6):
    s.together(f"02:42:0a:00:00:{n:02x}", f"10.0.0.{40 + n}", "port:80")
  s.apart(host.mac, "port:80")


def ipvlan(s):
  """Containers that share their host's MAC, each with an address it answers for: nothing on the wire parts them."""
  d, host = _server(s), Host("3c:5a:b4:00:00:01", "10.0.0.30")
  s.arp_announce(host)
  for n in range(6):
    c = Host(host.mac, f"10.0.0.{40 + n}", boot=0)
    s.arp_announce(c)
    s.http(d, c, "nginx/1.22.1")
  s.count(2)
  s.together(host.mac, *(f"10.0.0.{40 + n}" for n in range(6)))


def sleep_proxy(s):
  """A box speaks for a laptop that sleeps; when it wakes it has its address and its name still."""
  d, box, laptop = _server(s), Host("d0:03:4b:00:00:01", "10.0.0.7", stack="mac"), Host("a4:83:e7:00:00:02", "10.0.0.30", stack="mac", boot=5)
  s.arp_announce(box)
  s.mdns(box, "Living-Room.local")
  s.arp_announce(laptop)
  for _ in range(3):
    s.mdns(laptop, "Anns-MacBook.local")
    s.http(laptop, d)
    s.wait(600)
    craft.arp(s, box, 1, box.mac, laptop.ip, "00:00:00:00:00:00", laptop.ip)
    for _ in range(6):
      s.arp_ask(d, laptop.ip)
      craft.arp(s, box, 2, box.mac, laptop.ip, d.mac, d.ip, d.mac)
      s.wait(600)
    s.arp_announce(laptop)
  s.mdns(laptop, "Anns-MacBook.local")
  s.http(laptop, d)
  s.count(3)
  s.together(laptop.mac, laptop.ip, "name:anns-macbook.local")
  s.together(box.mac, box.ip, "name:living-room.local")
  s.apart(box.mac, "name:anns-macbook.local")
  s.event("conflict", 0, 0)


def new_card_same_server(s):
  """A server gets a new card on a Saturday: same address, same key, same name; two endpoints that are related."""
  d = _server(s)
  old, new = Host("00:25:90:00:00:01", "10.0.0.30"), Host("00:25:90:00:00:02", "10.0.0.30")
  for n in range(3):
    s.ssh(d, old, 3)
    s.nbns(old, "FILES")
    s.wait(7200)
  s.wait(1800)
  s.arp_announce(new)
  for n in range(3):
    s.ssh(d, new, 3)
    s.nbns(new, "FILES")
    s.wait(7200)
  s.count(3)
  s.related(old.mac, new.mac)
  s.apart(old.mac, new.mac)
  s.together(new.mac, "10.0.0.30", "key:3", "name:files")
  s.event("addressMoved", 1, 1)


def clones_with_one_identity(s):
  """Two virtual machines of one template have one client identifier and get one address at the same time: a conflict."""
  d = _server(s)
  vms = [Host(f"00:50:56:aa:00:{n:02x}", boot=n * 1000) for n in (1, 2)]
  ident = b"\xff\0\0\0\1\0\2\0\0\xab\x11" + b"\5" * 8
  for vm in vms:
    s.lease(vm, d, "10.0.0.60", name="ubuntu", client_id=ident)
    s.arp_announce(vm)
  for n in range(20):
    s.ssh(d, vms[n % 2], 6)
    s.wait(20)
  s.count(3)
  s.apart(vms[0].mac, vms[1].mac)
  s.together(vms[0].mac, "key:6")
  s.together(vms[1].mac, "key:6")
  s.event("conflict", 1)


def printer_with_two_cards(s):
  """A printer on cable and on radio, with one name: two that are related."""
  d = _server(s)
  p = [Host(m, ip, boot=1) for m, ip in (("3c:2a:f4:00:00:01", "10.0.0.70"), ("30:f7:72:00:00:01", "10.0.0.71"))]
  for _ in range(3):
    for h in p:
      s.arp_announce(h)
      s.mdns(h, "BRN3C2AF4000001.local")
      s.nbns(h, "BRN3C2AF4000001")
      s.wait(300)
  s.count(3)
  s.apart(p[0].mac, p[1].mac)
  s.related(p[0].mac, p[1].mac)


def router_with_a_cloned_mac(s):
  """A home router copies a PC's MAC to its outside: the same MAC in two VLANs is two machines."""
  pc = Host("3c:5a:b4:00:00:01", "192.168.1.10", stack="windows", vlans=(10,))
  wan = Host("3c:5a:b4:00:00:01", "100.64.3.4", vlans=(99,))
  lan, isp = Host("c0:25:e9:00:00:01", "192.168.1.1", vlans=(10,)), Host("00:1b:0d:00:00:01", "100.64.0.1", stack="router", vlans=(99,))
  s.arp_pair(pc, lan)
  s.arp_pair(wan, isp)
  for _ in range(5):
    s.http(pc, lan, agent=CHROME_WINDOWS)
    s.ssh(wan, isp, 3)
    s.wait(600)
  s.count(4)
  s.apart("192.168.1.10", "100.64.3.4")
  s.apart("100.64.3.4", "os:Windows")
  s.event("conflict", 0, 0)


def repeater(s):
  """A repeater puts its own MAC on the frames of those behind it; DHCP and ARP inside tell theirs."""
  d, rep = _server(s), Host("c0:25:e9:00:00:01", "10.0.0.8")
  s.arp_announce(rep)
  s.http(rep, d)
  for n in range(3):
    h = Host(f"a4:83:e7:00:00:{n:02x}", f"10.0.0.{40 + n}", stack="mac", boot=n)
    def through(kind, data):
      s.put(wire.ethernet(rep.mac, d.mac, kind, data))
    craft.dhcp(s, 1, rep, chaddr=h.mac, more=[(12, f"phone-{n}".encode())])
    s.dhcp_answer(d, h, 2, h.ip)
    craft.dhcp(s, 3, rep, chaddr=h.mac, more=[(12, f"phone-{n}".encode()), (50, wire.address(h.ip)), (54, wire.address(d.ip))])
    s.dhcp_answer(d, h, 5, h.ip)
    through(0x0806, wire.arp(1, h.mac, h.ip, "00:00:00:00:00:00", d.ip))
    s.http(Host(rep.mac, h.ip, stack="mac", boot=n), d, agent=SAFARI_PHONE)
    s.wait(60)
  s.count(5)
  s.together(rep.mac, rep.ip)
  for n in range(3):
    s.together(f"10.0.0.{40 + n}", f"name:phone-{n}", "os:iOS")
    s.apart(rep.mac, f"name:phone-{n}")
  s.apart(rep.mac, "os:iOS")


def hypervisor_full(s):
  """Thirty machines of one hypervisor, half with the same template's key, all bridged: thirty and the host."""
  d, host = _server(s), Host("00:25:90:00:00:01", "10.0.0.2")
  s.arp_announce(host)
  for n in range(30):
    vm = Host(f"52:54:00:00:00:{n:02x}", boot=n * 77, stack="windows" if n % 3 == 0 else "linux")
    s.lease(vm, d, f"10.0.0.{30 + n}", name=f"vm-{n}")
    s.ssh(d, vm, 1 if n % 2 else 100 + n)
  s.count(32)
  s.holders("key:1", 15)
  for n in (0, 1, 29):
    s.together(f"52:54:00:00:00:{n:02x}", f"10.0.0.{30 + n}", f"name:vm-{n}")
  s.event("conflict", 0, 0)


def renamed(s):
  """A machine gets another name on Monday: it has that one now, and is the same."""
  d, pc = _server(s), Host("3c:5a:b4:00:00:01", stack="windows")
  s.lease(pc, d, "10.0.0.30", name="DESKTOP-4711")
  s.nbns(pc, "DESKTOP-4711")
  s.wait(3600)
  s.lease(pc, d, "10.0.0.30", name="RECEPTION")
  s.nbns(pc, "RECEPTION")
  s.count(2)
  s.together(pc.mac, "10.0.0.30", "name:reception")


def upgraded(s):
  """OpenSSH and nginx are upgraded overnight: said once each, with what they were."""
  d, h = _server(s), Host("00:25:90:00:00:01", "10.0.0.30")
  s.ssh(d, h, 3, "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1")
  s.http(d, h, "nginx/1.18.0")
  s.wait(8 * 3600)
  for _ in range(3):
    s.ssh(d, h, 3, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3")
    s.http(d, h, "nginx/1.22.1")
    s.wait(3600)
  s.count(2)
  s.event("versionChanged", 1, 2, "OpenSSH 8.4p1")
  s.event("versionChanged", 1, 1, "1.18.0")
