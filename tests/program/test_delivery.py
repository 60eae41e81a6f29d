#!/usr/bin/env python3
"""From a collector over the fabric into a repository: everything once, whatever is killed on the way."""
import json
import os
import random
import signal
import subprocess
import sys
import time

import tap

try:
  import roles
except ImportError:
  roles = None

KILLS = int(os.environ.get("ONLOOKER_KILLS", "12"))  # ./dev soak asks for more


def whole_site(p, name, pulse="1"):
  site = roles.Site(p, name)
  for key, role in (("manager", "manager"), ("repository", "repository"), ("admin", "admin"), ("collector", "collector"),
                    ("viewer", "viewer")):
    site.key(key, role)
  site.fabric()
  site.manager("--pulse", pulse)
  site.repository()
  return site


def publish(site, *more, spool="spool", pcap=tap.LAB, key="collector"):
  return ["-r", pcap, "--publish", site.url, "--key", site.path("keys", key + ".key"), "--spool", site.path(spool), *more]


def inventory(p, site, database="repository.db"):
  return p.run("inventory", "--json", "--repository", "sqlite:" + site.path(database)).out


def counters(stats):
  return stats.get("sinks", {}).get("fabric", {})


def balanced(t, stats, name):
  s = counters(stats)
  t.point(s and s["offered"] == s["delivered"] + sum(s["dropped"].values()) == stats["assertions"]["made"],
          f"{name}: offered = delivered + dropped", s)


def undisturbed(t, p, wanted):
  site = whole_site(p, "quiet")
  viewer = site.client("viewer", "viewer")
  for prefix in ("/notification/collection/", "/notification/repository/"):
    viewer.subscribe(prefix)
    viewer.note("subscribed")
  result, stats = p.stats(*publish(site, "--json", site.path("also.jsonl"), "--refresh", "1800"))
  t.point(result.status == 0 and result.clean(), "a replay into a fabric ends well", result)
  balanced(t, stats, "undisturbed")
  t.equal(counters(stats).get("delivered"), stats["assertions"]["made"], "everything was acknowledged")
  t.point(inventory(p, site) == wanted, "the inventory is that of a repository written straight")
  heard = {}
  while True:
    frames = viewer.hear(1.5)
    if not frames:
      break
    topic = frames[0].decode()
    header = json.loads(frames[1])
    heard.setdefault(topic, []).append((header, frames[2]))
  with open(site.path("also.jsonl"), "rb") as f:
    written = {json.loads(line).get("assertionId") for line in f} - {None}
  t.equal({h["provenance"]["refreshSeconds"] for h, _ in heard.get("/notification/collection/observation/json/default/", [])}, {1800},
          "broadcasts say how long what they tell holds")
  for topic in ("/notification/collection/observation/json/default/", "/notification/repository/change/json/default/"):
    messages = heard.get(topic, [])
    ids = [json.loads(line)["assertionId"] for _, body in messages for line in body.splitlines()]
    t.point(len(ids) == len(set(ids)) and set(ids) == written, f"{topic}: every assertion once")
    t.equal([h["sequence"] for h, _ in messages], list(range(1, len(messages) + 1)), f"{topic}: no gap")
  changes = [h for h, _ in heard.get("/notification/repository/change/json/default/", [])]
  t.point(changes and all(a["last"] == b["after"] for a, b in zip(changes, changes[1:])), "each change begins where the last ended")
  again, stats = p.stats(*publish(site, spool="second"))
  t.point(again.status == 0 and inventory(p, site) == wanted, "the same again, from another spool, changes nothing", again)
  roster = json.loads(site.ask("manager", "roster", "--json").out)["components"]
  repository = [c for c in roster if c["type"] == "repository-interface"][0]
  counted = roles.until(lambda: (lambda c: c["stored"] == c["duplicates"] and c)(
      [c for c in json.loads(site.ask("manager", "roster", "--json").out)["components"] if c["type"] == "repository-interface"][0]
      .get("counters", {"stored": 0, "duplicates": 1})), 5)
  t.point(counted, "the repository counted them as duplicates", repository)
  viewer.close()
  t.equal(set(site.stop().values()), {0}, "all end well")
  t.point(site.clean(), "no sanitizer spoke", site.said()[-3000:])


