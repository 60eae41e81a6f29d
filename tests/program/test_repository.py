#!/usr/bin/env python3
"""`onlooker repository`, with every engine: assertions brought in as lines give the inventory they came from, questions come in pages, what
endpoints report stands beside what was observed, retention forgets, and what is wrong is told in a line."""
import datetime
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

import clickhouse
import tap

REPORT = b"openssh-server\t1:9.2p1-2+deb12u3\nvsftpd\t3.0.4-1\nbash\t5.2.15-2+b7\n"


class Repository:
  def __init__(self, p, url):
    self.p, self.url = p, url

  def verb(self, *arguments, **options):
    return self.p.run("repository", *arguments, "--repository", self.url, **options)

  def ask(self, *arguments):
    return [json.loads(line) for line in self.verb("query", *arguments).out.splitlines()]

  def inventory(self):
    return self.p.run("inventory", "--json", "--repository", self.url).out


def lines(t, p, first, second):
  assertions = p.file("lab.jsonl")
  with open(assertions, "rb") as f:
    count = sum(b'"assertionId"' in line for line in f)
  result = second.verb("import", assertions)
  t.point(result.status == 0 and result.out.decode() == f"{count} stored, 0 there already, 0 refused\n", "lines are stored",
          result.out.decode() + str(result))
  t.point(second.inventory() == first.inventory() != b"", "the inventory is that of the repository that was written at once")
  result = second.verb("import", assertions)
  t.equal(result.out.decode(), f"0 stored, {count} there already, 0 refused\n", "the same lines again change nothing")
  t.point(second.inventory() == first.inventory(), "nor does the inventory")
  result = second.verb("import", "-", stdin=b'{"assertionId":"x"}\nnonsense\n')
  t.point(result.status == 3 and b"2 refused" in result.out and "the first: this is no assertion" in result.err,
          "lines that are no assertions are refused and counted", result)


def pages(t, r):
  everything = r.ask("endpoints")
  t.point(len(everything) == 7 and everything == sorted(everything, key=lambda e: e["endpointIdentifier"]),
          "endpoints come in order", len(everything))
  t.point(r.ask("endpoints", "limit=1000") == everything, "a limit that is not reached")
  page = r.verb("query", "endpoints", "limit=3")
  cursor = page.err.rsplit("cursor=", 1)[-1].strip()
  rest = r.ask("endpoints", "limit=1000", f"cursor={cursor}")
  t.point([json.loads(x) for x in page.out.splitlines()] + rest == everything, "pages make the whole", page)
  t.point("cursor" not in r.verb("query", "endpoints", "limit=7").err, "the last page has no cursor")
  listed = [json.loads(x) for x in r.inventory().splitlines()]
  t.point(everything == listed, "a question gives what the inventory lists")


