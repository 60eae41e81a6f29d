"""Networks made up by chance, by a number, and the truth about them. Some are observed in two runs."""
import random

import wire
from masks import SAFARI_MAC
from stacks import CHROME_ANDROID, CHROME_WINDOWS
from stage import STACKS, Host

AGENTS = {"windows": CHROME_WINDOWS, "android": CHROME_ANDROID, "mac": SAFARI_MAC, "linux": "curl/7.88.1"}
SYSTEMS = {"windows": "os:Windows", "android": "os:Android", "mac": "os:macOS"}
MAKERS = ("00:25:90", "3c:5a:b4", "a4:83:e7", "00:50:56")
HOPS = (3, 5, 6, 7, 8, 9, 12, 15)  # not four: 60 tells nothing


class _Town:
  """Networks with hosts, a router with one MAC or one for each network, servers far away."""

  def __init__(self, s, seed):
    self.s, self.dice = s, random.Random(seed)
    self.vlans = self.dice.choice([[()], [(10,)], [(10,), (20,)], [(5,), (6,), (7,)]])
    self.one_mac, self.six = self.dice.random() < 0.5, self.dice.random() < 0.6
    self.hosts, self.routers, self.met = [], {}, set()
    self.far = [(f"203.0.{113 + n}.{n + 1}", f"2001:db8:ffff:{n + 1:x}::{n + 1:x}", self.dice.choice(HOPS)) for n in range(5)]
    for k, vlan in enumerate(self.vlans):
      mac = "00:1b:0d:00:00:01" if self.one_mac else f"00:1b:0d:00:00:{k + 1:02x}"
      self.routers[vlan] = Host(mac, f"10.{k}.0.1", stack="router", vlans=vlan)
      s.arp_announce(self.routers[vlan])
      for _ in range(self.dice.randint(2, 6)):
        self.settle(k, vlan)

  def settle(self, k, vlan):
    n, s = len(self.hosts) + 1, self.s
    maker = "5e:11:22" if self.dice.random() < 0.2 else self.dice.choice(MAKERS)
    h = Host(f"{maker}:00:{k:02x}:{n:02x}", stack=self.dice.choice(list(AGENTS)), vlans=vlan, boot=n * 10**6 + n)
    h.number, h.spoke, h.surfed = n, False, False
    kind = self.dice.choice(("4", "46", "6") if self.six else "4")
    if "4" in kind:
      how = self.dice.choice(("dhcp", "arp", "mute"))
      if how == "dhcp":
        s.lease(h, self.routers[vlan], f"10.{k}.0.{n + 20}", name=f"host-{n}")
      h.ip = f"10.{k}.0.{n + 20}"
      if how == "arp":
        s.arp_announce(h)
      h.spoke = how != "mute"
    if "6" in kind:
      h.ip6 = f"2001:db8:{k + 1}::{n + 16:x}"
      s.detect_duplicate(h)
      s.advertise(h)
      h.spoke = True
    self.hosts.append(h)

  def servers(self, a, near):
    return [b for b in self.hosts if b is not a and b.stack == "linux" and (b.vlans == a.vlans) == near and
            ((a.ip and b.ip) or (near and a.ip6 and b.ip6))]

  def visit_neighbour(self, a):
    for b in self.servers(a, True)[:1]:
      self.s.http(a, b, f"nginx/1.{b.number}.0", agent=AGENTS[a.stack])
      a.spoke = b.spoke = a.surfed = True

  def visit_the_world(self, a):
    four, six, hops = self.dice.choice(self.far)
    address = six if not a.ip or (a.ip6 and self.dice.random() < 0.5) else four
    far = Host("", None if ":" in address else address, address if ":" in address else None, via=self.routers[a.vlans], hops=hops,
               vlans=a.vlans)
    self.s.http(a, far, "Apache/2.4.57", agent=AGENTS[a.stack])
    a.spoke = a.surfed = True
    self.met.add((address, a.vlans))

  def visit_next_network(self, a):
    """Seen on both sides of the router."""
    for b in self.servers(a, False)[:1]:
      a.port += 1
      pieces = ((a, b, wire.tcp(a.port, 8000, 1000, 0, 2, b"", STACKS[a.stack][1], STACKS[a.stack][2](self.s.clock(a)))),
                (b, a, wire.tcp(8000, a.port, 5000, 1001, 0x12, b"", 65160, b"\2\4\5\xb4\4\2\1\3\3\7")),
                (a, b, wire.tcp(a.port, 8000, 1001, 5001, 0x18, b"GET / HTTP/1.1\r\nHost: x.test\r\n\r\n", 501)))
      for x, y, payload in pieces:
        x.ident += 1
        for source, to, ttl, vlans in ((x.mac, self.routers[x.vlans].mac, 0, x.vlans), (self.routers[y.vlans].mac, y.mac, 1, y.vlans)):
          self.s.put(wire.ethernet(source, to, 0x0800, wire.ip(x.ip, y.ip, 6, payload, x.ttl() - ttl, x.ident), vlans))
      a.spoke = b.spoke = True

  def live(self, days):
    for _ in range(days):
      act = self.dice.choice((self.visit_neighbour, self.visit_the_world, self.visit_the_world, self.visit_next_network))
      act(self.dice.choice(self.hosts))
      self.s.wait(self.dice.choice((1, 5, 30, 120, 600)))

  def tell(self):
    s, there = self.s, [h for h in self.hosts if h.spoke]
    for h in there:
      s.together(h.mac, *(x for x in (h.ip6,) if x))
      for other in there:
        if other is not h:
          s.apart(h.mac, other.mac)
      for stack, system in SYSTEMS.items():
        if stack != h.stack:
          s.apart(h.mac, system)
      if h.surfed and h.stack in SYSTEMS:
        s.together(h.mac, SYSTEMS[h.stack])
    for router in self.routers.values():
      s.together(router.mac, router.ip)
    addresses = {address for address, _ in self.met}
    for address in addresses:
      for h in (*there, *self.routers.values()):
        s.apart(h.mac, address)
      if self.one_mac:
        s.holders(address, 1)
    s.holders("several", 0)
    s.count(len(there) + len(self.routers) + len(addresses), len(there) + len(self.routers) + len(self.met))
    s.event("conflict", 0, 0)
    s.event("addressMoved", 0, 0)


def _made(seed, runs):
  def scenario(s):
    town = _Town(s, seed)
    for run in range(runs):
      if run:
        s.restart()
      town.live(30)
    town.tell()
  scenario.__module__ = __name__
  return scenario


for _seed in range(1, 13):
  globals()[f"town_{_seed}"] = _made(_seed, 1 + _seed % 2)