def published(site):
  """How many broadcasts the fabric was given."""
  admin = site.client("admin", "admin")
  count = json.loads(admin.ask("counters", "fabric")[1])["broadcast"]["received"]
  admin.close()
  return count


def unheard(t, p, wanted):
  """What nobody subscribes to is not sent; who comes later has all that comes then."""
  site = whole_site(p, "unheard", pulse="60")  # what they say of how they are is broadcast, too
  time.sleep(0.3)
  before = published(site)
  result, stats = p.stats(*publish(site, "--pace", "4"))
  t.equal((result.status, counters(stats).get("delivered")), (0, stats["assertions"]["made"]), "without subscribers everything is acknowledged")
  alone = published(site) - before
  t.point(inventory(p, site) == wanted, "and stored")
  viewer = site.client("viewer", "viewer")
  for prefix in ("/notification/collection/", "/notification/repository/"):
    viewer.subscribe(prefix)
    viewer.note("subscribed")
  before = published(site)
  with open(site.path("other.site"), "w", encoding="utf-8") as f:
    f.write("0123456789abcdef" * 2 + "\n")  # other identifiers: nothing is a duplicate
  os.chmod(site.path("other.site"), 0o600)
  result, stats = p.stats(*publish(site, "--pace", "4", "--site-key", site.path("other.site"), spool="second"))
  heard = {"collection": 0, "repository": 0}
  for frames in iter(lambda: viewer.hear(1), None):
    if frames[0].split(b"/")[2].decode() in heard:
      heard[frames[0].split(b"/")[2].decode()] += json.loads(frames[1])["count"]
  made = stats["assertions"]["made"]
  t.equal(heard, {"collection": made, "repository": made}, "a later subscriber has all that is made and stored then")
  t.point(alone < (published(site) - before) / 2, "which was not sent to nobody", (alone, published(site) - before))
  viewer.close()
  site.stop()
  t.point(site.clean(), "no sanitizer spoke", site.said()[-3000:])


