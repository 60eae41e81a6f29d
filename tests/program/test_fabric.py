#!/usr/bin/env python3
"""The integration service and the manager as processes: who may do what, what is refused, what is counted."""
import json
import os
import signal
import stat
import time

import tap

try:
  import roles
except ImportError:
  roles = None


def keys(t, p):
  site = roles.Site(p, "keys-only")
  t.equal(stat.S_IMODE(os.stat(site.path("keys", "fabric.key")).st_mode), 0o600, "the fabric's secret key is its owner's alone")
  result = site.keys("make", "one", "--role", "collector")
  t.point(result.status == 0, "a key is made", result)
  t.equal(stat.S_IMODE(os.stat(site.path("keys", "one.key")).st_mode), 0o600, "so is a component's")
  for words, status, name in ((("make", "one", "--role", "collector"), 2, "a name that is taken"),
                              (("make", "two"), 2, "no role"), (("make", "two", "--role", "king"), 2, "no such role"),
                              (("make", "../two", "--role", "viewer"), 2, "a name with a slash"), (("revoke", "nobody"), 2, "nobody"),
                              (("dance",), 2, "no such verb"), ((), 2, "no verb")):
    result = site.keys(*words)
    t.point(result.status == status and len(result.lines) == 1, f"keys: {name}: one line", result)
  with open(site.path("keys", "one.key"), encoding="ascii") as f:
    before = f.read()
  t.equal(site.keys("rotate", "one", "--grace", "60").status, 0, "a key is rotated")
  with open(site.path("keys", "one.key"), encoding="ascii") as f:
    t.point(f.read() != before, "the file has another one then")
  t.equal(site.keys("list").out.count(b"one "), 2, "both are listed while the old one lives")
  os.chmod(site.path("keys", "one.key"), 0o644)
  result = p.run("manager", "roster", "--fabric", site.url, "--key", site.path("keys", "one.key"))
  t.point(result.status == 2 and "chmod 600" in result.err and len(result.lines) == 1, "a key that others can read is not used", result)


def addresses(t, p):
  for arguments, name in ((["--listen", "tcp://127.0.0.1:5771"], "no keys and not plain"),
                          (["--plain", "--listen", "tcp://0.0.0.0:5771"], "plain beyond this machine"),
                          (["--plain", "--listen", "udp://127.0.0.1:1"], "no such transport"),
                          (["--plain", "--listen", "tcp://127.0.0.1:65535"], "no port for broadcasts"),
                          (["--keys", "nowhere"], "no directory of keys"),
                          (["--plain", "--state", "/proc/nowhere"], "no directory of state")):
    result = p.run("fabric", *arguments, seconds=10)
    t.point(result.status == 2 and len(result.lines) == 1, f"fabric: {name}: one line, nothing started", result)


def alone(t, p):
  """What a fabric has, its address and its audit log, a second does not get; what a dead one left, it does."""
  site = roles.Site(p, "alone", plain=True)
  site.url = "ipc://" + site.path("socket")
  site.fabric()
  site.manager()
  there = lambda: b"manager" in p.run("manager", "roster", "--fabric", site.url).out
  t.point(roles.until(there, 20), "a fabric stands", site.said())
  for listen, state, sentence, name in ((site.url, "second", "is in use", "the address"),
                                        ("ipc://" + site.path("another"), "fabric", "another fabric writes it", "the audit log")):
    result = p.run("fabric", "--plain", "--listen", listen, "--state", site.path(state), seconds=10)
    t.point(result.status == 2 and len(result.lines) == 1 and sentence in result.err, f"a second one does not get {name}", result)
  result = p.run("manager", "--fabric", site.url, "--state", site.path("manager"), seconds=10)
  t.point(result.status == 2 and len(result.lines) == 1 and "another onlooker manager is using it" in result.err,
          "a second manager does not get the roster of the first", result)
  result = p.run("manager", "roster", "--fabric", site.url, "--state", site.path("manager"), seconds=10)
  t.point(result.status == 0, "who asks is no second one", result)
  result = p.run("observe", "-r", tap.LAB, "--publish", "bind:" + site.url, seconds=20)
  t.point(result.status == 2 and "is in use" in result.err, "nor does who publishes by itself", result)
  with open(site.path("precious"), "w", encoding="utf-8") as f:
    f.write("kept")
  name = "ipc://" + site.path("precious")
  for command in (["fabric", "--plain", "--listen", name, "--state", site.path("third")], ["observe", "-r", tap.LAB, "--publish", "bind:" + name]):
    result = p.run(*command, seconds=20)
    t.point(result.status == 2 and len(result.lines) == 1 and "no socket" in result.err, f"{command[0]}: a file is no address", result)
  with open(site.path("precious"), encoding="utf-8") as f:
    t.equal(f.read(), "kept", "and is not deleted for one")
  for role in ("fabric", "manager"):
    site.running[role].send_signal(signal.SIGHUP)
  t.point(there() and all(process.poll() is None for process in site.running.values()), "the first is reached as before, and HUP ends nobody", site.said())
  site.kill("manager", signal.SIGTERM)
  site.kill("fabric")
  t.point(os.path.exists(site.path("socket")), "killed, it leaves the name")
  site.fabric()
  site.manager()
  t.point(roles.until(there, 20), "which the next one takes", site.said())
  t.equal(set(site.stop().values()), {0}, "all end well")


