#!/usr/bin/env python3
"""What a peer with a good key, or without any, does to others: registers without end, asks for everything, holds connections, loses its key
in the middle; and clocks of every role that step by an hour. The others are served, nothing acknowledged is lost, each event has its name."""
import hashlib
import json
import os
import resource
import signal
import socket
import sys
import time

import tap

try:
  import roles
  import test_faults
except ImportError:
  roles = None

ROLES = (("manager", "manager"), ("repository", "repository"), ("admin", "admin"), ("collector", "collector"), ("viewer", "viewer"),
         ("flood", "viewer"), ("orchestrator", "orchestrator"))


def whole_site(p, name):
  site = roles.Site(p, name)
  for key, role in ROLES:
    site.key(key, role)
  site.fabric()
  site.manager("--pulse", "1", "--ping", "1")
  site.repository()
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 20)
  return site


def collector(site, *more):
  return site.start("collector", "observe", "-r", tap.LAB, "--publish", site.url, "--key", site.path("keys", "collector.key"), "--spool",
                    site.path("spool"), "--drain", "60", "--stats", site.path("stats"), *more)


def delivered(t, p, site, name, wanted):
  """The collector ends well, with everything acknowledged and stored."""
  t.equal(site.running.pop("collector").wait(180), 0, f"{name}: the collector ends well")
  with open(site.path("stats"), encoding="utf-8") as f:
    stats = json.load(f)
  t.point(stats["sinks"]["fabric"]["delivered"] == stats["assertions"]["made"], f"{name}: everything is acknowledged", stats["sinks"])
  t.point(p.run("inventory", "--json", "--repository", "sqlite:" + site.path("repository.db")).out == wanted,
          f"{name}: the inventory is that of an undisturbed run")


def over(t, site, name):
  t.equal(set(site.stop().values()), {0}, f"{name}: all end well")
  t.point(site.clean(), f"{name}: no sanitizer spoke", site.said()[-3000:])


def registering(t, p):
  """A key under which components register without end: held back, and what it has may not grow without end."""
  site = whole_site(p, "registering")
  c, other = site.client("flood", "viewer"), site.client("viewer", "viewer")
  for i in range(200):
    c.send("register", "service:manager", {"component-type": "other", "component-name": f"x{i}"}, 10000)
  began = time.monotonic()
  header, _ = other.register("other", "honest")
  t.point(header.get("status") == "success" and time.monotonic() - began < 5, "registering: another is registered meanwhile", header)
  codes = {}
  while sum(codes.values()) < 200 and (got := c.receive(15)):
    code = got[0].get("error", {}).get("code", "success")
    codes[code] = codes.get(code, 0) + 1
  t.point(codes.get("success", 0) >= 32 and codes.get("busy", 0) > 0 and sum(codes.values()) == 200, "registering: so many a second, the rest is told", codes)
  for one in (c, other):
    one.close()
  site.kill("manager", signal.SIGTERM)
  with open(site.path("manager", "roster.jsonl"), "a", encoding="utf-8") as f:
    for i in range(1024):
      f.write(json.dumps({"identifier": f"urn:uuid:00000000-0000-4000-8000-{i:012x}", "type": "other", "name": "old", "description": "", "key": "flood",
                          "registered": f"2026-01-01T00:{i // 60:02}:{i % 60:02}.000000Z"}) + "\n")
  site.manager("--pulse", "1", "--ping", "1")
  c = site.client("flood", "viewer")
  t.point(roles.until(lambda: c.register("other", "one more")[0].get("status") == "success", 20), "registering: one more than a key may have is registered")
  with open(site.path("manager", "roster.jsonl"), encoding="utf-8") as f:
    entries = [json.loads(line) for line in f]
  t.point("urn:uuid:00000000-0000-4000-8000-000000000000" not in {e["identifier"] for e in entries} and "one more" in {e["name"] for e in entries},
          "registering: the one not heard of for longest makes room", len(entries))
  t.point({"manager", "repository", "honest"} <= {e["name"] for e in entries}, "registering: and nobody else's")
  c.close()
  over(t, site, "registering")


def asking(t, p, wanted):
  """A viewer that asks for everything again and again: what is to be stored is stored meanwhile."""
  site = whole_site(p, "asking")
  collector(site)
  delivered(t, p, site, "asking", wanted)
  floods = [site.client("flood", "viewer") for _ in range(4)]
  for i in range(250):
    for c in floods:
      c.send("snapshot" if i % 2 else "query", "service:repository", {"query": "endpoints"} if i % 2 == 0 else b"", 30000)
  began = time.monotonic()
  result, stats = p.stats("-r", tap.LAB, "--publish", site.url, "--key", site.path("keys", "collector.key"), "--spool", site.path("spool2"), "--drain", "60",
                          "--observation-domain", "7")
  t.point(result.status == 0 and stats["sinks"]["fabric"]["delivered"] == stats["assertions"]["made"] and time.monotonic() - began < 40,
          "asking: a collector delivers meanwhile", (result, time.monotonic() - began))
  t.equal(site.client("admin", "admin").code("ping", "fabric"), "success", "asking: the fabric answers")
  for c in floods:
    c.close()
  over(t, site, "asking")


