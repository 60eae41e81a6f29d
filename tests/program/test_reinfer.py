#!/usr/bin/env python3
"""What endpoints showed is read again with other signatures, without packets: the same set says the same, another
says what is different, and what is said then is what observing with that set says. Of our own recording always; of some
captures of ONLOOKER_CORPUS when that is set."""
import json
import os
import sqlite3
import subprocess
import threading
import time

import zmq

import clickhouse
import roles
import tap

OWN = b"""field: http.server
signatures:
  - name: house
    pattern: '^nginx/(?<v>[\\d.]+)'
    software: {title: House Server, creator: House, version: "{v}"}
    examples: [{value: "nginx/1.22.1", title: House Server, version: "1.22.1"}]
"""


def captures():
  """Every hundredth of the corpus that is small, by name."""
  folder = os.environ.get("ONLOOKER_CORPUS")
  found = [os.path.join(place, n) for place, _, names in os.walk(folder or "/nonexistent") for n in names if n.endswith((".pcap", ".pcapng"))]
  return [path for path in sorted(found)[::100] if os.path.getsize(path) < 1 << 20]


def nothing_gone(t, p):
  if not captures():
    t.skip("what was concluded of captures is concluded again", "ONLOOKER_CORPUS is not set")
    return
  gone, new = [], []
  for i, path in enumerate(captures()):
    db = "sqlite:" + p.file(f"{i}.db")
    p.observe("-r", path, "--repository", db)
    out = p.run("inventory", "reinfer", "--json", "--repository", db).out
    gone += [(path, m) for line in out.splitlines() for m in json.loads(line)["gone"]]
    new += [(path, m) for line in out.splitlines() for m in json.loads(line)["new"]]
  t.point(not gone, "what was concluded of captures is concluded again", gone[:3])
  t.point(not new, "and nothing else is", new[:3])


def inventory(p, db, *more):
  return p.run("inventory", "--json", "--repository", db, *more).out


def relabelled(t, p, capture, own):
  """What is said is what an observer with that set says, once, and can be taken back; the history keeps what was known."""
  one, other = "sqlite:" + p.file("one.db"), "sqlite:" + p.file("other.db")
  p.observe("-r", capture, "--repository", one)
  p.observe("-r", capture, "--signatures", own, "--repository", other)
  before = inventory(p, one)
  said = p.run("repository", "reinfer", "--signatures", own, "--repository", one, "--json", p.file("said.jsonl"))
  lines = [json.loads(line) for line in open(p.file("said.jsonl"), encoding="utf-8")]
  t.point(said.status == 0 and b"said" in said.out and len(lines) > 1, "the difference is said", said)
  t.point("signatureSet" in lines[0] and lines[0]["signatureSet"].encode() in said.out, "by the set that says it", lines[0])
  t.point(inventory(p, one) == inventory(p, other), "the inventory is that of observing with the set, octet for octet")
  again = p.run("repository", "reinfer", "--signatures", own, "--repository", one)
  t.point(again.status == 0 and b"0 said, 0 withdrawn" in again.out, "once", again)
  endpoint = json.loads(next(line for line in before.splitlines() if b"nginx" in line))["endpointIdentifier"]
  history = p.run("inventory", "history", endpoint, "--repository", one).out
  t.point(b"nginx" in history and b"House Server" in history, "the history has both", history[:1000])
  back = p.run("repository", "reinfer", "--repository", one, "--json", "-")
  t.point(all(json.loads(line) for line in back.out.splitlines()) and back.out, "--json - writes lines of JSON alone", back.out[:300])
  t.point(back.status == 0 and inventory(p, one) == before, "with the signatures of before it is what it was", back)