def words(t, p):
  """What is typed wrong is told in one line, by every role, and nothing is started."""
  plain = ["--publish", "tcp://127.0.0.1:5771"]
  for command, name in ((["observe", "-r", tap.LAB, "--spool", "x"], "a spool for nobody"),
                        (["observe", "-r", tap.LAB, "--json", "-", "--sign", "x.pem"], "a signature for nobody"),
                        (["observe", "-r", tap.LAB, "--publish", "bind:tcp://127.0.0.1:5771", "--key", "x.key"], "a key without a fabric"),
                        (["observe", "-r", tap.LAB, *plain, "--wait", "1"], "subscribers a fabric has"),
                        (["observe", "-r", tap.LAB, *plain, "--prefix", "no urn"], "a prefix that is no URN"),
                        (["observe", "-r", tap.LAB, *plain, "--state", "/proc/x"], "a state that cannot be"),
                        (["manager", "--site", "a/b"], "a site with a slash"), (["manager", "--prefix", "x"], "no prefix"),
                        (["manager", "--fabric", "tcp://127.0.0.1:99999"], "no port"), (["manager", "--fabric-key", "x"], "half of the keys"),
                        (["repository", "--repository", "sqlite:x.db", "--site", "a/b"], "a site with a slash"),
                        (["repository", "--repository", "sqlite:/nowhere/x.db"], "a repository that cannot be"),
                        (["watch", "tcp://127.0.0.1:99999"], "no port"), (["watch"], "nothing to watch"), (["watch", "bind:tcp://127.0.0.1:5771"], "where nobody would connect"),
                        (["watch", "--fabric", "udp://x:1"], "no transport"), (["orchestrate", "list", "--fabric", "x"], "no address")):
    result = p.run(*command, seconds=10)
    t.point(result.status == 2 and len(result.lines) == 1, f"{command[0]}: {name}: one line, status 2", result)


def registration(t, site):
  c = site.client("one", "collector")
  t.equal(c.code("pulse", "service:manager", {"action": "pulse"}), "unregistered", "no pulse before registration")
  header, payload = c.register("posture-collection-service", "first")
  t.equal(header.get("status"), "success", "registration")
  t.equal(json.loads(payload)["returning"], False, "it is new")
  urn = c.identifier
  header, payload = c.ask("advertise", "service:manager",
                          {"capabilities": ["urn:ietf:sacm:capability:action:heartbeat", "urn:ietf:sacm:capability:persist:assertion:1",
                                            "urn:other:x"], "scope": {"networks": ["10.0.0.0/8"]}})
  states = [i["registration-status"] for i in json.loads(payload)["capabilities"]]
  t.equal(states, ["success", "failure", "failure"], "each capability has its status, by role and prefix")
  t.point(all(i["messages"] for i in json.loads(payload)["capabilities"][1:]), "a failure is explained")
  t.equal(c.code("pulse", "service:manager", {"action": "pulse"}), "success", "a heartbeat is answered")
  again = site.client("one", "collector")
  header, payload = again.ask("register", "service:manager", {"component-unique-identifier": urn})
  t.point(header.get("status") == "success" and json.loads(payload)["returning"], "a returning component is recognised")
  t.equal(c.code("pulse", "service:manager", {"action": "pulse"}), "unregistered", "the connection it had before is told so")
  thief = site.client("two", "collector")
  t.equal(thief.code("register", "service:manager", {"component-unique-identifier": urn}), "forbidden",
          "another key cannot take its identifier")
  t.equal(thief.code("register", "service:manager", {"component-type": "king", "component-name": "x"}), "nonconforming",
          "a type that is none")
  for one in (c, again, thief):
    one.close()
  return urn


