#!/usr/bin/env python3
"""What endpoints showed is read again with other signatures, without packets: the same set says the same, another
says what is different, and a version of a program is the same program. Of our own recording always; of some captures of
ONLOOKER_CORPUS when that is set."""
import json
import os

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
  gone = []
  for i, path in enumerate(captures()):
    db = "sqlite:" + p.file(f"{i}.db")
    p.observe("-r", path, "--repository", db)
    out = p.run("inventory", "reinfer", "--json", "--repository", db).out
    gone += [(path, m) for line in out.splitlines() for m in json.loads(line)["gone"]]
  t.point(not gone, "what was concluded of captures is concluded again", gone[:3])


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


tap.main(test)
