#!/usr/bin/env python3
"""--site-key: identifiers of endpoints and hashes of --privacy follow the file's key and nothing else; a file that is no
secret is refused in one line before anything is read."""
import json
import os

import tap


def keyed(p, name, data, mode=0o600):
  path = p.file(name, data)
  os.chmod(path, mode)
  return path


def inventory(p, key):
  """(identifiers, hashed host names) of the lab's endpoints."""
  words = ["--site-key", key] if key else []
  result, lines = p.inventory("-r", p.file("lab.pcap"), "--privacy", "hostName=hash", *words)
  endpoints = [json.loads(line) for line in lines.splitlines()]
  names = {d["value"] for e in endpoints for d in e["designation"] if d["name"] == "hostName"}
  return result, {e["endpointIdentifier"] for e in endpoints}, names


def refused(t, p, path, words, what):
  result = p.observe("-r", p.file("lab.pcap"), "--json", "-", "--site-key", path)
  good = result.status == 2 and len(result.lines) == 1 and all(w in result.err for w in (path, *words)) and not result.out
  t.point(good, what, result)


def test(t, p):
  p.file("lab.pcap", tap.lab_capture())
  text = keyed(p, "text", b"the key of this site\n")
  runs = [inventory(p, key) for key in (None, text, keyed(p, "same", b"the key of this site"), keyed(p, "octets", bytes(range(32))),
                                        keyed(p, "other", bytes(range(1, 33))))]
  t.point(all(r.status == 0 for r, _, _ in runs) and runs[0][1] and runs[0][2], "every key is taken", "\n".join(map(str, [r[0] for r in runs])))
  fixed, one, same, octets, other = runs
  t.point(one[1:] == same[1:], "the end of a line is no part of a text")
  for name, a, b in (("the fixed key", fixed, one), ("a text", one, octets), ("octets", octets, other)):
    t.point(not a[1] & b[1], f"{name} and another key have no identifier in common", a[1] & b[1])
    t.point(not a[2] & b[2] and len(a[2]) == len(b[2]), f"{name} and another key have no hash in common", a[2] & b[2])
  refused(t, p, p.file("absent"), ["No such file"], "a file that is not there")
  refused(t, p, p.folder.name, ["directory"], "a directory")
  refused(t, p, keyed(p, "empty", b""), ["no key"], "an empty file")
  refused(t, p, keyed(p, "blank", b" \n\n"), ["no key"], "a blank file")
  refused(t, p, keyed(p, "long", b"x" * 4097), ["4096"], "a file too long")
  refused(t, p, keyed(p, "open", b"secret", 0o644), ["chmod 600"], "a file everybody may read")


tap.main(test)