def forbidden(t, site, urn):
  c, v = site.client("one", "collector"), site.client("viewer", "viewer")
  for client, words, wanted, name in (
      (c, ("counters", "fabric"), "forbidden", "a collector and the counters"),
      (c, ("roster", "service:manager"), "forbidden", "a collector and the roster"),
      (c, ("serve", "fabric", {"service": "repository"}), "forbidden", "a collector as the repository"),
      (v, ("collection.start", "service:orchestrator", {}), "forbidden", "a viewer and a collection"),
      (v, ("persist", "service:repository"), "forbidden", "a viewer that persists"),
      (v, ("dance", "fabric"), "unknownOperation", "no such operation"),
      (v, ("query", "service:repository", {}), "unreachable", "nobody serves"),
      (v, ("query", "service:king", {}), "unreachable", "no such service"),
      (v, ("ping", "urn:uuid:00000000-0000-0000-0000-000000000000"), "unreachable", "no such component"),
      (v, ("ping", "nonsense"), "malformed", "no such destination"),
      (v, ("ping", "fabric"), "success", "a ping")):
    t.equal(client.code(*words), wanted, f"refused: {name}")
  t.equal(v.code("ping", "fabric", deadlineMs=0), "malformed", "no deadline of nothing")
  header = {"version": 2, "type": "request", "operation": "ping", "to": "fabric", "correlation": "v"}
  v.directed.send_multipart([json.dumps(header).encode(), b""])
  t.equal((v.receive() or [{}])[0].get("error", {}).get("code"), "version", "another version")
  stranger = site.client()
  t.equal(stranger.code("ping", "fabric", seconds=1), "", "without a key nobody is heard")
  forged = {"from": urn, "role": "admin", "key": "admin", "ticket": 7}
  t.equal(c.code("roster", "service:manager", **forged), "forbidden", "nobody makes himself another")
  for one in (c, v, stranger):
    one.close()


def answers(t, site):
  """A repository of our own: answers go to who asked, once, and to nobody else."""
  r, v, w = (site.client(n, role) for n, role in (("repo", "repository"), ("viewer", "viewer"), ("viewer2", "viewer")))
  t.equal(r.code("serve", "fabric", {"service": "repository"}), "success", "a repository serves")
  v.send("query", "service:repository", {"query": "x"}, 3000, extra="kept", **{"from": "urn:forged", "role": "admin"})
  header, payload = r.receive()
  t.equal(payload, b'{"query": "x"}', "the payload arrives as it was")
  t.equal((header.get("role"), header.get("key"), header.get("extra"), "from" in header, "correlation" in header),
          ("viewer", "viewer", "kept", False, False), "the fabric says who asks")
  ticket = header["ticket"]

  def answer(client, **more):
    client.directed.send_multipart([json.dumps({"version": 1, "type": "response", "status": "success", "ticket": ticket,
                                                **more}).encode(), b"part"])

  answer(w)
  t.point(v.receive(0.5) is None, "nobody else can answer")
  for more in (True, True, False):
    answer(r, more=more)
  got = [v.receive() for _ in range(3)]
  t.equal([g and g[0].get("more", False) for g in got], [True, True, False], "an answer may have several parts")
  answer(r)
  t.point(v.receive(0.5) is None, "nor twice")
  v.send("query", "service:repository", b"", 300)
  r.receive()
  began = time.monotonic()
  header, _ = v.receive(3) or ({}, b"")
  t.equal(header.get("error", {}).get("code"), "deadline", "without an answer the deadline is told")
  t.point(time.monotonic() - began < 1.5, "in time")
  v.send("query", "service:repository", b"", 5000)
  r.receive()
  r.close()
  t.equal(v.code("query", "service:repository", seconds=2), "unreachable", "a service that has gone is unreachable")
  for one in (v, w):
    one.close()