def questions(t, r):
  def addresses(rows):
    return {d["value"] for e in rows for d in e["designation"] if d["name"] == "ipv4Address"}

  t.equal(addresses(r.ask("endpoints", "software=nginx", "version=<1.23")), {"10.20.30.10"}, "who runs an old version")
  t.equal(addresses(r.ask("endpoints", "software=nginx", "version=<1.22")), set(), "who runs an older one")
  makers = r.ask("software", "creator=F5")
  t.point(len(makers) == 1 and makers[0]["software"]["value"]["softwareTitle"] == "nginx", "software by who makes it", makers)
  clients = r.ask("software", "role=client")
  t.point(clients and all(x["software"]["value"]["role"] == "client" for x in clients), "software by role", clients)
  one = r.ask("endpoint", "endpoint=10.20.30.10", "attributes=software*,fingerprint")
  t.point(len(one) == 1 and {a["name"] for a in one[0]["attributes"]} == {"softwareInstance", "fingerprint"},
          "attributes that were asked for, and no others", one)
  component = json.loads(open(r.p.file("lab.jsonl"), encoding="utf-8").readline())["component"]
  t.equal(len(r.ask("endpoints", f"provider={component}")), 7, "of a component that spoke of them")
  t.equal(r.ask("endpoints", "provider=urn:uuid:00000000-0000-8000-8000-000000000000"), [], "of one that did not")
  history = r.ask("history", "endpoint=10.20.30.10")
  t.point(len(history) > 5 and all(h["endpoint"]["endpointIdentifier"] == one[0]["endpointIdentifier"] for h in history),
          "the history of an endpoint", len(history))
  first = r.ask("history", "endpoint=10.20.30.10", "limit=2")
  t.point(first == history[:2] and r.ask("history", "endpoint=10.20.30.10", "limit=1000", "cursor=n2") == history[2:],
          "a history in pages")
  t.point(all(h["interval"]["start"] <= h["collectionTimestamp"] < h["storageTimestamp"] for h in history), "and when it was known", history[0])
  t.equal(r.ask("history", "endpoint=10.20.30.10", "knownAt=2026-11-21T03:00:00Z"), [], "before it was stored nothing of it was known")
  t.equal(r.ask("history", "endpoint=10.20.30.10", "limit=1000", f"knownAt={history[-1]['storageTimestamp']}"), history, "with the last that was stored, all")
  currency = r.ask("currency", "endpoint=10.20.30.10", "at=2026-11-21T02:18:00Z")
  t.point(currency and all(0 < a["ageSeconds"] < 80 and not a["current"] for a in currency[0]["attributes"]),
          "how old knowledge is; what was closed is not current", currency)
  t.equal(r.ask("endpoints", "freshnessSeconds=60"), [], "nothing of then is fresh now")
  t.equal(len(r.ask("endpoints", "at=2026-11-21T02:17:10Z", "freshnessSeconds=60")), 7, "it was then")
  t.equal(r.ask("endpoints", "at=now"), r.ask("endpoints", "at=0s"), "times as people say them")
  t.point(all(e["pending"] for e in r.ask("endpoints", "freshnessSeconds=0")), "what is being seen now is pending")
  changed = r.ask("changes", "since=2026-11-21T02:17:02Z")
  t.point({c["change"] for c in changed} >= {"changed"}, "what changed since", changed)
  some = r.ask("changes", "since=2026-11-21T02:17:02Z", "attributes=soft*")
  names = {(m.get("after") or m)["name"] for c in some for side in ("new", "gone", "changed") for m in c[side]}
  t.point(names == {"softwareInstance"} and 0 < len(some) <= len(changed), "of the changes those of attributes that were asked for", some)
  t.equal(r.ask("changes", "since=2026-11-21T02:17:02Z", "attributes=location"), [], "where nothing of these changed, no line")
  t.equal(r.ask("changes", "since=2026-11-21T02:17:02Z", f"provider={component}"), changed, "changes of what a component spoke of")
  t.equal(r.ask("changes", "since=2026-11-21T02:17:02Z", "provider=urn:uuid:00000000-0000-8000-8000-000000000000"), [], "and of one that did not")


def reports(t, r):
  before = r.ask("endpoint", "endpoint=login.lab.test")[0]
  result = r.verb("import", "-", "--format", "dpkg", "--endpoint", "login.lab.test", stdin=REPORT)
  t.point(result.status == 0 and result.out.startswith(b"3 stored"), "a package list is stored", result)
  after = r.ask("endpoint", "endpoint=login.lab.test")[0]
  t.point(after["lastSeen"] == before["lastSeen"] and after["designation"] == before["designation"],
          "a report moves no sighting")
  told = {s["agreement"]: (s.get("reported") or s["observed"])["value"]["softwareTitle"]
          for s in r.ask("discrepancies", "name=login.lab.test")[0]["software"]}
  t.equal(told.get("corroborated"), "openssh-server", "reported and observed")
  t.equal(told.get("contradicted"), "vsftpd", "reported in another version")
  t.equal(told.get("silent"), "bash", "reported, never observed")
  tag = (b"<SoftwareIdentity name='Postfix' tagId='postfix-3.7' version='3.7.11'><Entity name='Wietse Venema' regid='postfix.org'"
         b" role='tagCreator softwareCreator'/></SoftwareIdentity>")
  result = r.verb("import", "-", "--format", "swid", "--endpoint", "login.lab.test", stdin=tag)
  t.point(result.status == 0 and result.out.startswith(b"1 stored"), "a SWID tag is stored", result)
  concise = b"\xa4\x00\x61\x31\x01\x64htop\x0d\x653.2.2\x02\xa2\x18\x1f\x61N\x18\x21\x01"
  result = r.verb("import", "-", "--format", "coswid", "--endpoint", "login.lab.test", stdin=concise)
  t.point(result.status == 0 and result.out.startswith(b"1 stored"), "a CoSWID tag is stored", result)
  reported = {s["reported"]["value"]["softwareTitle"]: s["reported"]["value"] for s in
              r.ask("discrepancies", "name=login.lab.test")[0]["software"] if "reported" in s}
  t.equal(reported["Postfix"].get("softwareIdentifier"), "postfix.org__postfix-3.7", "it is named by its tag")
  t.equal(reported["htop"].get("softwareVersion"), "3.2.2", "a version of a CoSWID tag")
  for name, data in (("swid", b"<x"), ("coswid", concise[:9]), ("spdx", b"{}")):
    result = r.verb("import", "-", "--format", name, "--endpoint", "login.lab.test", stdin=data)
    t.point(result.status == 2 and len(result.lines) == 1, f"{name} that is none: one line", result)
  quiet = [e for e in r.ask("discrepancies") if not e["reporting"]]
  t.equal(len(quiet), 6, "endpoints that never reported")


