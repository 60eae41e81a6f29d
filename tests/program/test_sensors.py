#!/usr/bin/env python3
"""Several sensors: a machine that two components saw is one endpoint in the repository, under the identifier that was
stored first, with both named; what must not be joined is not."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))

import stage
import tap


def statements(p, capture, name, domain):
  """What a component says of a capture: (file of JSON Lines, component, identifiers)."""
  path = p.file(name)
  result = p.observe("-r", capture, "--observation-domain", str(domain), "--json", path)
  assert result.status == 0, result
  with open(path, "rb") as f:
    lines = [json.loads(line) for line in f]
  return path, lines[0]["component"], {l["endpoint"]["endpointIdentifier"] for l in lines if "endpointIdentifier" in l.get("endpoint", {})}


def imported(p, name, *paths):
  url = "sqlite:" + p.file(name)
  for path in paths:
    result = p.run("repository", "import", "--repository", url, path)
    assert result.status == 0, result
  return url


def endpoints(p, url, *words):
  result = p.run("inventory", "--json", "--repository", url, *words)
  assert result.status == 0 and result.clean(), result
  return {e["endpointIdentifier"]: e for e in map(json.loads, result.out.splitlines())}


def network(p, name, hosts, delay=0):
  """A capture in which each of the hosts asks the first one for a page."""
  s = stage.Stage()
  s.wait(delay)
  for h in hosts:
    s.arp_announce(h)
  for h in hosts[1:]:
    s.http(h, hosts[0])
  return p.file(name, s.capture())


def both(p, name, first, second):
  """One repository of what two components say of two captures."""
  a, b = statements(p, first, name + "-a", 1), statements(p, second, name + "-b", 2)
  return imported(p, name, a[0], b[0]), a, b


def one_each(t, p):
  hosts = [stage.Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}", vlans=[7]) for n in (1, 2, 3)]
  early, late = network(p, "early.pcap", hosts), network(p, "late.pcap", hosts, 600)
  url, a, b = both(p, "one", early, late)
  found = endpoints(p, url)
  t.point(not a[2] & b[2] and len(b[2]) == 3, "the components have identifiers of their own", (a, b))
  t.equal(set(found), a[2], "each machine is one endpoint, by the identifier that was stored first")
  alone = endpoints(p, imported(p, "alone", a[0]))
  t.point(all(found[i]["firstSeen"] == alone[i]["firstSeen"] and found[i]["lastSeen"] > alone[i]["lastSeen"] for i in found),
          "it was seen from the first sight of the one to the last of the other", found)
  for later in sorted(b[2]):
    shown = p.run("inventory", "show", later, "--explain", "--repository", url)
    t.point(shown.status == 0 and a[1] in shown.out.decode() and b[1] in shown.out.decode(), "the later identifier finds it, both collectors are named", shown)
  of = next(iter(sorted(a[2])))
  answer = json.loads(p.run("repository", "query", "endpoint", "endpoint=" + of, "--repository", url).out)
  t.equal(sorted(c["component"] for c in answer["collectors"]), sorted((a[1], b[1])), "the query names both")
  shown = json.loads(p.run("inventory", "show", of, "--json", "--explain", "--repository", url).out)
  t.equal(shown["collectors"], answer["collectors"], "so does the explanation")
  history = p.run("inventory", "history", of, "--repository", url).out.decode().splitlines()
  spoken = {json.loads(l)["endpoint"]["endpointIdentifier"] for l in history}
  t.point(len(spoken) == 2 and of in spoken and len(spoken & b[2]) == 1, "the history has what both said", spoken)
  again = imported(p, "one", a[0], b[0])
  t.equal(endpoints(p, again), found, "the same once more changes nothing")
  t.equal(endpoints(p, imported(p, "turned", b[0], a[0])).keys(), b[2], "the other way round the other identifiers stay")


def first_by_address(t, p):
  """The second component meets the machine by its address alone, and by its MAC later: what it said before is kept too."""
  server, a = stage.Host("00:25:90:00:00:01", "10.0.0.1"), stage.Host("00:25:90:00:00:02", "10.0.0.2")
  first = network(p, "first.pcap", [server, a])
  s = stage.Stage()
  s.http(a, server, server="lighttpd/1.4.69")
  s.wait(100)
  s.arp_announce(a)
  s.arp_announce(server)
  s.http(a, server)
  url, x, _ = both(p, "address", first, p.file("second.pcap", s.capture()))
  found = endpoints(p, url)
  titles = {w["value"]["softwareTitle"] for e in found.values() for w in e["software"]}
  t.point(set(found) == x[2] and {"nginx", "lighttpd"} <= titles, "met by address first, it is the same, and nothing it showed is lost", found)


def apart(t, p):
  def host(mac, **words):
    return stage.Host(mac, "10.0.0.2", **words)
  rows = (
    ("a made-up MAC", host("02:25:90:00:00:02"), host("02:25:90:00:00:02"), 3),
    ("another VLAN", host("00:25:90:00:00:02", vlans=[5]), host("00:25:90:00:00:02", vlans=[6]), 4),
    ("no VLAN", host("00:25:90:00:00:02", vlans=[5]), host("00:25:90:00:00:02"), 4),
    ("the same", host("00:25:90:00:00:02", vlans=[5]), host("00:25:90:00:00:02", vlans=[5]), 2),
  )
  for name, one, other, count in rows:
    captures = [network(p, f"{i}.pcap", [stage.Host("00:25:90:00:00:01", "10.0.0.1", vlans=h.vlans), h], 60 * i) for i, h in enumerate((one, other))]
    url, _, _ = both(p, name.replace(" ", "-"), *captures)
    found = endpoints(p, url)
    t.point(len(found) == count, f"{name}: {count} endpoints", "\n".join(map(str, found.values())))


def one_component(t, p):
  """A component that has two endpoints with one MAC knows why."""
  hosts = [stage.Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in (1, 2)]
  a, b = (statements(p, network(p, f"{d}.pcap", hosts, d), f"own-{d}", 1) for d in (0, 600))
  t.equal(len(endpoints(p, imported(p, "own", a[0], b[0]))), 4, "one component's endpoints are not joined")


def event(p, name, component_lines, endpoint, survivor, minute):
  """A file in which a component says that one of its endpoints turned out to be another."""
  with open(component_lines, "rb") as f:
    lines = [json.loads(line) for line in f]
  said = next(l for l in lines if l.get("statementType") == "Event" and l["endpoint"]["endpointIdentifier"] == endpoint)
  time = f"2026-06-30T00:{minute:02}:00.000000Z"
  said.update(assertionId=f"00000000-0000-8000-8000-0000000000{minute:02}", collectionTimestamp=time,
              interval={"start": time, "end": time, "open": False})
  said["attributes"][0]["value"] = {"kind": "gone", "new": survivor}
  return p.file(name, "".join(json.dumps(l, separators=(",", ":")) + "\n" for l in (lines[0], said)).encode())


def joined_and_merged(t, p):
  """What becomes of a joined endpoint is for the component to say that had it first."""
  hosts = [stage.Host(f"00:25:90:00:00:{n:02x}", f"10.0.0.{n}") for n in (1, 2)]
  first, second = (network(p, f"merge-{d}.pcap", hosts, d) for d in (0, 600))
  a, b = statements(p, first, "merge-a", 1), statements(p, second, "merge-b", 2)
  url = imported(p, "merged", a[0], b[0])
  alias = {}
  for of in a[2]:
    alias[of] = next(x for x in (json.loads(l)["endpoint"]["endpointIdentifier"] for l in p.run(
      "inventory", "history", of, "--repository", url).out.decode().splitlines()) if x != of)
  one, other = sorted(a[2])
  imported(p, "merged", event(p, "b-says", b[0], alias[one], alias[other], 1))
  t.equal(set(endpoints(p, url)), a[2], "the later component does not merge what the earlier has as two")
  imported(p, "merged", event(p, "a-says", a[0], one, other, 2))
  t.equal(set(endpoints(p, url)), {other}, "the earlier does")
  last = endpoints(p, url)[other]["lastSeen"]
  with open(b[0], "rb") as f:
    lines = [json.loads(line) for line in f]
  later = next(l for l in lines if l.get("statementType") not in (None, "Event") and l["endpoint"]["endpointIdentifier"] == alias[one])
  time = "2026-07-01T00:00:00.000000Z"
  later.update(assertionId="00000000-0000-8000-8000-000000000099", collectionTimestamp=time, interval={"start": time, "end": time, "open": False})
  imported(p, "merged", p.file("more", "".join(json.dumps(l, separators=(",", ":")) + "\n" for l in (lines[0], later)).encode()))
  found = endpoints(p, url)
  t.point(set(found) == {other} and found[other]["lastSeen"] == time > last, "what the later component says goes on where it is now", found)


def straight(t, p):
  """Two collectors that write into one repository themselves."""
  capture, url = p.file("lab.pcap", tap.lab_capture()), "sqlite:" + p.file("straight")
  for domain in ("1", "2"):
    p.observe("-r", capture, "--observation-domain", domain, "--repository", url)
    if domain == "1":
      before = endpoints(p, url)
  found = endpoints(p, url)
  t.equal(set(found), set(before), "two that write themselves: one endpoint each")
  shown = json.loads(p.run("inventory", "show", sorted(found)[0], "--json", "--explain", "--repository", url).out)
  t.equal(len(shown["collectors"]), 2, "and both are named")


def test(t, p):
  one_each(t, p)
  first_by_address(t, p)
  apart(t, p)
  one_component(t, p)
  joined_and_merged(t, p)
  straight(t, p)


tap.main(test)
