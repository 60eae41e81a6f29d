#!/usr/bin/env python3
"""Many collectors at once into one fabric, three subscribers: every count adds up."""
import json
import os
import sys
import threading

import tap

try:
  import roles
except ImportError:
  roles = None

COLLECTORS = int(os.environ.get("ONLOOKER_COLLECTORS", "20"))
CHANGES = "/notification/repository/change/json/default/"
OBSERVATIONS = "/notification/collection/observation/json/default/"


class Listener(threading.Thread):
  """Hears everything until it has been quiet for a while."""

  def __init__(self, site, name):
    super().__init__(daemon=True)
    self.client = site.client(name, "viewer")
    for prefix in (OBSERVATIONS, CHANGES):
      self.client.subscribe(prefix)
      self.client.note("subscribed")
    self.ids, self.messages, self.streams, self.gaps = {OBSERVATIONS: [], CHANGES: []}, 0, {}, 0
    self.over = threading.Event()

  def run(self):
    while True:
      frames = self.client.hear(1)
      if not frames:
        if self.over.is_set():
          return
        continue
      topic, header = frames[0].decode(), json.loads(frames[1])
      self.messages += 1
      self.ids[topic] += [line[16:54] for line in frames[2].splitlines()]
      stream = header["component"], header["boot"], topic
      self.gaps += header["sequence"] - self.streams.get(stream, 0) - 1
      self.streams[stream] = header["sequence"]


def stored_in(client, identifier):
  """Identifiers of the assertions a repository has."""
  ids, after, more = [], 0, True
  while more:
    header, body = client.ask("changes", identifier, {"after": after, "limit": 10000}, seconds=20)
    ids += [json.loads(line)["assertionId"] for line in body.splitlines()]
    more, after = header.get("last", 0) > after and header["last"] < header["sequence"], header.get("last", 0)
  return ids


def two_repositories(t, p):
  """Behind one fabric each message goes to one of several repositories; what one stores, the other does not."""
  site = roles.Site(p, "two")
  names = [f"collector{i}" for i in range(4)]
  for key, role in (("manager", "manager"), ("a", "repository"), ("b", "repository"), ("admin", "admin"), *((n, "collector") for n in names)):
    site.key(key, role)
  site.fabric()
  site.manager()
  for name in "ab":
    site.repository(name + ".db", name)
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 3)
  for i, name in enumerate(names):
    site.start(name, "observe", "-r", tap.LAB, "--publish", site.url, "--key", site.key(name), "--spool", site.path("spool" + name),
               "--observation-domain", str(i + 1), "--workers", "1", "--drain", "60", "--stats", site.path("stats" + name))
  statuses = {site.running.pop(name).wait(300) for name in names}
  t.point(statuses == {0}, "two repositories: four collectors end well", (statuses, site.said()[-2000:]))
  made = 0
  for name in names:
    with open(site.path("stats" + name), encoding="utf-8") as f:
      made += json.load(f)["sinks"]["fabric"]["delivered"]
  admin = site.client("admin", "admin")
  roster = json.loads(site.ask("manager", "roster", "--json").out)["components"]
  parts = [stored_in(admin, c["identifier"]) for c in roster if c["type"] == "repository-interface"]
  t.equal((len(parts), sum(map(len, parts)), len(set().union(*parts))), (2, made, made), "two repositories: each assertion is in one of them, once")
  t.point(all(parts), "two repositories: both have their share", [len(x) for x in parts])
  admin.close()
  t.equal(set(site.stop().values()), {0}, "two repositories: all end well")
  t.point(site.clean(), "two repositories: no sanitizer spoke", site.said()[-3000:])


def test(t, p):
  if not roles:
    t.skip("many collectors", "python3-zmq is not installed")
    return
  site = roles.Site(p)
  for key, role in (("manager", "manager"), ("repository", "repository"), ("admin", "admin"), ("a", "viewer"), ("b", "viewer"), ("c", "viewer")):
    site.key(key, role)
  for i in range(COLLECTORS):
    site.key(f"collector{i}", "collector")
  site.fabric()
  site.manager()
  site.repository()
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2)
  listeners = [Listener(site, name) for name in "abc"]
  for l in listeners:
    l.start()
  for i in range(COLLECTORS):
    site.start(f"collector{i}", "observe", "-r", tap.LAB, "--publish", site.url, "--key", site.key(f"collector{i}"), "--spool",
               site.path(f"spool{i}"), "--observation-domain", str(i + 1), "--workers", "1", "--drain", "60", "--stats",
               site.path(f"stats{i}"), "--name", f"sensor{i}")
  statuses = [site.running.pop(f"collector{i}").wait(300) for i in range(COLLECTORS)]
  t.equal(set(statuses), {0}, f"{COLLECTORS} collectors at once end well")
  made = delivered = 0
  for i in range(COLLECTORS):
    with open(site.path(f"stats{i}"), encoding="utf-8") as f:
      stats = json.load(f)
    made += stats["assertions"]["made"]
    delivered += stats["sinks"]["fabric"]["delivered"]
  t.equal(delivered, made, "what they made was acknowledged")
  for l in listeners:
    l.over.set()
  for l in listeners:
    l.join(60)
  admin = site.client("admin", "admin")
  counters = json.loads(admin.ask("counters", "fabric")[1])
  rows = {r["key"]: r for r in counters["subscribers"]}
  for l, name in zip(listeners, "abc"):
    row = rows[name]
    t.equal((row["offered"], row["sent"]), (row["sent"] + row["missed"], l.messages), f"{name}: offered = sent + missed, sent = heard")
    t.point(l.gaps == row["missed"], f"{name}: the gaps in the numbers are what was missed", (l.gaps, row["missed"], site.said()[-2000:]))
    if not row["missed"]:
      for topic in (OBSERVATIONS, CHANGES):
        t.equal((len(l.ids[topic]), len(set(l.ids[topic]))), (made, made), f"{name}: {topic}: every assertion once")
  roster = json.loads(site.ask("manager", "roster", "--json").out)["components"]
  t.equal(sorted(c["name"] for c in roster if c["type"] == "posture-collection-service"), sorted(f"sensor{i}" for i in range(COLLECTORS)),
          "the roster has each collector once")
  d = counters["directed"]
  t.equal(d["received"], d["forwarded"] + d["answered"] + sum(d["refused"].values()) + d["responses"] + d["late"],
          "the fabric accounts for every directed message")
  listed = p.run("inventory", "--json", "--repository", "sqlite:" + site.path("repository.db")).out.splitlines()
  listed = [json.loads(line) for line in listed]
  routers = [e for e in listed if any(h["value"].get("kind") == "router" for h in e["hardware"])]
  t.point(len(listed) - len(routers) == 6 and 1 <= len(routers) <= COLLECTORS,
          "the repository has each machine once, a router at most as often as collectors saw it", (len(listed), len(routers)))
  admin.close()
  for l in listeners:
    l.client.close()
  t.equal(set(site.stop().values()), {0}, "all end well")
  t.point(site.clean(), "no sanitizer spoke", site.said()[-3000:])
  two_repositories(t, p)


if __name__ == "__main__":
  sys.exit(tap.main(test))