class Server:
  """`onlooker repository http` on a port of its own."""

  def __init__(self, p, r, *arguments):
    self.process = subprocess.Popen([p.path, "repository", "http", "127.0.0.1:0", "--repository", r.url, *arguments],
                                    stderr=subprocess.PIPE, text=True)
    self.port = int(re.search(r"port (\d+)", self.process.stderr.readline()).group(1))

  def get(self, path, token=None, body=None, **headers):
    if token:
      headers["Authorization"] = "Bearer " + token
    request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body, headers=headers)
    try:
      with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, json.loads(answer.read()), answer.headers.get("ETag")
    except urllib.error.HTTPError as e:
      text = e.read()
      return e.code, json.loads(text) if text else None, None

  def stop(self):
    self.process.send_signal(signal.SIGTERM)
    status = self.process.wait(20)
    return status, self.process.stderr.read()


def renewed(t, p, server, tokens):
  """At HUP the tokens are read anew; where they cannot be, those that were stay."""
  p.file("tokens", tokens.replace("viewer", "admin").encode())
  server.process.send_signal(signal.SIGHUP)
  path = "/v1/history?endpoint=10.20.30.10&limit=1"
  for _ in range(50):
    status = server.get(path, "see")[0]
    if status == 200:
      break
    time.sleep(0.1)
  t.equal(status, 200, "at HUP the tokens are others")
  p.file("tokens", b"nonsense\n")
  server.process.send_signal(signal.SIGHUP)
  said = server.process.stderr.readline()
  t.point("line 1 is not" in said and said.endswith("; the tokens it had stay\n"), "a mistake in them is told", said)
  t.equal(server.get(path, "see")[0], 200, "and those that were stay")


