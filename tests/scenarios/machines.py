"""What becomes of machines: cards and docks, boot chains, systems installed anew, leases declined, guests that move house."""
import wire
from stage import BROADCAST, STACKS, Host
from stacks import CHROME_WINDOWS, SAFARI_PHONE


def _server(s):
  d = Host("00:25:90:00:00:fe", "10.0.0.254")
  s.arp_announce(d)
  return d


def _client_id(n):
  return b"\xff\0\0\0\1" + bytes.fromhex("00010001") + bytes((n,)) * 10


def shared_dock(s):
  """Three laptops use one docking station's card in turn, and their own radio afterwards: their radios are three machines."""
  d = _server(s)
  names = ("alice", "bob", "carol")
  for n, name in enumerate(names):
    dock, air = Host("00:50:b6:00:00:01"), Host(f"3c:5a:b4:00:00:{n:02x}")
    s.lease(dock, d, f"10.0.0.{50 + n}", name=name, client_id=_client_id(n))
    s.http(dock, d)
    s.wait(3000)
    s.lease(air, d, f"10.0.0.{60 + n}", name=name, client_id=_client_id(n))
    s.http(air, d)
    s.wait(3000)
  s.count(5)
  for n, name in enumerate(names):
    s.together(f"3c:5a:b4:00:00:{n:02x}", f"10.0.0.{60 + n}", f"name:{name}")
    s.together("00:50:b6:00:00:01", f"10.0.0.{50 + n}")
  s.apart("3c:5a:b4:00:00:00", "name:bob")
  s.apart("3c:5a:b4:00:00:01", "name:alice")
  s.apart("00:50:b6:00:00:01", "3c:5a:b4:00:00:00")


def two_systems_on_one_disk(s):
  """Windows in the morning, Linux in the evening: one machine with both, never two at once."""
  d = _server(s)
  a = Host("00:25:90:00:00:0a", stack="windows")
  s.lease(a, d, "10.0.0.50", name="DESKTOP-1", vendor="MSFT 5.0", client_id=b"\1" + wire.mac(a.mac))
  for _ in range(4):
    s.http(a, d, agent=CHROME_WINDOWS)
    s.wait(100)
  s.wait(7200)
  a.stack = "linux"
  s.lease(a, d, "10.0.0.51", name="penguin", client_id=_client_id(1))
  for _ in range(4):
    s.http(a, d, agent="Wget/1.21.3")
    s.wait(100)
  s.count(2)
  s.together(a.mac, "10.0.0.50", "10.0.0.51", "name:desktop-1", "name:penguin")
  s.lacks(a.mac, "several")