def repository_down(t, p, wanted):
  """What cannot be delivered waits in the spool and arrives with the next run."""
  site = whole_site(p, "down")
  roles.until(lambda: b"repository" in site.ask("manager", "roster").out)
  site.kill("repository")
  result, stats = p.stats(*publish(site, "--drain", "1"))
  t.point(result.status == 3 and "wait in the spool" in result.err, "without a repository the end says what waits", result)
  t.equal(counters(stats).get("dropped", {}).get("inSpool"), stats["assertions"]["made"], "all of it is counted so")
  balanced(t, stats, "repository down")
  site.kill("fabric")
  result, stats = p.stats(*publish(site, "--drain", "0", spool="other"))
  t.equal((result.status, counters(stats)["dropped"].get("inSpool")), (3, stats["assertions"]["made"]), "nor without a fabric is anything lost")
  site.fabric()
  site.repository()
  empty = p.file("empty.pcap", bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
  for spool in ("spool", "other"):
    result, stats = p.stats(*publish(site, spool=spool, pcap=empty))
    t.point(result.status == 0, f"{spool}: the next run delivers it", result)
  t.point(inventory(p, site) == wanted, "and all is there")
  site.stop()


def memory_spool(t, p):
  site = roles.Site(p, "memory")
  site.key("collector", "collector")
  arguments = ["-r", tap.LAB, "--publish", site.url, "--key", site.path("keys", "collector.key"), "--drain", "0"]
  result, stats = p.stats(*arguments)
  t.equal((result.status, counters(stats)["dropped"].get("unacknowledged")), (3, stats["assertions"]["made"]),
          "without --spool what was not acknowledged is counted as lost")


def wrong_keys(t, p):
  site = whole_site(p, "wrong")
  other = roles.Site(p, "elsewhere")
  stranger = other.key("collector", "collector")
  result, stats = p.stats("-r", tap.LAB, "--publish", site.url, "--key", stranger, "--fabric-key", site.path("keys", "fabric.pub"),
                          "--spool", site.path("x"), "--drain", "1")
  t.point((result.status, counters(stats).get("delivered")) == (3, 0), "a key that is not on the list delivers nothing", result)
  result, stats = p.stats(*publish(site, "--drain", "1", spool="y", key="viewer"))
  t.point((result.status, counters(stats).get("delivered")) == (3, 0), "nor does one of another role", result)
  result = p.run("observe", *publish(site, "--sign", site.path("keys", "fabric.key")))
  t.point(result.status == 2 and len(result.lines) == 1, "a signing key that is none: one line", result)
  site.stop()


def signatures(t, p, wanted):
  site = roles.Site(p, "signed")
  for key, role in (("manager", "manager"), ("repository", "repository"), ("collector", "collector")):
    site.key(key, role)
  for name in ("ours", "theirs"):
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", site.path(name + ".pem")], check=True, stderr=subprocess.DEVNULL)
    os.chmod(site.path(name + ".pem"), 0o600)
    subprocess.run(["openssl", "pkey", "-in", site.path(name + ".pem"), "-pubout", "-out", site.path(name + ".pub")], check=True)
  site.fabric()
  site.manager()
  site.repository("repository.db", "repository", "--trusted", site.path("ours.pub"))
  for sign, spool, name in ((["--sign", site.path("theirs.pem")], "a", "another's signature"), ([], "b", "no signature")):
    result, stats = p.stats(*publish(site, *sign, spool=spool))
    t.point(result.status == 3 and counters(stats)["dropped"]["refused"] == stats["assertions"]["made"], f"{name}: refused, and counted", result)
  result, _ = p.stats(*publish(site, "--sign", site.path("ours.pem"), spool="c"))
  t.point(result.status == 0 and inventory(p, site) == wanted, "a trusted signature: taken", result)
  site.stop()


def full(t, p):
  site = roles.Site(p, "full")
  site.key("collector", "collector")
  capture = os.environ.get("ONLOOKER_BIG", tap.LAB)
  arguments = publish(site, "--drain", "0", "--spool-size", "1", "--refresh", "1", "--raw", pcap=capture)
  result, stats = p.stats(*arguments)
  balanced(t, stats, "small spool")
  room = "/dev/shm/onlooker-full"
  os.makedirs(room, exist_ok=True)
  mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", room], check=False, stderr=subprocess.DEVNULL)
  if mounted.returncode:
    t.skip("a full disk", "cannot mount")
    return
  try:
    result, stats = p.stats("-r", tap.LAB, "--publish", site.url, "--key", site.path("keys", "collector.key"), "--spool", room + "/s",
                            "--drain", "0")
    t.point(result.status == 3 and counters(stats)["dropped"].get("spoolFailed", 0) > 0, "a full disk is counted by name", result)
    balanced(t, stats, "full disk")
  finally:
    subprocess.run(["umount", room], check=False)
    os.rmdir(room)


def kills(t, p, wanted):
  """Roles die at any moment of a replay and are started again; in the end the inventory is the same."""
  seed = int(os.environ.get("ONLOOKER_SEED", time.time()))
  r = random.Random(seed)
  site = whole_site(p, "kills")
  start = {"fabric": site.fabric, "manager": lambda: site.manager("--pulse", "1"), "repository": site.repository,
           "collector": lambda: site.start("collector", "observe", *publish(site, "--pace", "4", "--drain", "60"))}
  start["collector"]()
  killed = {name: 0 for name in start}
  while sum(killed.values()) < KILLS:
    time.sleep(r.uniform(0.02, 0.6))
    name = r.choice(list(start))
    if name != "collector" or site.running["collector"].poll() is None:
      site.kill(name)
    else:
      site.running.pop(name)
    killed[name] += 1
    start[name]()
  status = site.running.pop("collector").wait(120)
  t.equal(status, 0, f"the replay that was left to end ends well (seed {seed}, {killed})")
  t.point(inventory(p, site) == wanted, f"after {KILLS} kills the inventory is that of an undisturbed run (seed {seed})", site.said()[-2000:])
  t.equal(p.run("fabric", "verify", site.path("fabric", "audit.jsonl")).status, 0, "the audit log is whole, too")
  site.stop()
  t.point(site.clean(), "no sanitizer spoke", site.said()[-3000:])


def importing(t, p, wanted):
  """What endpoints say of themselves, as a directed request: counted, committed, told as a change; for an admin alone."""
  site = whole_site(p, "importing")
  t.equal(p.stats(*publish(site))[0].status, 0, "import: endpoints are known")
  viewer = site.client("viewer", "viewer")
  viewer.subscribe("/notification/repository/change/")
  viewer.note("subscribed")
  report = p.file("dpkg.txt", b"".join(f"ii  package{i}:amd64  1.{i}-1  amd64  one of many\n".encode() for i in range(300)))
  words = ["repository", "import", report, "--format", "dpkg", "--endpoint", "10.20.30.12", "--at", "2026-11-22T00:00:00Z", "--fabric", site.url]
  admin = ["--key", site.path("keys", "admin.key")]
  result = p.run(*words, *admin)
  t.point(result.status == 0 and b"300 stored, 0 there already, 0 refused" in result.out, "import: a report is stored", result)
  lines, headers = [], []
  while (frames := viewer.hear(1)):
    headers.append(json.loads(frames[1]))
    lines += [json.loads(line) for line in frames[2].splitlines()]
  t.point(len(lines) == 300 and all("self" in line["attributes"][0]["howKnown"] for line in lines), "import: and told as changes", len(lines))
  t.point(all(a["last"] == b["after"] for a, b in zip(headers, headers[1:])), "import: without a gap", headers[:2])
  result = p.run(*words, *admin)
  t.point(result.status == 0 and b"0 stored, 300 there already" in result.out, "import: the same again is a duplicate", result)
  bad = p.file("bad.jsonl", b'{"nonsense":1}\n')
  for more, status, sentence, name in ((["--key", site.path("keys", "viewer.key")], 1, "forbidden", "a viewer"),
                                       (["--key", site.path("keys", "collector.key")], 1, "forbidden", "a collector"),
                                       ([*admin, "--endpoint", "10.9.9.9"], 2, "no endpoint is named so", "an endpoint there is none of"),
                                       ([*admin, "--format", "king"], 2, "", "a format that is none")):
    result = p.run(*words, *more)
    t.point(result.status == status and sentence in result.err and len(result.lines) == 1, f"import: refused: {name}", result)
  result = p.run("repository", "import", bad, "--fabric", site.url, *admin)
  t.point(result.status == 3 and "1 lines refused" in result.err, "import: a line that is no assertion is refused and counted", result)
  result = p.run("repository", "prune", "--fabric", site.url)
  t.point(result.status == 2 and len(result.lines) == 1, "import: the other verbs have no fabric", result)
  t.equal(p.stats(*publish(site, spool="after"))[0].status, 0, "import: and collectors are served on")
  site.kill("repository")
  result = p.run(*words, *admin)
  t.point(result.status == 1 and "unreachable" in result.err, "import: nobody is there to keep it", result)
  viewer.close()
  site.stop()
  t.point(site.clean(), "import: no sanitizer spoke", site.said()[-3000:])


def test(t, p):
  if not roles:
    t.skip("delivery", "python3-zmq is not installed")
    return
  wanted = p.inventory("-r", tap.LAB)[1]
  t.point(len(wanted) > 1000, "there is something to compare with")
  for part in (undisturbed, unheard, repository_down, signatures, importing, kills):
    if len(sys.argv) < 3 or part.__name__ in sys.argv[2:]:
      part(t, p, wanted)
  for part in (memory_spool, wrong_keys, full):
    if len(sys.argv) < 3 or part.__name__ in sys.argv[2:]:
      part(t, p)


tap.main(test)