def over_http(t, p, r):
  tokens = "".join(f"{role} {hashlib.sha256(token.encode()).hexdigest()} {token}\n" for role, token in
                   (("viewer", "see"), ("admin", "all")))
  server = Server(p, r, "--tokens", p.file("tokens", ("# who may ask\n" + tokens).encode()))
  wanted = r.ask("endpoints")
  t.equal(server.get("/v1/endpoints")[0], 401, "without a token")
  t.equal(server.get("/v1/endpoints", "guess")[0], 401, "with another token")
  status, page, etag = server.get("/v1/endpoints", "see")
  t.point(status == 200 and page["items"] == wanted and page["cursor"] is None, "the same answers as on the command line", status)
  t.equal(server.get("/v1/endpoints", "see", **{"If-None-Match": etag})[0], 304, "nothing new since")
  for known, wanted_status, name in (("*", 304, "whatever it is"), (f'"old", W/{etag}', 304, "one of several, weak"), (f" {etag} ,", 304, "with blanks"),
                                     (f"{etag[:-2]}\"", 200, "a part of it"), (f"{etag}x", 200, "more than it"), ("", 200, "nothing")):
    t.equal(server.get("/v1/endpoints", "see", **{"If-None-Match": known})[0], wanted_status, f"If-None-Match: {name}")
  status, page, _ = server.get("/v1/endpoints?limit=3", "see")
  rest = server.get(f"/v1/endpoints?limit=1000&cursor={page['cursor']}", "see")[1]["items"]
  t.point(page["items"] + rest == wanted, "pages make the whole")
  one = wanted[0]["endpointIdentifier"]
  items = server.get(f"/v1/endpoints/{one}", "see")[1]["items"]
  collectors = [item.pop("collectors", []) for item in items]
  t.equal(items, wanted[:1], "one endpoint by its identifier")
  t.point(len(collectors) == 1 and len(collectors[0]) == 1 and collectors[0][0]["observationPoint"].startswith("pcap:lab.pcap"),
          "the collector that saw it is named", collectors)
  t.equal(server.get(f"/v1/endpoints/{one}/history", "see")[0], 403, "a viewer sees no history")
  t.point(len(server.get(f"/v1/endpoints/{one}/history", "all")[1]["items"]) > 5, "an admin does")
  question = json.dumps({"query": "software", "parameters": {"software": "nginx"}, "limit": 5}).encode()
  t.equal(len(server.get("/v1/query", "see", question)[1]["items"]), 1, "a question as JSON")
  for path, wanted_status in (("/v1/rumours", 404), ("/elsewhere", 404), ("/v1/endpoints?limit=0", 400), ("/v1/endpoints?x=1", 400),
                              ("/v1/endpoints/" + "a" * 5000, 404), ("/v1/changes", 400), ("/v1/endpoints?software=a&software=b", 400),
                              (f"/v1/endpoints/{one}?endpoint=10.20.30.10", 400), ("/v1/endpoints?software=%zz", 400),
                              ("/v1/endpoints?software=a%2", 400), ("/v1/endpoints?%", 400), ("/v1/endpoints?software=nginx%00x", 400),
                              ("/v1/end%points", 400), ("/v1/endpoints?since=2026-11-21", 400)):
    status, said, _ = server.get(path, "see")
    t.point(status == wanted_status and said["error"], path[:40], (status, said))
  for body in (b"", b"{", b"[]", b'{"query":7}', b'{"query":"endpoints","parameters":{"version":"<"}}', b"x" * 100000):
    t.equal(server.get("/v1/query", "see", body or b" ")[0], 400, f"a question of {len(body)} octets that is none")
  t.equal(server.get("/v1/endpoints?software=%25&limit=5", "see")[1]["items"], [], "a % itself")
  renewed(t, p, server, tokens)
  t.equal(server.stop(), (0, ""), "the server ends when it is told to")
  open_server = Server(p, r)
  t.equal(open_server.get("/v1/endpoints?limit=1")[0], 200, "without tokens everybody here is a viewer")
  t.equal(open_server.get(f"/v1/endpoints/{one}/history")[0], 403, "and no more than that")
  open_server.stop()
  for tokens, said in ((b"", "no token in it"), (b"viewer x\n", "line 1 is not"), (b"# a\nking " + b"0" * 64 + b" k\n", "line 2 is not")):
    result = r.verb("http", "127.0.0.1:0", "--tokens", p.file("bad", tokens))
    t.point(result.status == 2 and len(result.lines) == 1 and said in result.err, f"tokens: {said}", result)
  result = r.verb("http", "127.0.0.1:70000")
  t.point(result.status == 2 and len(result.lines) == 1 and "70000: give an address and a port" in result.err, "a port that is none", result)
  result = r.verb("http", "0.0.0.0:0")
  t.point(result.status == 2 and "loopback only" in result.err, "an address that others reach is refused", result)


def held(t, p, r):
  """Connections that send a request octet by octet, more than there may be: who asks is answered all the same, and they are counted."""
  server = Server(p, r)
  there = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(200)]
  for octet in (b"G", b"E", b"T", b" "):
    for s in there:
      try:
        s.send(octet)
      except OSError:
        pass  # it was ended
    t.equal(server.get("/v1/endpoints?limit=1")[0], 200, "who asks is answered beside two hundred that do not")
  with socket.create_connection(("127.0.0.1", server.port), 10) as s:
    s.send(b"GET /v1/endpoints?software=%zz HTTP/1.1\r\nHost: ")  # begun, never ended: nothing of it is left
  counted = server.get("/v1/counters")[1]
  connections = counted["connections"]
  t.point(connections["ended"] >= 140 and connections["taken"] >= 204 and connections["open"] <= 64, "who only holds on is ended, and counted", counted)
  t.equal((counted["requests"], counted["answered"], counted["refused"]), (4, 4, 0), "requests are counted")
  for s in there:
    s.close()
  status, said = server.stop()
  t.point(status == 0 and len(said.splitlines()) == 1 and "/v1/counters counts them" in said, "and told, once", said)