def broadcasts(t, site):
  c, v, other = site.client("one", "collector"), site.client("viewer", "viewer"), site.client("two", "collector")
  topic = "/notification/collection/observation/json/lab/"
  for client in (c, other):
    client.register("posture-collection-service", "publisher")
  v.subscribe("/notification/collection/")
  t.point(v.note("subscribed"), "a subscription is confirmed")
  v.subscribe("/notification/fabric/audit/")
  t.equal((v.note("refused") or {}).get("code"), "forbidden", "a viewer does not hear the audit log")
  v.subscribe("")
  t.equal((v.note("refused") or {}).get("code"), "forbidden", "nor everything")
  c.publish(topic, 1, b"hello")
  frames = v.hear()
  t.point(frames and frames[0].decode() == topic and frames[2] == b"hello", "a broadcast arrives", frames)
  header = json.loads(frames[1]) if frames else {}
  t.equal((header.get("from"), "relayTimestamp" in header), (c.identifier, True), "with who sent it and when it passed")
  for arguments, code, name in (((topic, 1, b"again"), "duplicate", "a number that was"),
                                (("/notification/status/lab", 1), "forbidden", "a topic without its slash"),
                                (("/notification/fabric/audit/", 1), "forbidden", "the fabric's own topic"),
                                (("/notification/repository/change/json/lab/", 1), "forbidden", "the repository's topic"),
                                ((topic, 2, b"x", other.identifier), "forbidden", "another's name")):
    c.publish(*arguments)
    t.equal((c.note("refused") or {}).get("code"), code, f"not published: {name}")
  unknown = site.client("three", "collector")
  unknown.identifier = c.identifier
  unknown.publish(topic, 5)
  t.equal((unknown.note("refused") or {}).get("code"), "unregistered", "not published: before it said hello")
  unknown.broadcast.send_multipart([b"hello", c.session.encode()])
  t.equal((unknown.note("refused") or {}).get("code"), "unregistered", "a session is its key's")
  t.point(v.hear(0.3) is None, "nothing of that was passed on")
  v.broadcast.send_multipart([b"unsubscribe", b"/notification/collection/"])
  time.sleep(0.2)
  c.publish(topic, 2)
  t.point(v.hear(0.5) is None, "after unsubscribing nothing comes")
  for one in (c, v, other, unknown):
    one.close()


def nobody_listens(t, site):
  """Who publishes what nobody subscribes to is told, once, and told again when somebody does."""
  c, v = site.client("one", "collector"), site.client("viewer", "viewer")
  topic, other = ("/notification/collection/observation/json/%s/" % name for name in ("alone", "else"))
  c.register("posture-collection-service", "publisher")
  for number in (1, 2):
    c.publish(topic, number)
  t.equal((c.note("unheard") or {}).get("topic"), topic, "a publisher hears that nobody listens")
  t.point(c.note("unheard", 0.5) is None, "once")
  c.publish(other, 1)
  t.equal((c.note("unheard") or {}).get("topic"), other, "of each topic")
  v.subscribe(topic)
  t.point(v.note("subscribed") and c.note("heard"), "and hears when somebody does")
  c.publish(topic, 3, b"third")
  frames = v.hear()
  t.point(frames and frames[2] == b"third", "who then has what is published", frames)
  t.point(c.note("unheard", 0.5) is None, "which is heard")
  v.broadcast.send_multipart([b"unsubscribe", topic.encode()])
  time.sleep(0.2)
  c.publish(topic, 4)
  t.equal((c.note("unheard") or {}).get("topic"), topic, "when it has gone nobody listens again")
  c.broadcast.send_multipart([b"hello", c.session.encode()])
  c.publish(topic, 5)
  t.point(c.note("unheard"), "who comes again is told again")
  for one in (c, v):
    one.close()


