#!/usr/bin/env python3
"""Faults of the roles as real processes: clocks that step, disks that fill, files that are damaged, peers that are silent, slow, forge or
speak nonsense. Nothing acknowledged is lost, nobody unauthorised is heard, and each event has its name."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

import tap

try:
  import roles
except ImportError:
  roles = None

ROLES = (("manager", "manager"), ("repository", "repository"), ("admin", "admin"), ("collector", "collector"), ("viewer", "viewer"),
         ("other", "collector"))


def whole_site(p, name, repository=True):
  site = roles.Site(p, name)
  for key, role in ROLES:
    site.key(key, role)
  site.fabric()
  site.manager("--pulse", "1", "--ping", "1")
  if repository:
    site.repository()
    roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 20)
  return site


def publish(site, *more, spool="spool", pcap=tap.LAB):
  return ["-r", pcap, "--publish", site.url, "--key", site.path("keys", "collector.key"), "--spool", site.path(spool), *more]


def sink(stats):
  return stats.get("sinks", {}).get("fabric", {})


def balanced(stats):
  s = sink(stats)
  return bool(s) and s["offered"] == s["delivered"] + sum(s["dropped"].values()) == stats["assertions"]["made"]


def inventory(p, site):
  return p.run("inventory", "--json", "--repository", "sqlite:" + site.path("repository.db")).out


def over(t, site, name):
  t.equal(set(site.stop().values()), {0}, f"{name}: all end well")
  t.point(site.clean(), f"{name}: no sanitizer spoke", site.said()[-3000:])


class Disk:
  """A small file system of its own; `grow` gives it room."""

  def __init__(self, path, size):
    os.makedirs(path, exist_ok=True)
    self.path = path
    self.there = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", path], check=False, stderr=subprocess.DEVNULL).returncode == 0

  def fill(self, leave=0):
    fd = os.open(os.path.join(self.path, "fill"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
      while os.write(fd, b"x" * 4096) > 0:
        pass
    except OSError:
      pass
    if leave:
      os.ftruncate(fd, max(0, os.fstat(fd).st_size - leave))
    os.close(fd)

  def free(self):
    os.unlink(os.path.join(self.path, "fill"))

  def close(self):
    if self.there:
      subprocess.run(["umount", "-l", self.path], check=False)


# ---- clocks ----

def stepped(p, name, steps):
  """The recording with its times moved, from some packets on, by so many seconds each."""
  data = tap.lab_capture()
  endian = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
  out, at, number = bytearray(data[:24]), 24, 0
  while at < len(data):
    seconds, fraction, caplen, length = struct.unpack(endian + "IIII", data[at:at + 16])
    seconds += sum(step for first, step in steps if number >= first)
    out += struct.pack(endian + "IIII", seconds, fraction, caplen, length) + data[at + 16:at + 16 + caplen]
    at, number = at + 16 + caplen, number + 1
  return p.file(name, bytes(out))


def clock_of_packets(t, p):
  """Packets whose clock steps an hour back, a day ahead and back again: all is delivered, and no interval is upside down."""
  site = whole_site(p, "packet-clock")
  pcap = stepped(p, "stepped.pcap", ((100, -3600), (300, 86400), (500, -86400)))
  result, stats = p.stats(*publish(site, pcap=pcap))
  t.point(result.status in (0, 3) and result.clean() and balanced(stats), "packet clock: every count adds up", result)
  t.equal(sink(stats).get("delivered"), stats["assertions"]["made"], "packet clock: everything was acknowledged")
  endpoints = [json.loads(line) for line in inventory(p, site).splitlines()]
  t.point(endpoints and all(e["firstSeen"] <= e["lastSeen"] for e in endpoints), "packet clock: nobody was last seen before he was first seen",
          [(e["firstSeen"], e["lastSeen"]) for e in endpoints])
  held = [c["interval"] for e in endpoints for c in e["designation"] + e["software"]]
  t.point(held and all(i["start"] <= i["end"] for i in held), "packet clock: nothing ends before it begins")
  over(t, site, "packet clock")


def clock_of_machine(t, p, library):
  """The time of day of a running repository steps: named in the roster and a status message; delivery and heartbeats go on."""
  if not library:
    t.skip("machine clock", "the library that steps it was not built")
    return
  site = whole_site(p, "machine-clock", repository=False)
  step = p.file("step", b"0")
  os.environ.update(LD_PRELOAD=library, STEP_CLOCK=step, ASAN_OPTIONS="verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", ""))
  site.repository()
  os.environ.pop("LD_PRELOAD")
  viewer = site.client("viewer", "viewer")
  viewer.subscribe("/notification/status/")

  def row():
    listed = json.loads(site.ask("manager", "roster", "--json").out or b"{}").get("components", [])
    return ([c for c in listed if c["type"] == "repository-interface"] or [{}])[0]

  t.point(roles.until(lambda: row().get("state") == "active", 20), "machine clock: the repository is there", site.said()[-800:])
  total = 0
  for seconds in (7200, -7200, 0):
    with open(step, "w", encoding="ascii") as f:
      f.write(str(seconds))
    told = roles.until(lambda s=seconds: abs(row().get("clockDifferenceMicroseconds", 9e12) - s * 1e6) < 2e6, 40, 0.3)
    t.point(told, f"machine clock: {seconds} s off is in the roster", row())
    t.equal(row().get("state"), "active", f"machine clock: {seconds} s off: its heartbeat goes on")
    result, stats = p.stats(*publish(site, "--observation-domain", str(100 + seconds % 7), spool=f"spool{seconds}"))
    total += 1
    t.point(result.status == 0 and balanced(stats), f"machine clock: {seconds} s off: everything is acknowledged", result)
  codes = []
  while (frames := viewer.hear(0.5)):
    codes.append(json.loads(frames[2]).get("code"))
  t.point("clock" in codes, "machine clock: a status message names it", codes)
  viewer.close()
  over(t, site, "machine clock")


# ---- disks ----

def sick_disk(t, p, library):
  """A disk that is waited for: what is committed and not on it is not acknowledged. One that fails: nothing is acknowledged from
  then on, until the repository is started again; then all arrives."""
  if not library:
    t.skip("sick disk", "the library that makes it sick was not built")
    return
  site = whole_site(p, "sick-disk", repository=False)
  word = p.file("word", b"well")
  os.environ.update(LD_PRELOAD=library, SICK_DISK=word, ASAN_OPTIONS="verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", ""))
  site.repository()
  os.environ.pop("LD_PRELOAD")
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 20)
  empty = p.file("nobody.pcap", bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))

  def say(text):
    with open(word, "w", encoding="ascii") as f:
      f.write(text)

  def stored():
    return len(inventory(p, site))

  early = stepped(p, "early.pcap", ((0, -86400),))
  result, stats = p.stats(*publish(site, pcap=early))
  t.point(result.status == 0 and balanced(stats), "sick disk: well at first", result)
  say("wait")
  before = stored()
  result, stats = p.stats(*publish(site, "--drain", "4"))
  t.equal((result.status, sink(stats).get("delivered")), (3, 0), "sick disk: while it is waited for nothing is acknowledged")
  t.point(stored() != before, "sick disk: though it is committed")
  say("well")
  result, stats = p.stats(*publish(site, "--drain", "30", pcap=empty))
  t.equal(result.status, 0, "sick disk: well again, all of it is")
  say("fail")
  later = stepped(p, "later.pcap", ((0, 86400),))
  result, stats = p.stats(*publish(site, "--drain", "4", pcap=later))
  t.equal((result.status, sink(stats).get("delivered")), (3, 0), "sick disk: what it did not keep is not acknowledged")
  t.point("the disk did not keep what was written" in result.err, "sick disk: and the collector hears why", result)
  say("well")
  result, stats = p.stats(*publish(site, "--drain", "2", pcap=empty))
  t.equal(result.status, 3, "sick disk: nor is it once it is well: what was lost is not known")
  site.kill("repository", signal.SIGTERM)
  site.repository()
  result, stats = p.stats(*publish(site, "--drain", "30", pcap=empty))
  t.equal(result.status, 0, "sick disk: started again, the repository has everything")
  over(t, site, "sick disk")


def taken_away(t, p, wanted):
  """A repository whose file is deleted under it acknowledges nothing more; started again, it has everything that waited."""
  site = whole_site(p, "taken-away")
  for end in ("", "-wal", "-shm"):
    os.unlink(site.path("repository.db" + end))
  result, stats = p.stats(*publish(site, "--drain", "3"))
  t.equal((result.status, sink(stats).get("delivered")), (3, 0), "file deleted: nothing is acknowledged")
  t.point("moved or deleted" in result.err, "file deleted: and the collector hears why", result)
  site.kill("repository", signal.SIGTERM)
  site.repository()
  result, _ = p.stats(*publish(site, "--drain", "30"))
  t.equal(result.status, 0, "file deleted: started again, the repository takes everything")
  t.point(inventory(p, site) == wanted, "file deleted: the inventory is that of an undisturbed run")
  over(t, site, "file deleted")


def repository_disk(t, p, wanted):
  """A repository whose disk is full acknowledges nothing it cannot keep; with room again all arrives, once."""
  site = whole_site(p, "full-repository", repository=False)
  disk = Disk(site.path("small"), "3m")
  if not disk.there:
    t.skip("repository's disk", "cannot mount")
    return
  try:
    site.repository("small/repository.db")
    roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 20)
    disk.fill(leave=8192)
    viewer = site.client("viewer", "viewer")
    viewer.subscribe("/notification/status/")
    viewer.note("subscribed")
    site.start("collector", "observe", *publish(site, "--drain", "60", "--stats", site.path("stats.json")))
    t.point(roles.until(lambda: "the repository takes nothing" in site.said(), 20), "repository's disk: the collector says that nothing is taken", site.said()[-800:])
    codes = []
    while (frames := viewer.hear(1)):
      codes.append(json.loads(frames[2]).get("code"))
    t.point("error" in codes, "repository's disk: a status message names it", codes)
    viewer.close()
    disk.free()
    t.equal(site.running.pop("collector").wait(90), 0, "repository's disk: with room again all is acknowledged")
    with open(site.path("stats.json"), encoding="utf-8") as f:
      stats = json.load(f)
    t.point(balanced(stats) and sink(stats)["delivered"] == stats["assertions"]["made"], "repository's disk: and counted", sink(stats))
    t.point(p.run("inventory", "--json", "--repository", "sqlite:" + site.path("small", "repository.db")).out == wanted,
            "repository's disk: the inventory is that of an undisturbed run")
    over(t, site, "repository's disk")
  finally:
    site.stop()
    disk.close()


def state_disk(t, p):
  """Manager and fabric without room for their state: a registration that cannot be kept is refused, the audit log says what it misses."""
  site = roles.Site(p, "full-state")
  disk = Disk(site.path("small"), "1m")
  if not disk.there:
    t.skip("state's disk", "cannot mount")
    return
  try:
    for key, role in ROLES:
      site.key(key, role)
    site.start("fabric", "fabric", "--keys", site.path("keys"), "--listen", site.url, "--state", site.path("small", "fabric"))
    site.start("manager", "manager", *site.connection("manager", "manager"), "--state", site.path("small", "manager"), "--pulse", "1")
    roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 1, 20)
    disk.fill()
    c = site.client("collector", "collector")
    t.equal(c.code("register", "service:manager", {"component-type": "other", "component-name": "x"}), "storage",
            "state's disk: a component that cannot be kept is not registered")
    t.equal(c.code("roster", "service:manager"), "forbidden", "state's disk: the fabric decides on")
    with open(site.path("keys", "allowed"), "a", encoding="ascii") as f: # more acts than the last page of the log has room for
      f.writelines(f"guest{i} viewer {roles.zmq.curve_keypair()[0].decode()}\n" for i in range(60))
    t.point(roles.until(lambda: "acts are not logged" in site.said(), 5), "state's disk: the fabric says that its log is not whole", site.said()[-500:])
    admin = site.client("admin", "admin")
    t.point(json.loads(admin.ask("counters", "fabric")[1])["audit"]["failures"] > 0, "state's disk: and counts it")
    disk.free()
    t.equal(c.code("register", "service:manager", {"component-type": "other", "component-name": "x"}), "success", "state's disk: with room it is registered")
    c.close()
    admin.close()
    over(t, site, "state's disk")
    t.equal(p.run("fabric", "verify", site.path("small", "fabric", "audit.jsonl")).status, 0, "state's disk: what is in the log is a whole chain")
  finally:
    site.stop()
    disk.close()


def spool_fills(t, p, wanted):
  """A repository that is away while the spool fills: what found no room is counted by name, the rest is delivered when it is back."""
  site = whole_site(p, "spool-fills")
  site.kill("repository")
  viewer = site.client("viewer", "viewer")
  viewer.subscribe("/notification/status/")
  viewer.note("subscribed")
  big = p.file("big.pcap", enlarged())
  site.start("collector", "observe", *publish(site, "--spool-size", "1", "--refresh", "1", "--raw", "--drain", "60", "--stats", site.path("stats.json"), pcap=big))

  def overflow():
    frames = viewer.hear(1)
    return frames and json.loads(frames[2]).get("code") == "overflow"

  t.point(roles.until(overflow, 60), "spool fills: a status message names the overflow", site.said()[-800:])
  viewer.close()
  site.repository()
  t.equal(site.running.pop("collector").wait(120), 3, "spool fills: the collector ends with what was lost")
  with open(site.path("stats.json"), encoding="utf-8") as f:
    stats = json.load(f)
  s = sink(stats)
  t.point(balanced(stats) and s["dropped"]["spoolFull"] > 0 and s["delivered"] > 0 and s["dropped"]["inSpool"] == 0, "spool fills: counted by name", s)
  t.point("spoolFull" in site.said(), "spool fills: and said", site.said()[-800:])
  t.point(len(inventory(p, site).splitlines()) > 0, "spool fills: what was acknowledged is there")
  over(t, site, "spool fills")


def enlarged(copies=60):
  """The recording again and again, an hour apart: more than a small spool holds."""
  data = tap.lab_capture()
  endian = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
  out = bytearray(data[:24])
  for copy in range(copies):
    at = 24
    while at < len(data):
      seconds, fraction, caplen, length = struct.unpack(endian + "IIII", data[at:at + 16])
      out += struct.pack(endian + "IIII", seconds + 3600 * copy, fraction, caplen, length) + data[at + 16:at + 16 + caplen]
      at += 16 + caplen
  return bytes(out)


# ---- damage ----

def damaged(t, p):
  """A damaged spool gives what is whole; a damaged database is refused in a line, and the spool keeps what it should have had."""
  site = whole_site(p, "damaged")
  site.kill("repository")
  result, stats = p.stats(*publish(site, "--drain", "0"))
  t.equal(result.status, 3, "damaged: all waits in the spool")
  path = [os.path.join(site.path("spool"), n) for n in sorted(os.listdir(site.path("spool"))) if n.endswith(".spool")][0]
  with open(path, "r+b") as f:
    f.seek(os.path.getsize(path) // 2)
    f.write(b"\xff" * 64)
  site.repository()
  empty = p.file("empty.pcap", bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
  result, _ = p.stats(*publish(site, pcap=empty))
  t.point(result.status == 3 and "damaged" in result.err, "damaged spool: the end names it", result)
  t.point(0 < len(inventory(p, site).splitlines()), "damaged spool: what stood before the damage is delivered")
  site.kill("repository", signal.SIGTERM)
  with open(site.path("repository.db"), "r+b") as f:
    f.seek(0)
    f.write(os.urandom(4096))
  site.repository()
  process = site.running.pop("repository")
  t.equal(process.wait(20), 2, "damaged database: the repository does not start")
  with open(site.logs[-1], encoding="utf-8") as f:
    said = f.read().splitlines()
  t.point(len(said) == 1 and "repository.db" in said[0], "damaged database: and says why in a line", said)
  result, stats = p.stats(*publish(site, "--drain", "1", spool="other"))
  t.point(result.status == 3 and sink(stats)["dropped"]["inSpool"] == stats["assertions"]["made"], "damaged database: nothing is lost, it waits", sink(stats))
  over(t, site, "damaged")


def damaged_state(t, p):
  """Files of roles that a disk or somebody spoilt: named by line, and nothing is started with half of it; what a crash left half written at
  the end of the audit log goes, and is told."""
  site = roles.Site(p, "damaged-state")
  for key, role in ROLES:
    site.key(key, role)

  def start():
    site.fabric()
    site.manager("--pulse", "1")
    site.repository()

  start()
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 20)
  t.equal(p.run("orchestrate", "watch", "upgrades", "--attribute", "softwareInstance", *site.connection("admin", "admin")).status, 0,
          "damaged state: a watch is kept")
  result = p.run("orchestrate", "start", "web", *site.connection("admin", "admin"))
  t.point(result.status == 0 and b"no collector is there yet" in result.out, "damaged state: and a collection, for those that will come", result)
  site.stop()
  for role, path in (("manager", ("manager", "roster.jsonl")), ("manager", ("manager", "collections.jsonl")), ("repository", ("repository-state", "watches.jsonl")),
                     ("fabric", ("keys", "allowed"))):
    with open(site.path(*path), "r+b") as f:
      whole = f.read()
      f.seek(0)
      f.write(bytes(len(whole) // 2))
    start()
    process, log = site.running.pop(role), [n for n in site.logs if os.path.basename(n).startswith(role)][-1]
    t.equal(process.wait(20), 2, f"damaged {path[1]}: the {role} does not start")
    with open(log, encoding="utf-8") as f:
      said = f.read()
    t.point(f"{path[1]}:1: this is no" in said, f"damaged {path[1]}: and names the line", said)
    site.stop()
    with open(site.path(*path), "wb") as f:
      f.write(whole)
  with open(site.path("fabric", "audit.jsonl"), "ab") as f:
    f.write(b'{"n":99,"time":' + bytes(100))
  start()
  t.point(roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 20), "damaged state: mended, all are there again", site.said()[-500:])
  t.point("half written: 115 octets" in site.said(), "half a line of the audit log: it is told what is cut off", site.said()[-500:])
  over(t, site, "damaged state")
  t.equal(p.run("fabric", "verify", site.path("fabric", "audit.jsonl")).status, 0, "half a line of the audit log: the chain is whole")


# ---- peers ----

def stalled(t, p, wanted):
  """A repository that stands still longer than a request is worth waiting for, and a subscriber that does: nobody waits for the one, and the
  other takes everything once when it goes on."""
  site = whole_site(p, "stalled")
  watch = site.start("watch", "watch", "--json", *site.connection("viewer", "viewer"))
  time.sleep(1)
  watch.send_signal(signal.SIGSTOP)
  site.running["repository"].send_signal(signal.SIGSTOP)
  site.start("collector", "observe", *publish(site, "--drain", "60", "--stats", site.path("stats.json")))
  t.point(roles.until(lambda: "the repository takes nothing" in site.said(), 30), "stalled: the collector says so when the deadline is over", site.said()[-500:])
  t.equal(site.client("admin", "admin").code("ping", "fabric"), "success", "stalled: the fabric answers")
  site.running["repository"].send_signal(signal.SIGCONT)
  t.equal(site.running.pop("collector").wait(90), 0, "stalled: going on, it acknowledges everything")
  with open(site.path("stats.json"), encoding="utf-8") as f:
    stats = json.load(f)
  t.point(balanced(stats) and sink(stats)["delivered"] == stats["assertions"]["made"], "stalled: and it is counted", sink(stats))
  t.point(inventory(p, site) == wanted, "stalled: the inventory is that of an undisturbed run")
  watch.send_signal(signal.SIGCONT)
  time.sleep(1)
  t.point(site.kill("watch", signal.SIGTERM) in (0, 3), "stalled: the subscriber goes on, too")
  over(t, site, "stalled")


def forged(t, p):
  """A collector that replays, speaks for another, skips numbers, or sends what is no assertion: refused, or a duplicate, and counted."""
  site = whole_site(p, "forged")
  result, _ = p.stats(*publish(site, "--json", site.path("made.jsonl")))
  with open(site.path("made.jsonl"), "rb") as f:
    lines = f.read().splitlines()
  head = next(line for line in lines if b'"assertionId"' not in line)
  made = [line for line in lines if b'"assertionId"' in line]
  before = inventory(p, site)
  c, victim = site.client("other", "collector"), site.client("collector", "collector")
  c.register("posture-collection-service", "forger")
  victim.register("posture-collection-service", "victim")
  batch = {"batch": {"spool": "00000000-0000-0000-0000-000000000000", "sequence": 9, "count": len(made)}}
  header, payload = c.ask("persist", "service:repository", b"\n".join([head, *made]) + b"\n", **batch)
  answer = json.loads(payload or b"{}")
  t.equal((header.get("status"), answer.get("stored"), answer.get("duplicates")), ("success", 0, len(made)), "forged: a replay stores nothing")
  for body, name in ((b"", "nothing"), (b"\x00" * 100, "zeros"), (os.urandom(5000), "random octets"), (b"{}\n{}\n", "no provenance"),
                     (b"[" * 5000, "brackets"), (b'{"component":1,"provenanceId":"x"}\n{}\n', "wrong types")):
    t.equal(c.code("persist", "service:repository", body, **batch), "malformed", f"forged: {name}")
  rubbish = [b'{"assertionId":"x"}', b"\xff\xfe", b'{"assertionId":"00000000-0000-0000-0000-000000000000"}', made[0][:len(made[0]) // 2], b"null", b"1e999"]
  header, payload = c.ask("persist", "service:repository", b"\n".join([head, *rubbish]) + b"\n", **batch)
  answer = json.loads(payload or b"{}")
  t.equal((answer.get("stored"), answer.get("refused")), (0, len(rubbish)), "forged: lines that are no assertions are refused, each")
  for operation, name in (("collect.start", "instructs"), ("collection.start", "orchestrates"), ("watch.start", "watches"), ("import", "imports"),
                          ("query", "asks"), ("snapshot", "takes a snapshot")):
    to = victim.identifier if operation == "collect.start" else "service:orchestrator" if operation.startswith("collection") else "service:repository"
    t.equal(c.code(operation, to, {}), "forbidden", f"forged: a collector that {name}")
  c.publish("/notification/collection/observation/json/default/", 1, b"x", victim.identifier)
  t.equal((c.note("refused") or {}).get("code"), "forbidden", "forged: nor is it another in a broadcast")
  c.broadcast.send_multipart([b"hello", victim.session.encode()])
  t.equal((c.note("refused") or {}).get("code"), "unregistered", "forged: another's session is no use with another key")
  t.point(inventory(p, site) == before, "forged: the inventory is as it was")
  for one in (c, victim):
    one.close()
  over(t, site, "forged")


def nonsense(t, p):
  """Random octets, halves of greetings and silence on every socket that listens, by hundreds: all go on."""
  site = roles.Site(p, "nonsense")
  for key, role in ROLES:
    site.key(key, role)
  http, metrics = roles.free_port(), roles.free_port()
  site.fabric()
  site.manager("--pulse", "1")
  site.repository()
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 20)
  site.start("http", "repository", "http", f"127.0.0.1:{http}", "--repository", "sqlite:" + site.path("repository.db"))
  site.start("collector", "observe", "-i", "lo", "-f", "udp port 9", "--publish", site.url, "--key", site.key("collector"), "--spool", site.path("spool"),
             "--metrics", str(metrics))
  fabric = int(site.url.rsplit(":", 1)[1])
  greeting = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"CURVE".ljust(20, b"\0") + b"\0" + bytes(31)
  silent = []

  def listens(port):
    try:
      with socket.create_connection(("127.0.0.1", port), 1):
        return True
    except OSError:
      return False

  for port in (fabric, fabric + 1, http, metrics):
    t.point(roles.until(lambda n=port: listens(n), 15), f"nonsense: port {port - fabric if abs(port - fabric) < 2 else 'of HTTP'} listens")
    for i in range(60):
      try:
        s = socket.create_connection(("127.0.0.1", port), 2)
        s.settimeout(1)
        s.sendall((os.urandom(1 + i * 37), greeting[:i + 1], greeting + os.urandom(300), b"GET / HTTP/9.9\r\n" + b"X: " + b"y" * 300)[i % 4])
        (silent.append if i % 2 else lambda one: one.close())(s)
      except OSError:
        pass
  viewer = site.client("viewer", "viewer")
  t.equal(viewer.code("ping", "fabric"), "success", "nonsense: the fabric answers")
  t.equal(viewer.code("query", "service:repository", {"query": "endpoints"}), "success", "nonsense: and the repository")
  counters = json.loads(viewer.ask("counters", "fabric")[1])
  t.point("malformed" not in counters["directed"]["refused"], "nonsense: nothing of it became a message", counters["directed"])
  for port, name in ((http, "HTTP"), (metrics, "metrics")):
    with socket.create_connection(("127.0.0.1", port), 5) as s:
      s.settimeout(5)
      s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      t.point(s.recv(100).startswith(b"HTTP/1."), f"nonsense: {name} answers")
  for s in silent:
    s.close()
  viewer.close()
  over(t, site, "nonsense")


def test(t, p):
  if not roles:
    t.skip("faults", "python3-zmq is not installed")
    return
  wanted = p.inventory("-r", tap.LAB)[1]
  stepping, sick = [*(os.path.abspath(a) for a in sys.argv[2:] if a.endswith(".so")), None, None][:2]
  parts = (("clock_of_packets", clock_of_packets, ()), ("clock_of_machine", clock_of_machine, (stepping,)), ("sick_disk", sick_disk, (sick,)), ("taken_away", taken_away, (wanted,)), ("repository_disk", repository_disk, (wanted,)),
           ("state_disk", state_disk, ()), ("spool_fills", spool_fills, (wanted,)), ("damaged", damaged, ()), ("damaged_state", damaged_state, ()), ("stalled", stalled, (wanted,)),
           ("forged", forged, ()), ("nonsense", nonsense, ()))
  chosen = [a for a in sys.argv[2:] if not a.endswith(".so")]
  for name, part, more in parts:
    if not chosen or name in chosen:
      part(t, p, *more)


if __name__ == "__main__":
  tap.main(test)