def forgetting(t, r):
  result = r.verb("prune", "--retain", "99999", "--retain", "event=1")
  t.point(result.status == 0 and b" 0 endpoints" in result.out and not result.out.startswith(b"0 assertions"),
          "one kind is forgotten", result.out)
  t.equal(len(r.ask("endpoints")), 7, "the endpoints stay")
  result = r.verb("prune", "--retain", "0")
  t.point(result.status == 0 and b" 0 endpoints" not in result.out, "everything is forgotten", result.out)


def mistakes(t, p, r):
  for arguments, said in (
      (("frobnicate",), "what is 'frobnicate'?"),
      (("import",), "import wants one FILE"),
      (("import", "/nonexistent"), "No such file"),
      (("import", "-", "--format", "lotus"), "no such format"),
      (("import", "-", "--format", "dpkg"), "no software"),
      (("import", "-", "--at", "soon"), "is no time"),
      (("query",), "query wants"),
      (("query", "rumours"), "none of this name"),
      (("query", "endpoints", "limit=0"), "limit: give a number"),
      (("query", "endpoints", "version=<"), "version: give"),
      (("query", "endpoints", "cursor=abc"), "cursor: give"),
      (("query", "endpoints", "x"), "give MEMBER=VALUE"),
      (("query", "endpoint"), "endpoint: endpoint wants one"),
      (("query", "changes"), "since: changes wants"),
      (("query", "endpoints", "knownAt=2026-11-21T03:00:00Z"), "knownAt: not for endpoints; leave it out, or ask history"),
      (("query", "endpoints", "since=2026-11-21"), "since: not for endpoints; leave it out, or ask changes"),
      (("query", "endpoint", "endpoint=a", "until=now"), "until: not for endpoint"),
      (("query", "software", "attributes=*"), "attributes: not for software; leave it out, or ask endpoints, endpoint, changes, currency"),
      (("query", "history", "endpoint=a", "since=2026-11-21"), "since: not for history"),
      (("query", "history", "endpoint=a", "attributes=service"), "attributes: not for history"),
      (("query", "history", "endpoint=a", "at=2026-11-21"), "at: not for history"),
      (("query", "history", "endpoint=a", "software=nginx"), "software: not for history"),
      (("query", "changes", "since=2026-11-21", "at=2026-11-21"), "at: not for changes"),
      (("query", "changes", "since=2026-11-21", "freshnessSeconds=9"), "freshnessSeconds: not for changes"),
      (("query", "currency", "since=2026-11-21"), "since: not for currency"),
      (("query", "discrepancies", "attributes=nosuch"), "attributes: not for discrepancies"),
      (("query", "endpoints", "latest=true", "at=2026-11-21"), "leave out at"),
      (("query", "endpoints", "software=a", "software=b"), "software: is given twice"),
      (("prune",), "--retain"),
      (("prune", "--retain", "lotus=3"), "no such kind"),
      (("prune", "--retain", "many"), "give days"),
  ):
    result = r.verb(*arguments, stdin=b"")
    t.point(result.status == 2 and len(result.lines) == 1 and said in result.err, " ".join(arguments), result)
  absent = p.file("nobody.db")
  for options, stdin, wanted in ((("assertions",), b"nonsense\n", 3), (("assertions",), b"", 0), (("assertions",), b'{"provenanceId":1}\n', 0),
                                 (("lotus",), b"x", 2), (("dpkg", "--endpoint", "x.test"), REPORT, 2)):
    result = p.run("repository", "import", "-", "--format", *options, "--repository", "sqlite:" + absent, stdin=stdin)
    t.point(result.status == wanted and not os.path.exists(absent), f"import of {stdin[:10]} as {options[0]} makes no repository", result)
  result = p.run("repository", "--fabric", "tcp://127.0.0.1:9", "--repository", ":memory:")
  t.point(result.status == 2 and len(result.lines) == 1 and "serve a sqlite:PATH" in result.err, "what does not last is not served", result)
  result = p.run("repository", "prune", "--retain", "1", "--repository", "sqlite:" + p.file("absent.db"))
  t.point(result.status == 2 and "No such file" in result.err, "a repository that is not there is not made", result)