def slow_subscriber(t, site):
  """One that does not read misses, is told how much, and holds nobody up."""
  c, slow, quick = (site.client(n, r) for n, r in (("one", "collector"), ("slow", "viewer"), ("quick", "viewer")))
  topic = "/notification/collection/observation/json/lab/"
  c.register("posture-collection-service", "publisher")
  slow.broadcast.setsockopt(roles.zmq.RCVHWM, 10)
  for v in (slow, quick):
    v.subscribe(topic)
    v.note("subscribed")
  total, heard = 4000, 0
  for i in range(total):
    c.publish(topic, i + 1, b"x" * 20000, boot="slow")
    while quick.broadcast.poll(0):
      heard += bool(quick.broadcast.recv_multipart()[0])
  while quick.hear(1):
    heard += 1
  admin = site.client("admin", "admin")
  rows = {r["key"]: r for r in json.loads(admin.ask("counters", "fabric")[1])["subscribers"]}
  t.equal(heard, rows["quick"]["sent"], "what the quick one heard is what was sent to it")
  t.equal(rows["quick"]["offered"], total, "it was offered everything")
  got = 0
  while True:
    frames = slow.broadcast.recv_multipart() if slow.broadcast.poll(1000) else None
    if not frames:
      break
    got += bool(frames[0])
  rows = {r["key"]: r for r in json.loads(admin.ask("counters", "fabric")[1])["subscribers"]}
  t.point(rows["slow"]["missed"] > 0, "the slow one missed some", rows)
  t.equal(rows["slow"]["offered"], rows["slow"]["sent"] + rows["slow"]["missed"], "offered = sent + missed")
  t.equal(got, rows["slow"]["sent"], "and received the others")
  for one in (c, slow, quick, admin):
    one.close()


def shapes(t, site):
  """Messages of any shape on any socket: refused and counted, and the fabric lives."""
  v = site.client("viewer", "viewer")
  deep = b'{"version":1,"x":' + b"[" * 3000 + b"]" * 3000 + b"}"
  for frames in ([b""], [b"", b"", b"", b"", b"", b"", b""], [b"{}", b""], [b"\xff\xfe", b""], [b"x" * 70000, b""], [deep, b""],
                 [b'{"version":1,"version":1}', b""], [b"[]", b""], [b"null", b""],
                 [b'{"version":1,"type":"response","ticket":99999999999999999999,"status":"success"}', b""],
                 [b'{"version":1,"type":"response","ticket":-1,"status":"success"}', b""],
                 [b'{"version":1,"type":"request","correlation":"' + b"c" * 100 + b'","operation":"ping","to":"fabric"}', b""],
                 [b'{"version":1,"type":"request","correlation":"\\u0000","operation":"ping","to":"fabric"}', b""]):
    v.directed.send_multipart(frames)
    v.broadcast.send_multipart(frames)
  for frames in ([b"publish"], [b"publish", b"a", b"b"], [b"publish", b"", b"{}", b""], [b"subscribe"], [b"subscribe", b"x" * 300],
                 [b"subscribe", b"a\0b"], [b"hello", b"x" * 5000], [b"hello", b""], [b"dance", b"x"]):
    v.broadcast.send_multipart(frames)
  t.equal(v.code("ping", "fabric"), "success", "after messages of any shape the fabric answers")
  with roles.socket.create_connection(("127.0.0.1", int(site.url.rsplit(":", 1)[1]))) as raw:
    raw.sendall(os.urandom(4096))
  t.equal(v.code("ping", "fabric"), "success", "and after what is no ZeroMQ")
  v.close()


def revoked(t, site):
  v = site.client("victim", "viewer")
  t.equal(v.code("ping", "fabric"), "success", "a key is good")
  v.subscribe("/notification/status/")
  v.note("subscribed")
  site.keys("revoke", "victim")
  t.point(roles.until(lambda: v.code("ping", "fabric", seconds=0.5) == "", 5), "revoked, it is deaf")
  while v.hear(1.2, notes=True):
    pass
  t.point(v.hear(1.5, notes=True) is None, "and hears nothing more")
  late = site.client("victim", "viewer")
  t.equal(late.code("ping", "fabric", seconds=1), "", "nor does it come in again")
  for one in (v, late):
    one.close()
  old = site.client("turned", "viewer")
  t.equal(old.code("ping", "fabric"), "success", "a key before rotation")
  site.keys("rotate", "turned", "--grace", "8")
  new = site.client("turned", "viewer")
  t.point(roles.until(lambda: new.code("ping", "fabric", seconds=1) == "success", 5), "the new one is good in a running fabric")
  t.equal(old.code("ping", "fabric", seconds=1), "success", "the old one for a while")
  t.point(roles.until(lambda: old.code("ping", "fabric", seconds=0.5) == "", 20), "then no more")
  for one in (old, new):
    one.close()