def published(t, p, capture, own):
  """A subscriber gets what the counter says."""
  db, url = "sqlite:" + p.file("published.db"), f"tcp://127.0.0.1:{roles.free_port()}"
  p.observe("-r", capture, "--repository", db)
  got, context = [], zmq.Context()
  subscriber = context.socket(zmq.SUB)
  subscriber.setsockopt(zmq.SUBSCRIBE, b"")
  subscriber.setsockopt(zmq.RCVTIMEO, 20000)
  subscriber.connect(url)

  def listen():
    while sum(len(m[-1].splitlines()) for m in got) < 5:
      try:
        got.append(subscriber.recv_multipart())
      except zmq.ZMQError:
        return

  listener = threading.Thread(target=listen)
  listener.start()
  said = p.run("repository", "reinfer", "--signatures", own, "--repository", db, "--publish", "bind:" + url, "--wait", "1")
  listener.join()
  subscriber.close(0)
  context.term()
  lines = [json.loads(line) for m in got for line in m[-1].splitlines()]
  count = sum("assertionId" in line for line in lines)
  t.point(said.status == 0 and f"publish: {count} delivered of {count}".encode() in said.out and count,
          f"a subscriber gets the {count} that were delivered", said)


def killed(t, p, capture, own):
  """Ended at any moment, it is whole when it has run again."""
  one, other = "sqlite:" + p.file("killed.db"), "sqlite:" + p.file("whole.db")
  p.observe("-r", capture, "--repository", one)
  p.observe("-r", capture, "--signatures", own, "--repository", other)
  for wait in (0.0, 0.005, 0.01, 0.02, 0.04):
    process = subprocess.Popen([p.path, "repository", "reinfer", "--signatures", own, "--repository", one],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
      process.wait(wait)
    except subprocess.TimeoutExpired:
      process.kill()
      process.wait()
  done = p.run("repository", "reinfer", "--signatures", own, "--repository", one)
  t.point(done.status == 0 and inventory(p, one) == inventory(p, other), "killed and run again it is whole", done)


def through_fabric(t, p, capture, own):
  """With a fabric its repository has it, acknowledged, and who listens hears it."""
  s = roles.Site(p, "reinfer-site")
  s.fabric(), s.manager(), s.repository()
  db = "sqlite:" + s.path("repository.db")
  wait = ["--publish", s.url, "--key", s.key("sensor", "collector"), "--spool", s.path("spool")]
  observed = p.observe("-r", capture, *wait)
  other = "sqlite:" + p.file("fabric-other.db")
  p.observe("-r", capture, "--signatures", own, "--repository", other)
  said = p.run("repository", "reinfer", "--signatures", own, "--repository", db, "--fabric", s.url, "--key", s.key("again", "collector"))
  t.point(observed.status == 0 and said.status == 0 and inventory(p, db) == inventory(p, other),
          "the repository behind a fabric is told by it", (observed, said))
  s.leave_nobody()


def known_then(t, p, capture, own):
  """What was known before it was read again is what was known then."""
  db = "sqlite:" + p.file("then.db")
  p.observe("-r", capture, "--repository", db)
  time.sleep(1.1)  # knownAt is told in whole seconds, too
  moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
  time.sleep(1.1)
  p.run("repository", "reinfer", "--signatures", own, "--repository", db)

  def titles(*more):
    out = p.run("repository", "query", "history", "endpoint=web.lab.test", "limit=1000", *more, "--repository", db).out
    return {m["value"].get("softwareTitle") for line in out.splitlines() for m in json.loads(line)["attributes"] if isinstance(m["value"], dict)}

  t.point("House Server" in titles() and "nginx" in titles(), "the history has the new name beside the old")
  t.point("House Server" not in titles(f"knownAt={moment}") and "nginx" in titles(f"knownAt={moment}"), "before it was read again only the old was known")


def with_clickhouse(t, p, capture, own):
  """The other engine says the same."""
  if not clickhouse.program():
    t.skip("reinfer with ClickHouse", "clickhouse-server is not installed")
    return
  server = clickhouse.Server(p.file("clickhouse"))
  try:
    if not t.point(server.ready(), "ClickHouse answers"):
      return
    one, near = server.url("one"), "sqlite:" + p.file("near.db")
    for db in (one, near):
      p.observe("-r", capture, "--repository", db)
    before = inventory(p, one)
    for db in (one, near):
      said = p.run("repository", "reinfer", "--signatures", own, "--repository", db)
    t.point(said.status == 0 and inventory(p, one) == inventory(p, near) != before, "ClickHouse: read again it is what SQLite has, octet for octet", said)
    back = p.run("repository", "reinfer", "--repository", one)
    t.point(back.status == 0 and inventory(p, one) == before, "ClickHouse: and back again what it was", back)
  finally:
    server.stop()


def in_the_way(t, p, capture, own):
  """What cannot be published or written is told in a line, and nothing changes."""
  db = p.file("locked.db")
  p.observe("-r", capture, "--repository", "sqlite:" + db)
  before = inventory(p, "sqlite:" + db)
  context = zmq.Context()
  taken = context.socket(zmq.PUB)
  port = taken.bind_to_random_port("tcp://127.0.0.1")
  result = p.run("repository", "reinfer", "--signatures", own, "--repository", "sqlite:" + db, "--publish", f"bind:tcp://127.0.0.1:{port}")
  t.point(result.status == 2 and len(result.lines) == 1 and str(port) in result.err, "an address that is in use", result)
  taken.close(0)
  context.term()
  with sqlite3.connect(db, timeout=1) as other:
    other.execute("BEGIN IMMEDIATE")
    result = p.run("repository", "reinfer", "--signatures", own, "--repository", "sqlite:" + db)
    other.rollback()
  t.point(result.status in (1, 2) and len(result.lines) == 1 and "locked.db" in result.err, "a repository that another program holds", result)
  t.point(inventory(p, "sqlite:" + db) == before, "nothing has changed")


def refused(t, p, own):
  for words, what in ((["reinfer", "--publish", "tcp://127.0.0.1:1"], "--fabric"), (["reinfer", "--wait", "1"], "--publish"),
                      (["prune", "--signatures", own], "reinfer"), (["reinfer", "--repository", "sqlite:" + p.file("none.db")], "none.db"),
                      (["reinfer", "--signatures", p.file("bad.yaml", b"field: [\n")], "bad.yaml")):
    result = p.run("repository", *words, *([] if "--repository" in words else ["--repository", "sqlite:" + p.file("lab.db")]))
    t.point(result.status == 2 and len(result.lines) == 1 and what in result.lines[0], "refused: " + " ".join(words[:2]), result)


def test(t, p):
  nothing_gone(t, p)
  capture, db, own = p.file("lab.pcap", tap.lab_capture()), "sqlite:" + p.file("lab.db"), p.file("own.yaml", OWN)
  p.observe("-r", capture, "--repository", db)
  before = p.run("inventory", "--json", "--repository", db).out
  same = p.run("inventory", "reinfer", "--json", "--repository", db)
  t.point(same.status == 0 and not same.out, "the same signatures say the same", same.out.decode()[:2000] or same)
  other = p.run("inventory", "reinfer", "--json", "--signatures", own, "--repository", db)
  lines = [json.loads(line) for line in other.out.splitlines()]
  t.equal(other.status, 0, "others are read")
  gone = [m["value"]["softwareTitle"] for e in lines for m in e["gone"]]
  new = [(m["value"]["softwareTitle"], m["value"].get("softwareVersion"), m["signature"]) for e in lines for m in e["new"]]
  t.equal((set(gone), set(new)), ({"nginx"}, {("House Server", "1.22.1", "http.server/house")}), "what they say is the difference")
  known = {json.loads(line)["endpointIdentifier"] for line in before.splitlines()}
  t.point(all(e["endpointIdentifier"] in known for e in lines), "of the endpoints that are known")
  t.point(all(e["packet"] > 0 for line in lines for m in line["new"] for e in m["evidence"]), "with the packets it was seen in")
  text = p.run("inventory", "reinfer", "--signatures", own, "--repository", db).out.decode()
  t.point("House Server" in text and "endpoints change" in text, "people can read it", text)
  t.equal(p.run("inventory", "--json", "--repository", db).out, before, "nothing is written")
  wrong = p.run("inventory", "reinfer", "--signatures", p.file("bad.yaml", b"field: [\n"), "--repository", db)
  t.point(wrong.status == 2 and len(wrong.lines) == 1, "a set that cannot be read is refused in one line", wrong)
  relabelled(t, p, capture, own)
  published(t, p, capture, own)
  killed(t, p, capture, own)
  through_fabric(t, p, capture, own)
  known_then(t, p, capture, own)
  with_clickhouse(t, p, capture, own)
  in_the_way(t, p, capture, own)
  refused(t, p, own)


tap.main(test)
