#!/usr/bin/env python3
"""--privacy holds before any output: what a rule drops, hashes or cuts stands nowhere, not in JSON Lines, nor in the
repository, nor in what is asked of it; and the provenance says which rules held."""
import json

import tap

NAMES = ("macAddress", "ipv4Address", "ipv6Address", "hostName", "domainName", "sshHostKeyFingerprint", "certificateFingerprint",
         "dhcpClientIdentifier")


def values(lines, name):
  """What stands under a name, in designations and as an attribute."""
  out = set()
  for line in lines:
    a = json.loads(line)
    out |= {d["value"] for d in a.get("endpoint", {}).get("designation", []) if d["name"] == name}
    out |= {t["value"] for t in a.get("attributes", []) if t["name"] == name and isinstance(t["value"], str)}
  return {v for v in out if len(v) > 5}


def said(p, rule, db):
  result = p.observe("-r", p.file("lab.pcap"), "--json", "-", "--repository", "sqlite:" + db, *(["--privacy", rule] if rule else []))
  return result, result.out.splitlines()


def fresh(p, name):
  return p.file(name + ".db")


def test(t, p):
  p.file("lab.pcap", tap.lab_capture())
  _, open_lines = said(p, None, fresh(p, "open"))
  for name in NAMES:
    secrets = values(open_lines, name)
    if not secrets:
      t.skip(f"{name}", "the recording has none")
      continue
    for rule in ("drop", "hash", "truncate"):
      db = fresh(p, name + rule)
      result, lines = said(p, f"{name}={rule}", db)
      told = result.out + p.run("inventory", "--json", "--repository", "sqlite:" + db).out
      with open(db, "rb") as f:
        told += f.read()
      leaks = sorted(s for s in secrets if s.encode() in told)
      if leaks:
        where = [l.decode()[:300] for l in lines if any(s.encode() in l for s in leaks)][:2]
        leaks.append("\n".join(where))
      t.point(result.status == 0 and not leaks, f"{name}={rule}: nothing of it is said", "\n".join(leaks) or result)
      t.equal(json.loads(lines[0])["privacy"].get(name), rule, f"{name}={rule} stands in the provenance")


tap.main(test)