def flood(t, site):
  """One that floods is told `busy`; others are answered all the same."""
  r, c, v = site.client("repo", "repository"), site.client("flood", "viewer"), site.client("viewer", "viewer")
  r.code("serve", "fabric", {"service": "repository"})
  for _ in range(2000):
    c.send("query", "service:repository", b"", 2000)
  began = time.monotonic()
  t.equal(v.code("ping", "fabric"), "success", "during a flood the fabric answers others")
  t.point(time.monotonic() - began < 2, "soon", time.monotonic() - began)
  codes = {}
  while sum(codes.values()) < 2000:
    got = c.receive(15)
    if not got:
      break
    code = got[0].get("error", {}).get("code")
    codes[code] = codes.get(code, 0) + 1
  t.point(codes.get("busy") and sum(codes.values()) == 2000, "each request of the flood is answered", codes)
  for one in (r, c, v):
    one.close()


def sums(t, site):
  admin = site.client("admin", "admin")
  d = json.loads(admin.ask("counters", "fabric")[1])["directed"]
  refused = sum(d["refused"].values())
  t.equal(d["received"], d["forwarded"] + d["answered"] + refused + d["responses"] + d["late"],
          "directed: every message that came is accounted for")
  admin.close()


def audit(t, p, site):
  admin = site.client("admin", "admin")
  admin.subscribe("/notification/fabric/audit/")
  frames = admin.hear(12)
  t.point(frames, "the head of the audit log is published")
  head = json.loads(frames[2]) if frames else {}
  admin.close()
  site.kill("fabric", signal.SIGTERM)
  path = site.path("fabric", "audit.jsonl")
  t.equal(p.run("fabric", "verify", path).status, 0, "the log is whole")
  wanted = f"{head.get('n')}:{head.get('digest')}"
  t.equal(p.run("fabric", "verify", path, "--head", wanted).status, 0, "the published head is in it")
  with open(path, "rb") as f:
    lines = f.readlines()
  acts = {json.loads(line)["act"] for line in lines}
  t.point({"started", "stopped", "key.allowed", "key.revoked", "key.limited", "refused", "component.registered"} <= acts,
          "every kind of act is there", acts)
  with open(p.file("cut.jsonl"), "wb") as f:
    f.writelines(lines[:head["n"] - 1])
  t.equal(p.run("fabric", "verify", p.file("cut.jsonl")).status, 0, "cut at a line it is whole by itself")
  result = p.run("fabric", "verify", p.file("cut.jsonl"), "--head", wanted)
  t.point(result.status == 3 and "cut" in result.err, "against the published head the cut shows", result)
  with open(p.file("changed.jsonl"), "wb") as f:
    f.writelines(lines[:1] + [lines[1].replace(b'"act":"', b'"act":"x')] + lines[2:])
  result = p.run("fabric", "verify", p.file("changed.jsonl"))
  t.point(result.status == 3 and ":2:" in result.err, "a changed line shows, by number", result)


def restart(t, site):
  """A fabric that is killed and started again: the manager comes back by itself."""
  site.fabric()
  v = site.client("viewer", "viewer")

  def known():
    header, payload = v.ask("roster", "service:manager", seconds=1)
    return header.get("status") == "success" and json.loads(payload)["components"]

  t.point(roles.until(known, 20), "after a restart of the fabric the manager serves again")
  site.kill("fabric")
  site.fabric()
  t.point(roles.until(known, 20), "after kill -9, too")
  before = {c["identifier"] for c in known()}
  site.kill("manager")
  site.manager("--pulse", "1")
  t.point(roles.until(known, 20), "and after kill -9 of the manager")
  t.equal({c["identifier"] for c in known()}, before, "the roster is what it was")
  v.close()