def stranger(p, *arguments):
  """Runs the program as somebody who may write nowhere; what it said, or None when nobody else may run it."""
  def become():
    if os.geteuid() == 0:
      os.setgroups([])
      os.setgid(65534)
      os.setuid(65534)

  try:
    done = subprocess.run([p.path, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False,
                          cwd="/", preexec_fn=become)
  except (PermissionError, subprocess.SubprocessError):
    return None
  return tap.Result(done.returncode, done.stdout, done.stderr)


def still(t, p, first):
  """A repository can be asked where nothing may be written."""
  folder = p.file("still %41?#")  # a name that would mean something in a URI
  path = os.path.join(folder, "a.db")
  r = Repository(p, "sqlite:" + path)
  os.mkdir(folder)
  os.chmod(p.folder.name, 0o755)
  result = r.verb("import", p.file("lab.jsonl"))
  log = path + "-wal"
  t.point(result.status == 0 and not os.path.exists(log), "a repository without a log", result)
  os.chmod(folder, 0o555)
  result = stranger(p, "inventory", "--json", "--repository", r.url)
  if result is None:
    t.skip("still", "nobody else may run the program here")
    return
  t.point(result.status == 0 and result.clean() and result.out == first.inventory(), "is read where nothing may be written", result)
  t.equal(os.listdir(folder), ["a.db"], "and nothing is left there")
  result = stranger(p, "repository", "prune", "--retain", "0", "--repository", r.url)
  t.point(result.status == 2 and len(result.lines) == 1, "but not written", result)
  os.chmod(folder, 0o755)
  holder = sqlite3.connect(path)  # holds the log open, as who writes does
  holder.execute("PRAGMA wal_autocheckpoint=0")
  holder.execute("UPDATE sequence SET last=last+1")
  holder.commit()
  for end in ("", "-wal"):
    shutil.copy(path + end, p.file("copy.db" + end))
  holder.close()
  os.mkdir(p.file("logged"))
  for end in ("", "-wal"):
    os.rename(p.file("copy.db" + end), p.file("logged/b.db" + end))
  os.chmod(p.file("logged"), 0o555)
  url = "sqlite:" + p.file("logged/b.db")
  result = stranger(p, "inventory", "--repository", url)
  t.point(result.status == 2 and len(result.lines) == 1 and "b.db-wal" in result.err and "repository upgrade" in result.err, "a log that cannot be read is told", result)
  os.chmod(p.file("logged"), 0o755)
  t.equal(p.run("repository", "upgrade", "--repository", url).status, 0, "its owner brings it over")
  os.chmod(p.file("logged"), 0o555)
  result = stranger(p, "inventory", "--json", "--repository", url)
  t.point(result.status == 0 and result.out == first.inventory(), "as is said there", result)
  os.chmod(p.file("logged"), 0o755)


class Named:
  """Points that say which engine they are of."""

  def __init__(self, t, engine):
    self.t, self.engine = t, engine

  def point(self, good, name, detail=""):
    return self.t.point(good, f"{self.engine}: {name}", detail)

  def equal(self, got, wanted, name):
    return self.t.equal(got, wanted, f"{self.engine}: {name}")


def suite(t, p, first, second):
  """The same for every engine."""
  lines(t, p, first, second)
  pages(t, second)
  questions(t, second)
  reports(t, second)
  over_http(t, p, second)
  held(t, p, second)
  mistakes(t, p, second)
  forgetting(t, second)


def copies(path, count):
  """The first assertion of a file so many times, each under another identifier, with the provenance before them."""
  with open(path, encoding="utf-8") as f:
    provenance, line = f.readline(), json.loads(f.readline())
  return (provenance + "".join(json.dumps(line | {"assertionId": f"00000000-0000-8000-8000-{i:012x}"}) + "\n"
                               for i in range(count))).encode()


def said_again(path, count):
  """Assertions of a file again and again, each time of another while, as open or not, as sure and as well known as it comes."""
  dice = random.Random(7)
  with open(path, encoding="utf-8") as f:
    provenance, *rest = f
  rest = [json.loads(line) for line in rest if '"assertionId"' in line]
  for i in range(count):
    a = json.loads(json.dumps(dice.choice(rest)))
    start = datetime.datetime.fromisoformat(a["interval"]["start"].replace("Z", "+00:00"))
    end = datetime.datetime.fromisoformat(a["interval"]["end"].replace("Z", "+00:00"))
    if dice.random() < 0.3:
      start += datetime.timedelta(seconds=dice.randrange(-3, 3))
    end = max(start, end + datetime.timedelta(seconds=dice.randrange(-30, 300)))
    a["assertionId"] = f"00000000-0000-8000-8000-{i:012x}"
    a["interval"] = {"start": start.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "end": end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "open": dice.random() < 0.5}
    for one in a["attributes"] + a.get("endpoint", {}).get("designation", []):
      one["confidence"] = dice.randrange(1, 100)
      if dice.random() < 0.3:
        one.pop("evidence", None)
    yield provenance, json.dumps(a) + "\n"


def put_together(t, p, server):
  """What a batch puts together is what questions put together of many batches, and what SQLite keeps."""
  said = list(said_again(p.file("lab.jsonl"), 3000))
  whole, parts = Repository(p, server.url("whole")), Repository(p, server.url("parts"))
  near = Repository(p, "sqlite:" + p.file("near.db"))
  for r in (whole, near):
    result = r.verb("import", "-", stdin=(said[0][0] + "".join(line for _, line in said)).encode())
    t.point(result.status == 0 and result.out.startswith(b"3000 stored"), "clickhouse: all are stored", result)
  for i in range(0, len(said), 150):
    parts.verb("import", "-", stdin=(said[0][0] + "".join(line for _, line in said[i:i + 150])).encode())
  rows = [int(server.ask(f"SELECT count() FROM {name}.claim")) for name in ("whole", "parts")]
  t.point(0 < rows[0] < rows[1] / 2, "clickhouse: a claim has one row of a batch", rows)
  t.point(whole.inventory() == parts.inventory() == near.inventory() != b"", "clickhouse: put together early or late, the same inventory")
  history = "history", "endpoint=10.20.30.10", "limit=1000"
  t.equal(*([h["assertionId"] for h in r.ask(*history)] for r in (whole, near)), "clickhouse: and the same history")


def beyond_one_machine(t, p, first):
  """ClickHouse: written at once and brought in as lines, it gives what SQLite gives."""
  server = clickhouse.Server(p.file("clickhouse"))
  try:
    if not t.point(server.ready(), "clickhouse: the server answers"):
      return
    direct = Repository(p, server.url("direct"))
    result = direct.verb("query", "endpoints")
    t.point(result.status == 2 and "there is no repository in database direct" in result.err, "clickhouse: an empty one is told", result)
    result = p.observe("-r", tap.LAB, "--repository", direct.url)
    t.point(result.status == 0 and result.clean() and direct.inventory() == first.inventory(),
            "clickhouse: the inventory is that of SQLite, octet for octet", result)
    many = Repository(p, server.url("many"))
    began, before = time.monotonic(), server.inserts()
    result = many.verb("import", "-", stdin=copies(p.file("lab.jsonl"), 21000))
    t.point(result.status == 0 and result.out.startswith(b"21000 stored"), "clickhouse: batches as large as they come", result)
    inserts, seconds = server.inserts() - before, time.monotonic() - began
    t.point(inserts <= 5 * (seconds + 4), "clickhouse: no more of them than one for 10,000 and one a second", f"{inserts} in {seconds} s")
    put_together(t, p, server)
    suite(Named(t, "clickhouse"), p, first, Repository(p, server.url("lines")))
    result = p.run("inventory", "--repository", direct.url + "?user=nobody")
    t.point(result.status == 2 and len(result.lines) == 1 and "nobody" in result.err, "clickhouse: a user it does not know", result)
  finally:
    server.stop()
  result = p.observe("-r", tap.LAB, "--repository", direct.url)
  t.point(result.status == 1 and len(result.lines) == 1 and "is the server there" in result.err,
          "clickhouse: a server that is not there is told before anything is read", result)


def test(t, p):
  first = Repository(p, "sqlite:" + p.file("first.db"))
  result = p.observe("-r", tap.LAB, "--repository", first.url, "--json", p.file("lab.jsonl"))
  if not t.point(result.status == 0 and result.clean(), "the recording is kept", result):
    return
  suite(Named(t, "sqlite"), p, first, Repository(p, "sqlite:" + p.file("second.db")))
  still(t, p, first)
  if clickhouse.program():
    beyond_one_machine(t, p, first)
  else:
    t.skip("clickhouse", "clickhouse-server is not installed")


if __name__ == "__main__":
  tap.main(test)