def installed_anew(s):
  """The same card and address, a new host key: one machine with two keys."""
  d = _server(s)
  a = Host("00:25:90:00:00:0a", "10.0.0.50")
  for key, banner in ((1, "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u3"), (2, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3")):
    s.arp_announce(a)
    for _ in range(3):
      s.ssh(d, a, key, banner)
      s.wait(60)
    s.wait(5000)
  s.count(2)
  s.together(a.mac, a.ip, "key:1", "key:2")
  s.event("conflict", 0, 0)
  s.event("addressMoved", 0, 0)


def new_hardware(s):
  """A server moves to a new machine with its keys and its address; the old machine comes back as something else."""
  d = _server(s)
  old, new = Host("00:25:90:00:00:0a", "10.0.0.50"), Host("00:25:90:00:00:0b", "10.0.0.50")
  s.arp_announce(old)
  s.ssh(d, old, 1)
  s.wait(3600)
  s.arp_announce(new)
  s.ssh(d, new, 1)
  s.wait(3600)
  old.ip = "10.0.0.77"
  s.arp_announce(old)
  s.ssh(d, old, 2)
  s.count(3)
  s.together(new.mac, "10.0.0.50", "key:1")
  s.together(old.mac, "10.0.0.50", "10.0.0.77", "key:1", "key:2")
  s.apart(new.mac, "key:2")
  s.apart(new.mac, "10.0.0.77")
  s.event("addressMoved", 1, 1)
  s.related(old.mac, new.mac)


def printer_with_two_cards(s):
  """On the wire and on the air in one network, with one name: two cards, each with its address."""
  d = _server(s)
  wired, air = Host("30:05:5c:00:00:01", "10.0.0.60"), Host("30:05:5c:00:00:02", "10.0.0.61")
  for h in (wired, air):
    s.arp_announce(h)
    s.mdns(h, "brn30055c.local")
    s.http(d, h, server="debut/1.30")
  s.count(3)
  s.together(wired.mac, wired.ip, "name:brn30055c.local")
  s.together(air.mac, air.ip, "name:brn30055c.local")
  s.apart(wired.mac, air.mac)
  s.related(wired.mac, air.mac)
  s.event("conflict", 0, 0)


def boot_chain(s):
  """PXE, a loader, the system: three clients of DHCP in one machine, with an address each."""
  d = _server(s)
  a = Host("00:25:90:00:00:0a")
  s.lease(a, d, "10.0.0.50", vendor="PXEClient:Arch:00007:UNDI:003016", client_id=b"\0" + bytes(16), parameters=(1, 3, 66, 67, 128, 129))
  s.packet(a, d, 17, wire.udp(2070, 69, b"\0\1ipxe.efi\0octet\0"))
  s.wait(8)
  s.lease(a, d, "10.0.0.51", vendor="PXEClient:Arch:00007:UNDI:003010", client_id=b"\1" + wire.mac(a.mac))
  s.http(a, d, agent="iPXE/1.21.1")
  s.wait(40)
  s.lease(a, d, "10.0.0.52", name="node7", client_id=_client_id(7))
  s.ssh(d, a, 7)
  s.count(2)
  s.together(a.mac, "10.0.0.50", "10.0.0.51", "10.0.0.52", "name:node7", "key:7", "unique")
  s.lacks(a.mac, "several")


def bootp(s):
  """BOOTP (RFC 951) has no message types: the answer gives the address."""
  d = _server(s)
  a = Host("00:25:90:00:00:0a")
  asked = wire.udp(68, 67, wire.dhcp(1, a.mac, 9, []))
  s.send(a, BROADCAST, 0x0800, wire.ip("0.0.0.0", "255.255.255.255", 17, asked, 64))
  s.send(d, a.mac, 0x0800, wire.ip(d.ip, "10.0.0.50", 17, wire.udp(67, 68, wire.dhcp(2, a.mac, 9, [], yiaddr="10.0.0.50")), 64))
  a.ip = "10.0.0.50"
  s.packet(a, d, 17, wire.udp(2070, 69, b"\0\1kernel\0octet\0"))
  s.count(2)
  s.together(a.mac, "10.0.0.50")


def declined(s):
  """A server gives out what another has by hand: the client finds out, declines, and takes the next (RFC 2131 3.1.5)."""
  d = _server(s)
  fixed, guest = Host("00:25:90:00:00:0a", "10.0.0.50"), Host("3c:5a:b4:00:00:01")
  s.arp_announce(fixed)
  s.http(d, fixed, server="nginx/1.22.1")
  s.wait(200)
  s.dhcp_ask(guest, 1, name="guest")
  s.dhcp_answer(d, guest, 2, "10.0.0.50")
  s.dhcp_ask(guest, 3, name="guest", server=d.ip, wanted="10.0.0.50")
  s.dhcp_answer(d, guest, 5, "10.0.0.50")
  s.arp_ask(guest, "10.0.0.50")
  s.send(fixed, guest.mac, 0x0806, wire.arp(2, fixed.mac, fixed.ip, guest.mac, "0.0.0.0"))
  s.dhcp_ask(guest, 4, server=d.ip, wanted="10.0.0.50")
  s.wait(10)
  s.lease(guest, d, "10.0.0.51", name="guest")
  s.http(guest, d)
  s.http(d, fixed, server="nginx/1.22.1")
  s.wait(200)
  s.http(d, fixed, server="nginx/1.22.1")
  s.count(3)
  s.together(fixed.mac, "10.0.0.50", "sw:nginx")
  s.together(guest.mac, "10.0.0.51", "name:guest")
  s.lacks(guest.mac, "sw:nginx")
  s.lacks(fixed.mac, "name:guest")
  s.lacks(guest.mac, "10.0.0.50")


def released(s):
  """Given back and given on within seconds."""
  d = _server(s)
  a, b = Host("3c:5a:b4:00:00:01"), Host("3c:5a:b4:00:00:02", stack="windows")
  s.lease(a, d, "10.0.0.50", name="first")
  s.http(a, d, agent="first-app/1.0")
  d_ = wire.dhcp_option
  s.packet(a, d, 17, wire.udp(68, 67, wire.dhcp(1, a.mac, 7, [d_(53, b"\7"), d_(54, wire.address(d.ip))], ciaddr=a.ip)))
  s.wait(4)
  s.lease(b, d, "10.0.0.50", name="second")
  s.http(b, d, agent="second-app/1.0")
  s.wait(120)
  s.http(b, d, agent="second-app/1.0")
  s.count(3)
  s.together(a.mac, "10.0.0.50", "name:first")
  s.together(b.mac, "10.0.0.50", "name:second")
  s.apart(a.mac, "name:second")
  s.apart(b.mac, "name:first")
  s.event("addressMoved", 1, 1)
  s.event("conflict", 0, 0)


def guest_moves_house(s):
  """A virtual machine goes to another host and says so by reverse ARP: the same MAC, the same machine."""
  c = Host("00:25:90:00:00:01", "10.0.0.2")
  hosts = [Host(f"00:25:90:00:01:0{n}", f"10.0.0.{100 + n}") for n in range(2)]
  vm = Host("00:50:56:ab:cd:01", "10.0.0.50")
  for h in [c, vm] + hosts:
    s.arp_announce(h)
  s.ssh(c, vm, 3)
  s.wait(600)
  s.send(vm, BROADCAST, 0x8035, b"\0\1\x08\0\6\4\0\3" + wire.mac(vm.mac) + b"\0\0\0\0" + wire.mac(vm.mac) + b"\0\0\0\0")
  s.ssh(c, vm, 3)
  s.count(4)
  s.together(vm.mac, vm.ip, "key:3", "unique")
  s.event("newEndpoint", 4, 4)


def bridge_of_containers(s):
  """Seen on a host's bridge: containers with MACs of their own, the host is their router."""
  bridge = Host("02:42:ac:11:00:01", "172.17.0.1")
  inside = [Host(f"02:42:ac:11:00:{n:02x}", f"172.17.0.{n}") for n in range(2, 6)]
  for h in inside:
    s.arp_pair(h, bridge)
    for n in range(3):
      s.http(h, Host("", f"203.0.113.{n}", via=bridge, hops=7), server="lighttpd/1.4.69")
  s.count(8)
  for h in inside:
    s.together(h.mac, h.ip)
  s.together(bridge.mac, bridge.ip)
  s.lacks("203.0.113.1", bridge.mac)


def pods_with_one_gateway(s):
  """Pods ask for 169.254.1.1, which a MAC that every node shares answers for; other pods come through it."""
  gate = Host("ee:ee:ee:ee:ee:ee", "169.254.1.1")
  pods = [Host(f"8a:00:00:00:00:{n:02x}", f"10.244.1.{n}") for n in range(2, 8)]
  for p in pods:
    s.arp_ask(p, gate.ip)
    s.arp_reply(gate, p)
  for n, p in enumerate(pods):
    other = pods[n - 1]
    s.http(p, Host("", other.ip, via=gate, hops=1), server=f"nginx/1.{n + 10}.0")
    s.http(Host("", p.ip, via=gate, hops=1), other, server=f"nginx/1.{n + 10}.0")
  s.count(7)
  for p in pods:
    s.together(p.mac, p.ip, "sw:nginx")
    s.apart(gate.mac, p.ip)


def telephone_with_a_desk_behind(s):
  """A telephone talks tagged, the computer plugged into it does not."""
  phone, pc = Host("00:1e:f7:00:00:01", "10.1.0.20", vlans=[100]), Host("00:25:90:00:00:0b", "10.0.0.20", stack="windows")
  call, d = Host("00:25:90:00:00:fd", "10.1.0.1", vlans=[100]), _server(s)
  for h in (phone, pc, call):
    s.arp_announce(h)
  s.http(phone, call, agent="Cisco-CP-7962G/9.3")
  s.http(pc, d, agent=CHROME_WINDOWS)
  s.count(4)
  s.together(phone.mac, phone.ip, "vlan:100")
  s.together(pc.mac, pc.ip)
  s.lacks(phone.mac, "os:Windows")


def link_local_first(s):
  """No server answers: an address of one's own making (RFC 3927) until one does."""
  a = Host("00:25:90:00:00:0a", "169.254.7.9", stack="windows")
  s.arp_announce(a)
  s.nbns(a, "DESK-7")
  s.wait(300)
  d = _server(s)
  s.lease(a, d, "10.0.0.50", name="DESK-7")
  s.http(a, d, agent=CHROME_WINDOWS)
  s.count(2)
  s.together(a.mac, "169.254.7.9", "10.0.0.50", "name:desk-7", "unique")


def two_cards_in_one_network(s):
  """A server with two cards in one network: neither address becomes the other card's."""
  c = Host("00:25:90:00:00:01", "10.0.0.2")
  e0, e1 = Host("00:25:90:00:01:00", "10.0.0.20"), Host("00:25:90:00:01:01", "10.0.0.21")
  s.arp_announce(c)
  for h in (e0, e1):
    s.arp_announce(h)
    s.ssh(c, h, 4)
  s.count(3)
  s.together(e0.mac, e0.ip, "key:4")
  s.together(e1.mac, e1.ip, "key:4")
  s.apart(e0.mac, e1.ip)
  s.related(e0.mac, e1.mac)


def aggregated_links(s):
  """LACP speaks from each card's MAC, the host from the first one's."""
  c, bond = Host("00:25:90:00:00:01", "10.0.0.2"), Host("00:25:90:00:01:00", "10.0.0.20")
  s.arp_pair(c, bond)
  for n in range(6):
    for mac in ("00:25:90:00:01:00", "00:25:90:00:01:01"):
      s.put(wire.ethernet(mac, "01:80:c2:00:00:02", 0x8809, b"\1\1\1\x14\xff\xff" + wire.mac("00:25:90:00:01:00") + b"\0" * 98))
    s.http(c, bond)
    s.wait(30)
  s.count(2, 3)
  s.together(bond.mac, bond.ip, "sw:nginx")
  s.event("addressMoved", 0, 0)
  s.event("conflict", 0, 0)


def relayed_client_at_work(s):
  """A client behind a relay gets a lease, and is seen with it through the router: its name is known, the router has it not."""
  relay = Host("00:1b:0d:63:c2:26", "10.0.0.1", stack="router")
  server = Host("00:25:90:00:00:fe", "10.0.0.9")
  s.arp_pair(relay, server)
  mac, o = "3c:5a:b4:00:00:07", wire.dhcp_option
  s.packet(relay, server, 17, wire.udp(67, 67, wire.dhcp(1, mac, 5, [o(53, b"\3"), o(12, b"far-7"), o(55, b"\1\3\6"), o(50, wire.address("10.5.0.20"))], giaddr="10.5.0.1")))
  answer = wire.dhcp(2, mac, 5, [o(53, b"\5"), o(54, wire.address(server.ip)), o(51, b"\0\0\x0e\x10")], yiaddr="10.5.0.20", giaddr="10.5.0.1")
  s.packet(server, relay, 17, wire.udp(67, 67, answer))
  s.http(Host("", "10.5.0.20", via=relay, hops=1), server)
  s.count(3)
  s.holders("10.5.0.20", 1)
  s.lacks(relay.mac, "name:far-7")
  s.lacks(relay.mac, "10.5.0.20")


def phone_in_two_networks(s):
  """One telephone makes up a MAC for each network it is in: neither is unique, neither is the other."""
  d = _server(s)
  home, guest = Host("da:11:22:33:44:01", stack="mac"), Host("fa:11:22:33:44:02", stack="mac", vlans=[20])
  s.lease(home, d, "10.0.0.60", name="iPhone")
  s.http(home, d, agent=SAFARI_PHONE)
  s.wait(1000)
  guest.ip = "10.20.0.60"
  s.arp_announce(guest)
  s.mdns(guest, "iPhone.local")
  s.count(3)
  s.apart(home.mac, guest.mac)
  s.apart(home.mac, "unique")
  s.apart(guest.mac, "unique")


def address_swapped(s):
  """Two machines exchange their addresses."""
  d = _server(s)
  a, b = Host("00:25:90:00:00:0a", "10.0.0.50"), Host("00:25:90:00:00:0b", "10.0.0.51")
  for ips in (("10.0.0.50", "10.0.0.51"), ("10.0.0.51", "10.0.0.50")):
    for h, ip, server in zip((a, b), ips, ("nginx/1.22.1", "lighttpd/1.4.69")):
      h.ip = ip
      s.arp_announce(h)
      s.http(d, h, server=server)
    s.wait(900)
  s.count(3)
  s.together(a.mac, "10.0.0.50", "10.0.0.51", "sw:nginx")
  s.together(b.mac, "10.0.0.50", "10.0.0.51", "sw:lighttpd")
  s.lacks(a.mac, "sw:lighttpd")
  s.lacks(b.mac, "sw:nginx")
  s.event("addressMoved", 2, 2)
  s.event("conflict", 0, 0)


def lease_given_to_one_unseen(s):
  """The authority gives a silent host's address to another; the old one comes back with a new lease."""
  d = _server(s)
  a, b = Host("3c:5a:b4:00:00:01"), Host("3c:5a:b4:00:00:02", stack="windows")
  s.lease(a, d, "10.0.0.50", name="first")
  s.http(a, d, agent="first-app/1.0")
  s.wait(40)
  s.lease(b, d, "10.0.0.50", name="second")
  s.wait(5)
  s.lease(a, d, "10.0.0.51", name="first")
  s.http(b, d)
  s.http(a, d, agent="first-app/1.0")
  s.wait(100)
  s.http(b, d)
  s.count(3)
  s.together(a.mac, "10.0.0.51", "name:first")
  s.together(b.mac, "10.0.0.50", "name:second")
  s.apart(b.mac, "10.0.0.51")
  s.event("conflict", 0, 0)
