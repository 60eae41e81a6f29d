#!/usr/bin/env python3
"""Keys of a fabric while it runs: its own is rotated, a component's is rotated and revoked, and whoever is turned away is told why
at once, not after a time-out."""
import json
import os
import shutil
import signal
import time

import tap

try:
  import roles
except ImportError:
  roles = None


def told(t, p, site, words, status, sentence, name, seconds=4):
  """One line, soon, with the contract's status."""
  began = time.monotonic()
  result = p.run(*words, seconds=30)
  t.point(result.status == status and len(result.lines) == 1 and sentence in result.err, name, result)
  t.point(time.monotonic() - began < seconds, f"{name}: at once", time.monotonic() - began)


def turned_away(t, p, site):
  """Commands that ask say what keeps them out."""
  stranger = roles.Site(p, "elsewhere")
  pub = site.path("keys", "fabric.pub")
  wrong = ["--fabric", site.url, "--key", stranger.key("me", "admin")]
  nowhere = f"tcp://127.0.0.1:{roles.free_port()}"
  for verb in (["manager", "roster"], ["orchestrate", "list"], ["watch"], ["watch", "--snapshot"]):
    name = " ".join(verb)
    told(t, p, site, [*verb, *wrong], 2, "is not the key of this fabric", f"{name}: another fabric's public key")
    told(t, p, site, [*verb, *wrong, "--fabric-key", pub], 2, "is not on its list", f"{name}: a key that is not on the list")
    told(t, p, site, [*verb, "--fabric", site.url], 2, "wants a key", f"{name}: no key")
    told(t, p, site, [*verb, "--fabric", nowhere], 1, "no fabric answers", f"{name}: nobody is there")
  plain = roles.Site(p, "plain", plain=True)
  plain.fabric()
  roles.until(lambda: b"unreachable" in p.run("manager", "roster", "--fabric", plain.url).err.encode())
  told(t, p, site, ["manager", "roster", "--fabric", plain.url, "--key", site.key("admin", "admin")], 2, "leave out --key",
       "a key where there are none")
  plain.stop()


def role_is_told(t, p, site):
  """A role that cannot come goes on, and says once why."""
  stranger = roles.Site(p, "far")
  site.start("lost", "manager", "--fabric", site.url, "--key", stranger.key("manager", "manager"), "--fabric-key",
             site.path("keys", "fabric.pub"), "--state", site.path("lost"))
  t.point(roles.until(lambda: "manager.key: it is not on its list" in site.said(), 5), "a role with a wrong key says so at once", site.said())
  time.sleep(1)
  t.equal(site.said().count("is not on its list"), 1, "and once")
  t.equal(site.kill("lost", signal.SIGTERM), 0, "it ends well")


def active(site):
  result = site.ask("manager", "roster", "--json")
  return [c["name"] for c in json.loads(result.out)["components"] if c["state"] == "active"] if result.status == 0 else []


def fabric_key(t, p, site):
  """All come back under the new key by themselves; nothing is lost."""
  old = site.path("old")
  shutil.copytree(site.path("keys"), old)
  site.start("collector", "observe", "-r", tap.LAB, "--pace", "2", "--publish", site.url, "--key", site.key("collector"), "--spool",
             site.path("spool"), "--drain", "60", "--stats", site.path("stats.json"))
  site.start("watch", "watch", "--json", "--snapshot", *site.connection("viewer", "viewer"))
  t.point(roles.until(lambda: len(active(site)) == 3, 20), "three components are there", site.said())
  result = site.keys("rotate", "fabric")
  t.point(result.status == 0, "the fabric's own key is rotated while it runs", result)
  told(t, p, site, ["manager", "roster", "--fabric", site.url, "--key", site.path("keys", "nobody.key")], 2, "No such file", "a key that is not there")
  t.point(roles.until(lambda: "its key is another now" in site.said(), 5), "the fabric says so", site.said())
  t.point(roles.until(lambda: len(active(site)) == 3, 20), "all are there again", site.said())
  told(t, p, site, ["manager", "roster", "--fabric", site.url, "--key", os.path.join(old, "admin.key")], 2, "is not the key",
       "who has the old public key is told")
  site.keys("rotate", "collector", "--grace", "1")
  t.equal(site.running.pop("collector").wait(60), 0, "the collector delivered everything, its own key rotated, too")
  with open(site.path("stats.json"), encoding="utf-8") as f:
    stats = json.load(f)
  s = stats["sinks"]["fabric"]
  t.equal((s["offered"], s["delivered"]), (stats["assertions"]["made"], stats["assertions"]["made"]), "and counted it")
  t.point(p.run("inventory", "--json", "--repository", "sqlite:" + site.path("repository.db")).out == p.inventory("-r", tap.LAB)[1],
          "the inventory is that of an undisturbed run")
  time.sleep(1.5)
  t.equal(site.kill("watch", signal.SIGTERM), 0, "a subscriber that began with a snapshot missed nothing")
  with open(site.path("fabric", "audit.jsonl"), encoding="utf-8") as f:
    acts = [json.loads(line) for line in f]
  t.point([a["detail"]["public"] for a in acts if a["act"] == "fabric.key"], "the audit log has it")


def revoked(t, site):
  """A component whose key is withdrawn hears it from the next handshake."""
  site.start("doomed", "repository", *site.connection("doomed", "repository"), "--state", site.path("doomed"), "--repository",
             "sqlite:" + site.path("doomed.db"))
  t.point(roles.until(lambda: len(active(site)) == 3, 20), "a second repository is there", active(site))
  site.keys("revoke", "doomed")
  t.point(roles.until(lambda: "doomed.key: it is not on its list, was revoked" in site.said(), 20), "revoked, it says why it is not heard", site.said()[-1500:])
  t.equal(site.kill("doomed", signal.SIGTERM), 0, "it ends well all the same")


def nowhere(t, p):
  """Who looks at keys makes no directory for them; a word that was cut short is understood."""
  for words in (("list",), ("revoke", "maria"), ("rotate", "maria")):
    result = p.run("keys", *words, "--directory", "nowhere")
    t.point(result.status == 2 and len(result.lines) == 1 and "keys make" in result.err, f"{words[0]} where no keys are", result)
  t.point(not os.path.exists(os.path.join(p.folder.name, "nowhere")), "and nothing is made there")
  result = p.run("keys", "list", "--dir", "nowhere")
  t.point(result.status == 2 and "did you mean --directory?" in result.err, "the beginning of an option", result)


def test(t, p):
  nowhere(t, p)
  if not roles:
    t.skip("keys", "python3-zmq is not installed")
    return
  site = roles.Site(p)
  for key, role in (("admin", "admin"), ("viewer", "viewer"), ("collector", "collector"), ("manager", "manager"), ("repository", "repository")):
    site.key(key, role)
  result = site.keys("rotate", "fabric", "--grace", "5")
  t.point(result.status == 2 and len(result.lines) == 1, "a fabric's key has no grace", result)
  site.fabric()
  site.manager("--pulse", "1")
  site.repository()
  roles.until(lambda: len(active(site)) == 2, 20)
  turned_away(t, p, site)
  role_is_told(t, p, site)
  fabric_key(t, p, site)
  revoked(t, site)
  statuses = site.stop()
  t.equal(set(statuses.values()), {0}, "all end well")
  t.equal(p.run("fabric", "verify", site.path("fabric", "audit.jsonl")).status, 0, "the audit log is whole")
  t.point(site.clean(), "no sanitizer spoke", site.said()[-3000:])


tap.main(test)
