#!/usr/bin/env python3
"""The signature commands: the built-in set proves its examples, lists itself, and explains values one by one or in order."""
import json
import os

import tap

BATCH = [("http.server", "nginx/1.22.1", "nginx", "1.22.1"), ("ssh.banner", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "OpenSSH", "9.2p1"),
         ("http.server", "a server nobody has heard of", None, None), ("ftp.banner", "220 (vsFTPd 3.0.3)", "vsFTPd", "3.0.3"),
         ("no.such.field", "x", None, None), ("http.userAgent", "curl/7.88.1", "curl", "7.88.1"),
         ("http.server", "\u00ff\u0000\"\\", None, None), ("http.server", "", None, None)]


def commands(t, p):
  result = p.run("signatures", "test", seconds=120)
  t.point(result.clean() and result.status == 0, "every signature proves its examples", f"{result}\n{result.out[-500:]}")
  result = p.run("signatures", "list")
  t.point(result.status == 0 and len(result.out.splitlines()) >= 200, "at least 200 signatures are listed",
          f"{result}\n{len(result.out.splitlines())} lines")
  result = p.run("signatures", "explain", "http.server", "nginx/1.22.1")
  t.point(result.status == 0 and b"nginx" in result.out and b"1.22.1" in result.out, "a banner is explained", result)
  result = p.run("signatures", "no-such-verb")
  t.point(result.status == 2 and len(result.lines) == 1, "an unknown verb is refused", result)
  for words, said in ((("explain", "http.sever", "x"), "did you mean http.server?"), (("--no-such", "list"), "--no-such"),
                      ((), "say list, test or explain"), (("list", "--batch"), "--batch goes with explain")):
    result = p.run("signatures", *words)
    t.point(result.status == 2 and len(result.lines) == 1 and said in result.err, f"refused: {said}", result)
  own = p.file("own.yaml", b"field: http.server\nsignatures:\n  - name: own_thing\n    pattern: '^OwnThing$'\n    software: {title: Own Thing}\n    examples: [{value: OwnThing, title: Own Thing}]\n")
  config = p.file("config.yaml", b"signatures:\n  signatures: [" + own.encode() + b"]\n")
  result = p.run("signatures", "--config", config, "explain", "http.server", "OwnThing")
  t.point(result.status == 0 and b"Own Thing" in result.out, "the configuration names signatures, too",
          f"{result}\n{result.out}")
  result = p.run("signatures", "list", "--signatures", "no/such/folder")
  t.point(result.status == 2 and len(result.lines) == 1 and "no/such/folder" in result.err, "a folder that is not there", result)


def batch(t, p):
  lines = "".join(json.dumps({"field": f, "value": v}) + "\n" for f, v, _, _ in BATCH)
  result = p.run("signatures", "explain", "--batch", stdin=lines.encode())
  answers = [json.loads(line) for line in result.out.splitlines()]
  if not t.equal((result.status, len(answers)), (0, len(BATCH)), "one answer a line"):
    return
  for (field, value, title, version), answer in zip(BATCH, answers):
    found = [(m.get("softwareTitle"), m.get("softwareVersion")) for m in answer["matches"]]
    good = any((a or "").lower() == title.lower() and b == version for a, b in found) if title else not found
    t.point(good, f"{field} {value!a}", found)


def own(t, p):
  """A set of one's own, and one that is broken."""
  folder = p.file("broken")
  os.makedirs(folder)
  with open(os.path.join(folder, "broken.yaml"), "w", encoding="utf-8") as f:
    f.write("field: [unclosed\n")
  result = p.run("signatures", "list", "--signatures", folder)
  t.point(result.clean() and result.status == 2 and len(result.lines) == 1 and f" {folder}/broken.yaml:" in result.err,
          "a broken set is refused and named, with its folder", result)
  with open(os.path.join(folder, "broken.yaml"), "w", encoding="utf-8"):
    pass
  result = p.run("signatures", "list", "--signatures", folder)
  t.point(result.clean() and result.status == 0 and result.out, "a file that is empty holds none", result)


def test(t, p):
  commands(t, p)
  batch(t, p)
  own(t, p)


tap.main(test)