def holding(t, p, wanted):
  """More connections that say nothing than the fabric may have files open: those who are there are served, and who comes behind them."""
  site = whole_site(p, "holding")
  pid = site.running["fabric"].pid
  resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")) + 20,) * 2)
  admin = site.client("admin", "admin")
  t.equal(admin.code("ping", "fabric"), "success", "holding: before")
  port, silent = int(site.url.rsplit(":", 1)[1]), []
  for _ in range(60):
    s = socket.socket()
    s.settimeout(1)
    try:
      s.connect(("127.0.0.1", port))
      silent.append(s)
    except OSError:
      s.close()
  t.equal(admin.code("ping", "fabric"), "success", "holding: who was there is served")
  for s in silent:
    s.close()
  collector(site)
  delivered(t, p, site, "holding", wanted)
  admin.close()
  over(t, site, "holding")


def losing(t, p, wanted):
  """Keys are revoked in the middle of a replay, of the collector and of the repository: nothing more is taken from the one or given to the
  other; with new keys all of it arrives, once."""
  site = whole_site(p, "losing")
  admin = site.client("admin", "admin")

  def stored():
    header, _ = admin.ask("changes", "service:repository", {"after": 0, "limit": 1})
    return header.get("sequence", 0)

  collector(site, "--pace", "2")
  t.point(roles.until(stored, 30, 0.02), "losing: some is stored")
  site.keys("revoke", "collector")
  t.point(roles.until(lambda: "revoked" in site.said(), 15), "losing: the collector hears that its key was revoked", site.said()[-500:])
  before = stored()
  time.sleep(2)
  t.equal(stored(), before, "losing: nothing more is taken from it")
  t.equal(site.keys("make", "collector", "--role", "collector").status, 0, "losing: it is given another")
  t.point(roles.until(lambda: stored() > before, 30), "losing: with a new key it goes on", site.said()[-500:])
  site.keys("revoke", "repository")
  t.point(roles.until(lambda: admin.code("query", "service:repository", {"query": "endpoints"}) == "unreachable", 20), "losing: a repository without its key is unreachable")
  site.keys("make", "repository", "--role", "repository")
  t.point(roles.until(stored, 30), "losing: with a new key it serves again", site.said()[-500:])
  delivered(t, p, site, "losing", wanted)
  admin.close()
  over(t, site, "losing")


def stepping(t, p, wanted, library):
  """The time of day of every role steps an hour on, two back and to where it was, during a replay: heartbeats and delivery go on, nobody is
  taken for dead."""
  if not library:
    t.skip("stepping", "the library that steps clocks was not built")
    return
  step = p.file("step", b"0")
  preload = {"LD_PRELOAD": library, "STEP_CLOCK": step, "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")}
  site = roles.Site(p, "stepping")
  for key, role in ROLES:
    site.key(key, role)
  kept = os.environ.get("ASAN_OPTIONS")
  os.environ.update(preload)
  site.fabric()
  site.manager("--pulse", "1", "--ping", "1")
  site.repository()
  collector(site, "--pace", "0.7")
  for name in ("LD_PRELOAD", "STEP_CLOCK", "ASAN_OPTIONS"):
    os.environ.pop(name)
  if kept is not None:
    os.environ["ASAN_OPTIONS"] = kept

  def states():
    listed = json.loads(site.ask("manager", "roster", "--json").out or b"{}").get("components", [])
    return [c["state"] for c in listed if c["name"] != "admin"]

  t.point(roles.until(lambda: states().count("active") == 3, 30), "stepping: all are there", site.said()[-500:])
  for seconds in (3600, -3600, 0):
    with open(step, "w", encoding="ascii") as f:
      f.write(str(seconds))
    time.sleep(4)
    t.equal(set(states()) - {"gone"}, {"active"}, f"stepping: {seconds} s off, all are alive")
  delivered(t, p, site, "stepping", wanted)
  t.equal(p.run("fabric", "verify", site.path("fabric", "audit.jsonl")).status, 0, "stepping: the audit log is whole")
  over(t, site, "stepping")


def pruning(t, p, wanted):
  """An administrator who prunes again and again beside a repository that stores: nobody is kept waiting, and what comes again is there again."""
  site = whole_site(p, "pruning")
  collector(site, "--pace", "2")
  prune = ["repository", "prune", "--retain", "0", "--repository", "sqlite:" + site.path("repository.db")]
  statuses, gone = [], 0
  while site.running["collector"].poll() is None:
    result = p.run(*prune)
    statuses.append(result.status)
    gone += int(result.out.split()[0]) if result.out else 0
  t.point(set(statuses) == {0} and gone > 0, "pruning: meanwhile it forgets", (statuses, gone))
  t.equal(site.running.pop("collector").wait(60), 0, "pruning: the collector ends well")
  t.point("takes nothing" not in site.said(), "pruning: and was never refused", site.said()[-500:])
  t.equal(p.run(*prune).status, 0, "pruning: all is forgotten")
  collector(site, "--spool", site.path("again"))
  delivered(t, p, site, "pruning, then again", wanted)
  over(t, site, "pruning")