def late_answers(t, site):
  """A manager that is too slow: who asks again is the same component still, and the roster has it once."""
  v = site.client("viewer", "viewer")

  def roster(kind):
    _, payload = v.ask("roster", "service:manager")
    return [c["identifier"] for c in json.loads(payload or b'{"components": []}')["components"] if c["type"] == kind]

  manager = site.running["manager"]
  manager.send_signal(signal.SIGSTOP)
  site.repository()
  first = roles.until(lambda: os.path.exists(site.path("repository-state", "repository-interface.registration")), 20)
  c, named = site.client("three", "collector"), {"component-type": "posture-collection-service", "component-name": "late"}
  numbers = [c.send("register", "service:manager", {**named, "registration-identifier": "request-1"}, 500) for _ in range(3)]
  codes = [got[0].get("error", {}).get("code") for got in iter(lambda: c.receive(2), None) if got[0].get("correlation") in numbers]
  t.equal(codes, ["deadline"] * 3, "a manager that stands still: the deadline ends each request")
  time.sleep(7)  # the repository asks for the second time: its first is over after 5 s
  site.kill("repository")  # before it heard anything
  site.repository()
  time.sleep(1)
  manager.send_signal(signal.SIGCONT)
  header, payload = c.ask("register", "service:manager", {**named, "registration-identifier": "request-1"})
  t.equal(header.get("status"), "success", "it goes on: asked again it answers")
  urn = json.loads(payload or b"{}").get("component-unique-identifier")
  t.equal(roster("posture-collection-service").count(urn), 1, "with an identifier of the roster")
  names = [x["name"] for x in json.loads(v.ask("roster", "service:manager")[1])["components"]]
  t.equal(names.count("late"), 1, "which has it once, for four requests")
  t.point(roles.until(lambda: os.path.exists(site.path("repository-state", "repository-interface.identifier")), 20) and first,
          "a repository that was killed meanwhile has its identifier")
  time.sleep(1)
  t.equal(len(roster("repository-interface")), 1, "and is in the roster once, for the requests of both its lives")
  t.point(not os.path.exists(site.path("repository-state", "repository-interface.registration")), "what named its request is gone")
  header, payload = c.ask("register", "service:manager", {**named, "registration-identifier": "request-2"})
  t.point(json.loads(payload)["component-unique-identifier"] != urn, "another request makes another component")
  other = site.client("two", "collector")
  header, payload = other.ask("register", "service:manager", {**named, "registration-identifier": "request-1"})
  t.point(json.loads(payload)["component-unique-identifier"] != urn, "and so does the same under another key")
  other.close()
  for wrong in ("", "a b", "x" * 65, 7, None):
    t.equal(c.code("register", "service:manager", {**named, "registration-identifier": wrong}), "nonconforming",
            f"a request cannot be called {wrong!r}")
  site.kill("manager")
  site.manager("--pulse", "1")
  roles.until(lambda: v.ask("roster", "service:manager", seconds=1)[0].get("status") == "success", 20)
  header, payload = c.ask("register", "service:manager", {**named, "registration-identifier": "request-1"})
  t.equal(json.loads(payload or b"{}").get("component-unique-identifier"), urn, "a manager that was killed knows the request still")
  site.kill("repository", signal.SIGTERM)
  c.close()
  v.close()


def test(t, p):
  if not roles:
    t.skip("the fabric", "python3-zmq is not installed")
    return
  keys(t, p)
  addresses(t, p)
  alone(t, p)
  words(t, p)
  site = roles.Site(p)
  site.key("admin", "admin")
  site.fabric()
  site.manager("--pulse", "1")
  result = roles.until(lambda: (lambda r: r.status == 0 and b"manager" in r.out and r)(site.ask("manager", "roster")), 20)
  t.point(result and b"manager" in result.out, "the manager is registered with itself", site.said())
  for name, role in (("one", "collector"), ("two", "collector"), ("three", "collector"), ("repo", "repository"), ("viewer", "viewer"),
                     ("viewer2", "viewer"), ("slow", "viewer"), ("quick", "viewer"), ("victim", "viewer"), ("turned", "viewer"),
                     ("flood", "viewer")):
    site.key(name, role)
  time.sleep(1.5)  # the list is read again within a second
  urn = registration(t, site)
  forbidden(t, site, urn)
  answers(t, site)
  broadcasts(t, site)
  nobody_listens(t, site)
  slow_subscriber(t, site)
  shapes(t, site)
  flood(t, site)
  revoked(t, site)
  sums(t, site)
  audit(t, p, site)
  restart(t, site)
  late_answers(t, site)
  statuses = site.stop()
  t.equal(set(statuses.values()), {0}, "all end well")
  t.point(site.clean(), "no sanitizer spoke", site.said()[-3000:])


tap.main(test)
