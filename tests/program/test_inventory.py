#!/usr/bin/env python3
"""A repository answers: the table, one endpoint with its evidence, JSON; and a second replay changes nothing."""
import json
import os

import assertions
import captures
import tap

HOSTS = ("10.20.30.1", "10.20.30.10", "10.20.30.11", "10.20.30.13", "10.20.30.137", "10.20.30.138")


def answers(t, p, repository):
  table = p.run("inventory", "--repository", repository)
  text = table.out.decode()
  t.point(table.status == 0 and not table.lines and all(h in text for h in HOSTS), "the table shows every host", f"{table}\n{text}")
  identifier = p.run("inventory", "--repository", repository, "show", HOSTS[1]).out.decode().split()[1][:8].upper()
  for name, endpoint in (("address", "10.20.30.10"), ("MAC", "00:16:3e:20:30:0a"), ("MAC as switches write it", "0016.3E20.300A"),
                         ("identifier in capitals", identifier)):
    shown = p.run("inventory", "--repository", repository, "show", endpoint, "--explain")
    t.point(shown.status == 0 and b"nginx" in shown.out and b"1.22.1" in shown.out and b"lab.pcap" in shown.out,
            f"an endpoint by its {name}, with evidence", f"{shown}\n{shown.out[:800]!r}")
  nobody = p.run("inventory", "--repository", repository, "show", "198.51.100.77")
  t.point(nobody.clean() and nobody.status in (1, 2) and len(nobody.lines) == 1 and "198.51.100.77" in nobody.err,
          "an endpoint nobody has seen", nobody)


def table_answers(t, p, repository):
  """What was asked for stands first; with room for it, devices, services and when it was seen stand there too."""
  os.environ["COLUMNS"] = "80"
  narrow = p.run("inventory", "--repository", repository, "--software", "openssh", "--version", "<9.3").out.decode()
  rows = [line for line in narrow.splitlines() if "10.20.30." in line]
  t.point(len(rows) == 2 and all("OpenSSH 9.2p1" in row for row in rows), "software that was asked for stands first", narrow)
  t.point(all(len(line) <= 80 for line in narrow.splitlines()) and "also shows DEVICE" in narrow, "80 columns", narrow)
  os.environ["COLUMNS"] = "220"
  wide = p.run("inventory", "--repository", repository).out.decode()
  web = next((line for line in wide.splitlines() if "web.lab.test" in line), "")
  t.point("80 http, 443 https" in web and "2026-11-21 02:16 to 02:17" in web, "a wide table has services and times", wide)
  del os.environ["COLUMNS"]


def members(t, p, repository):
  out = p.run("inventory", "--json", "--repository", repository).out
  endpoints = [json.loads(line) for line in out.splitlines()]
  wanted = {"endpointIdentifier", "uniquelyIdentified", "designation", "software", "services", "firstSeen", "lastSeen"}
  t.point(endpoints and all(wanted <= set(e) for e in endpoints), "every endpoint has its members",
          [sorted(wanted - set(e)) for e in endpoints])
  t.equal([e["endpointIdentifier"] for e in endpoints], sorted(e["endpointIdentifier"] for e in endpoints), "in order")
  t.point(all("interval" in m for e in endpoints for m in e["software"] + e["services"] + e["designation"]),
          "every member has its interval")
  t.point(all(e["firstSeen"] <= e["lastSeen"] for e in endpoints), "first seen is not after last seen")
  return endpoints


def again(t, p, repository, before):
  """Known endpoints are not new when the same capture is read again."""
  result = p.observe("-r", tap.LAB, "--repository", repository)
  t.point(result.status == 0 and result.clean(), "the same capture again", result)
  after = [json.loads(line) for line in p.run("inventory", "--json", "--repository", repository).out.splitlines()]
  t.equal(sorted(e["endpointIdentifier"] for e in after), sorted(e["endpointIdentifier"] for e in before),
          "the same endpoints under the same identifiers")