def acts(t, p):
  """What an administrator has done through the fabric is in its audit log, with the outcome; what viewers look at is not."""
  site = whole_site(p, "acts")
  admin, viewer = site.client("admin", "admin"), site.client("viewer", "viewer")
  admin.register("other", "console")
  start = {"collection-identifier": "web", "attributes": ["*"]}
  for operation, to, payload in (("collection.start", "service:orchestrator", start), ("collection.start", "service:orchestrator", start),
                                 ("watch.start", "service:repository", {"watch-identifier": "w", "attributes": ["softwareInstance"]}),
                                 ("collection.cancel", "service:orchestrator", {"collection-identifier": "web"})):
    admin.code(operation, to, payload)
  viewer.code("query", "service:repository", {"query": "endpoints"})
  admin.code("import", "service:repository", b"nonsense\n")
  site.running["repository"].send_signal(signal.SIGSTOP)
  admin.code("watch.cancel", "service:repository", {"watch-identifier": "w"}, seconds=1)
  site.running["repository"].send_signal(signal.SIGCONT)
  for c in (admin, viewer):
    c.close()
  over(t, site, "acts")
  with open(site.path("fabric", "audit.jsonl"), encoding="utf-8") as f:
    logged = [json.loads(line) for line in f]
  told = [(a["actor"], a["detail"]["operation"], a["detail"]["outcome"]) for a in logged if a["act"] == "operation"]
  t.equal(told, [("admin", "collection.start", "success"), ("admin", "collection.start", "duplicate"), ("admin", "watch.start", "success"),
                 ("admin", "collection.cancel", "success"), ("admin", "import", "success"), ("admin", "watch.cancel", "deadline")], "acts: who did what, and what came of it")
  digests = {a["detail"]["payload"] for a in logged if a["act"] == "operation"}
  t.point(hashlib.sha256(json.dumps(start).encode()).hexdigest() in digests, "acts: what it was, the digest shows")
  t.point(all(a["detail"]["component"] == admin.identifier for a in logged if a["act"] == "operation"), "acts: and as which component")
  t.equal(p.run("fabric", "verify", site.path("fabric", "audit.jsonl")).status, 0, "acts: the chain is whole")


def no_room(t, p):
  """State that finds no room on the disk is refused, and what was there before stays."""
  site = roles.Site(p, "no-room")
  disk = test_faults.Disk(site.path("small"), "1m")
  if not disk.there:
    t.skip("no room", "cannot mount")
    return
  try:
    for key, role in ROLES:
      site.key(key, role)
    site.fabric()
    site.start("manager", "manager", *site.connection("manager", "manager"), "--state", site.path("small", "manager"), "--pulse", "1")
    site.start("repository", "repository", *site.connection("repository", "repository"), "--state", site.path("small", "repository"), "--repository",
               "sqlite:" + site.path("repository.db"))
    roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 20)
    admin = site.client("admin", "admin")
    collection = {"collection-identifier": "before", "attributes": ["*"]}
    watch = {"watch-identifier": "before", "attributes": ["softwareInstance"]}
    t.equal((admin.code("collection.start", "service:orchestrator", collection), admin.code("watch.start", "service:repository", watch)), ("success", "success"),
            "no room: before")
    disk.fill()
    t.equal(admin.code("collection.start", "service:orchestrator", dict(collection, **{"collection-identifier": "after"})), "storage", "no room: a collection is refused")
    t.equal(admin.code("watch.start", "service:repository", dict(watch, **{"watch-identifier": "after"})), "storage", "no room: a watch is refused")
    disk.free()
    for operation, to, name in (("collection.list", "service:orchestrator", "collection-identifier"), ("watch.list", "service:repository", "watch-identifier")):
      _, body = admin.ask(operation, to, {})
      t.point(b'"before"' in body and b'"after"' not in body, f"no room: {operation} has what was there", body[:300])
    admin.close()
    over(t, site, "no room")
  finally:
    site.stop()
    disk.close()


def test(t, p):
  if not roles:
    t.skip("siege", "python3-zmq is not installed")
    return
  wanted = p.inventory("-r", tap.LAB)[1]
  library = next((os.path.abspath(a) for a in sys.argv[2:] if a.endswith(".so")), None)
  chosen = [a for a in sys.argv[2:] if not a.endswith(".so")]
  for part, more in ((registering, ()), (asking, (wanted,)), (holding, (wanted,)), (losing, (wanted,)), (pruning, (wanted,)), (acts, ()), (stepping, (wanted, library)), (no_room, ())):
    if not chosen or part.__name__ in chosen:
      part(t, p, *more)


tap.main(test)