def choices(t, p):
  """--local and --exclude keep endpoints out; --privacy keeps names out."""
  everyone = p.inventory("-r", tap.LAB)[1]
  local = p.inventory("-r", tap.LAB, "--local", "10.20.30.10/32")[1]
  t.point(b"10.20.30.10" in local and b"10.20.30.138" not in local, "--local leaves the others out", local[:500])
  for who in ("10.20.30.138/32", "00:16:3e:20:30:16"):
    out = p.inventory("-r", tap.LAB, "--exclude", who)[1]
    t.point(b"10.20.30.138" in everyone and b'"10.20.30.138"' not in out and b"10.20.30.10" in out, f"--exclude {who}", out[:500])
    result, stats = p.stats("-r", tap.LAB, "--exclude", who, "--flows", p.file("left.ipfix"), "--json", p.file("left.jsonl"))
    with open(p.file("left.ipfix"), "rb") as f:
      flows = f.read()
    t.point(bytes((10, 20, 30, 138)) not in flows and bytes((10, 20, 30, 10)) in flows, f"--exclude {who}: nor are there flows of it")
    t.point(result.status == 0 and stats["packets"]["excluded"] > 0, f"--exclude {who}: what was left out is counted", stats["packets"])
    t.equal(assertions.imbalances(stats), [], f"--exclude {who}: sums come out")
  mail = captures.conversation([(True, b"+OK POP3 ready\r\n"), (False, b"USER margaret\r\n"), (True, b"+OK\r\n"), (False, b"PASS x\r\n"),
                                (True, b"+OK\r\n"), (False, b"QUIT\r\n"), (True, b"+OK bye\r\n")], 110)
  p.file("mail.pcap", captures.pcap(mail))
  said = p.observe("-r", "mail.pcap", "--json", "-", "--raw")
  t.point(said.status == 0 and said.out and b"margaret" not in said.out, "user names are dropped by default", said.out[:800])


def events(p, server, day, name):
  """The events of a run a day later than the one before, into one repository."""
  start, captures.START = captures.START, captures.START + day * 86400
  p.file(name + ".pcap", captures.pcap(captures.web(server)))
  captures.START = start
  lines = p.observe("-r", name + ".pcap", "--repository", "sqlite:later.db", "--json", "-").out.splitlines()
  values = [a["value"] for line in lines for a in json.loads(line).get("attributes", []) if a["name"] == "event"]
  return sorted((v["kind"], v.get("old"), v.get("new")) for v in values)


def addresses(p, repository):
  """The second column of the table."""
  rows = p.run("inventory", "--repository", repository).out.decode().splitlines()[1:]
  return sorted(row.split("  ")[1].strip() for row in rows if "  " in row)


def later_runs(t, p):
  """A collector that is started again, with the repository it had: what is known is no news, and a version that is another has changed."""
  t.equal(events(p, b"nginx/1.22.1", 0, "first"), [("newEndpoint", None, None)] * 2 +
          [("newSoftware", None, "curl 7.88.1"), ("newSoftware", None, "nginx 1.22.1")], "the first run tells of all")
  once = addresses(p, "sqlite:later.db")
  once = addresses(p, "sqlite:later.db")
  t.equal(events(p, b"nginx/1.22.1", 1, "again"), [], "a later run has nothing to tell of the same")
  t.equal(addresses(p, "sqlite:later.db"), once, "an address that was there on two days is one")
  t.equal(events(p, b"nginx/1.24.0", 2, "upgraded"), [("versionChanged", "nginx 1.22.1", "nginx 1.24.0")], "a version that changed between two runs")
  t.equal(events(p, b"nginx", 3, "silent"), [], "one that tells no version is the same")
  t.equal(events(p, b"Apache/2.4.57 (Debian)", 4, "another"), [("newSoftware", None, "Apache httpd 2.4.57"), ("newSoftware", None, "Debian GNU/Linux")],
          "another program is new")


def test(t, p):
  repository = "sqlite:" + p.file("lab.db")
  result = p.observe("-r", tap.LAB, "--repository", repository)
  if not t.point(result.status == 0 and result.clean() and not result.lines, "the recording is kept", result):
    return
  answers(t, p, repository)
  table_answers(t, p, repository)
  again(t, p, repository, members(t, p, repository))
  choices(t, p)
  later_runs(t, p)
  t.point(os.path.getsize(p.file("lab.db")) > 0, "the repository is a file")


tap.main(test)
