#!/usr/bin/env python3
"""Questions to a repository made from the bundled recording: filters, a point in time, one endpoint with its
evidence, its history, and what differs between two times."""
import collections
import json
import time

import captures
import tap

DNS, WEB, SHOP, LOGIN, MAIL = ("10.20.30.1", "10.20.30.10", "10.20.30.11", "10.20.30.12", "10.20.30.13")
ANNA, BEN = "10.20.30.137", "10.20.30.138"
EVERYONE = {DNS, WEB, SHOP, LOGIN, MAIL, ANNA, BEN}
GROUPS = ("designation", "software", "services", "hardware", "location", "users")


class Repository:
  def __init__(self, p, path):
    self.p, self.url = p, "sqlite:" + path

  def ask(self, *arguments):
    return self.p.run("inventory", "--repository", self.url, *arguments)

  def endpoints(self, *arguments):
    return [json.loads(line) for line in self.ask("--json", *arguments).out.splitlines()]

  def found(self, *arguments):
    """IPv4 addresses of the endpoints that the filter finds."""
    return {d["value"] for e in self.endpoints(*arguments) for d in e["designation"] if d["name"] == "ipv4Address"}


def filters(t, r):
  for arguments, wanted in (
      ((), EVERYONE),
      (("--software", "nginx"), {WEB}),
      (("--software", "NGI*"), {WEB}),
      (("--software", "apache"), {SHOP}),
      (("--software", "ngin"), set()),
      (("--software", "openssh"), {LOGIN, ANNA}),
      (("--software", "nginx", "--version-of", "1.22.1"), {WEB}),
      (("--software", "nginx", "--version-of", "1.22"), {WEB}),
      (("--software", "nginx", "--version-of", "1.2"), set()),
      (("--software", "nginx", "--version-of", "1.2*"), {WEB}),
      (("--software", "nginx", "--version-of", "=1.22"), set()),
      (("--software", "nginx", "--version-of", "=1.22.1"), {WEB}),
      (("--software", "nginx", "--version-of", "<1.22.1"), set()),
      (("--software", "nginx", "--version-of", ">=1.22,<1.23"), {WEB}),
      (("--software", "openssh", "--version-of", "<9.2"), set()),
      (("--software", "openssh", "--version-of", ">=9.2p1"), {LOGIN, ANNA}),
      (("--service", "ssh"), {LOGIN}),
      (("--service", "DNS"), {DNS}),
      (("--service", "HTTP*"), {WEB, SHOP}),
      (("--service", "443"), {WEB}),
      (("--service", "tcp/443"), {WEB}),
      (("--service", "443/TCP"), {WEB}),
      (("--service", "udp/443"), set()),
      (("--service", "44"), set()),
      (("--device", "router"), {DNS}),
      (("--device", "xensource"), EVERYONE),
      (("--device", "*router"), {DNS}),
      (("--device", "printer"), set()),
      (("--service", "ssh", "--software", "vsftpd"), {LOGIN}),
      (("--service", "https", "--software", "apache"), set()),
      (("--address", "10.20.30.10"), {WEB}),
      (("--address", "10.20.30.136/29"), {ANNA, BEN}),
      (("--address", "fd5e:1ab0:20:1::a/128"), {WEB}),
      (("--address", "192.0.2.0/24"), set()),
      (("--name", "anna-desk"), {ANNA}),
      (("--name", "BEN-*"), {BEN}),
      (("--name", "web.lab.test"), {WEB}),
      (("--name", "web"), {WEB}),
      (("--name", "eb.lab.test"), set()),
      (("--mac", "00:16:3E:20:30:0A"), {WEB}),
      (("--mac", "00:16:3e:20:30:ff"), set()),
      (("--software", "openssh", "--address", "10.20.30.128/25"), {ANNA}),
  ):
    t.equal(r.found(*arguments), wanted, "list " + " ".join(arguments))
  for arguments in (("--version-of", "<"), ("--address", "10.20.30"), ("--mac", "x"), ("--at", "noon"), ("--since", "2026-11-21"),
                    ("diff",), ("diff", "--since", "x"), ("diff", "--since", "2026-11-21", "--until", "2026-11-20"), ("show",), ("what",)):
    refused = r.ask(*arguments)
    t.point(refused.status == 2 and not refused.out and len(refused.lines) == 1, f"refused: {' '.join(arguments)}", refused)


def once(t, r):
  """Each thing stands once with its interval, and not beside what refines it."""
  twice, bare = [], []
  for e in r.endpoints():
    said = collections.Counter((m["name"], json.dumps(m["value"], sort_keys=True)) for g in GROUPS for m in e[g])
    twice += [thing for thing, count in said.items() if count > 1]
    ports = collections.defaultdict(set)
    for s in e["services"]:
      ports[s["value"]["transport"], s["value"]["port"]].add(s["value"].get("applicationName"))
    bare += [p for p, names in ports.items() if None in names and len(names) > 1]
    for g in GROUPS:
      for m in e[g]:
        if not m["interval"]["start"] <= m["interval"]["end"] or len(m.get("evidence", ())) > 4:
          bare.append(m)
  t.equal(twice, [], "nothing stands twice")
  t.equal(bare, [], "nothing stands beside what refines it")


def point_in_time(t, r):
  first = min(e["firstSeen"] for e in r.endpoints())
  t.equal(r.endpoints("--at", "2026-11-01T00:00:00Z"), [], "before it all")
  t.point(0 < len(r.endpoints("--at", first)) < len(EVERYONE), "at the first moment only some are there")
  early = json.dumps(r.endpoints("--at", "2026-11-21T02:17:00Z"))
  t.point("anna-desk" in early and "nginx" not in early, "what had not been seen by then is not told", early[:500])
  t.equal(r.found("--at", "2026-11-21T02:30:00Z"), EVERYONE, "what was seen half an hour before holds")
  t.equal(r.endpoints("--at", "2026-11-22T00:00:00Z"), [], "what was seen last a day before does not")


def said_as_people_do(t, r):
  """What the recording shows was long ago on any day that this runs."""
  t.point(r.endpoints("--at", "now") == [], "nothing of it holds now")
  far = r.ask("diff", "--since", "9000d", "--json")
  t.point(far.status == 0 and len(far.out.splitlines()) == len(r.endpoints()), "all of it is new since long ago", far)
  late = r.ask("diff", "--since", "2100-01-01")
  t.point(late.status == 0 and late.out.startswith(b"nothing was seen since 2100-01-01"), "nothing since is said", late.out)
  for time in ("2x", "99999999999999w", "h", "-1h"):
    refused = r.ask("--at", time)
    t.point(refused.status == 2 and len(refused.lines) == 1, f"refused: --at {time}", refused)


def one(t, r):
  frames = captures.unpack(tap.lab_capture())
  for name in (WEB, "00:16:3e:20:30:0a", "web.lab.test", "web", "fd5e:1ab0:20:1::a"):
    shown = r.ask("show", name, "--explain")
    t.point(shown.status == 0 and b"nginx 1.22.1" in shown.out and b"http.server/nginx" in shown.out, f"show {name}", shown)
  endpoint = json.loads(r.ask("show", WEB, "--json").out)
  evidence = [e for s in endpoint["software"] for e in s["evidence"] if s["value"]["softwareTitle"] == "nginx"]
  t.point(len(evidence) == 2 and all(e["value"].encode() in frames[e["packet"] - 1] for e in evidence),
          "the evidence names the packets that hold it", evidence)
  text = r.ask("show", WEB).out.decode()
  t.point(all(f"packet {e['packet']}" in text for e in evidence[:1]), "and so does the text", text)
  history = [json.loads(line) for line in r.ask("history", WEB).out.splitlines()]
  t.point(history and all(h["endpoint"]["endpointIdentifier"] == endpoint["endpointIdentifier"] for h in history), "history is of one endpoint")
  t.equal([h["collectionTimestamp"] for h in history], sorted(h["collectionTimestamp"] for h in history), "history comes oldest first")
  t.point({"Observation", "Correlation", "Event"} >= {h["statementType"] for h in history} and
          any(h["statementType"] == "Event" for h in history), "history has the events")
  t.point(b'"event"' not in r.ask("--json").out, "the inventory has none")


def differences(t, r):
  lines = [json.loads(line) for line in r.ask("diff", "--json", "--since", "2026-11-21T02:17:00Z").out.splitlines()]
  new = {(m["name"], m["value"].get("softwareTitle")) for c in lines for m in c["new"] if isinstance(m["value"], dict)}
  t.point(("softwareInstance", "nginx") in new and ("softwareInstance", "udhcp") not in new, "diff: what came since", new)
  t.equal([c for c in lines if c["gone"]], [], "diff: nothing is gone within seconds")
  later = r.ask("diff", "--since", "2026-11-21T02:17:10Z", "--until", "2026-11-21T04:00:00Z").out.decode()
  t.point("0 new, 0 changed, 7 gone" in later, "diff: what has been silent for more than an hour is gone", later)


def moved(frame, address):
  """The frame with the server's and the client's addresses replaced by others."""
  for old, new in ((captures.ADDRESS_A, address[0]), (captures.ADDRESS_B, address[1]), (captures.MAC_A, address[2]), (captures.MAC_B, address[3])):
    frame = frame.replace(old, new)
  return frame


def changes(t, p):
  """A server is brought up to date, another goes away, a third one comes."""
  other = (bytes([10, 9, 9, 1]), bytes([10, 9, 9, 2]), b"\x02\0\0\0\x09\x01", b"\x02\0\0\0\x09\x02")
  third = (bytes([10, 9, 9, 3]), bytes([10, 9, 9, 4]), b"\x02\0\0\0\x09\x03", b"\x02\0\0\0\x09\x04")
  hours = 3600 * 1000
  records = b""
  for start, frames in ((0, captures.web(b"nginx/1.22.1")), (1000, [moved(f, other) for f in captures.web(b"Apache/2.4.57")]),
                        (5 * hours, captures.web(b"nginx/1.24.0")),
                        (5 * hours + 1000, [moved(f, third) for f in captures.web(b"lighttpd/1.4.69")])):
    records += b"".join(captures.record(f, start + n) for n, f in enumerate(frames))
  p.file("change.pcap", captures.header() + records)
  r = Repository(p, p.file("change.db"))
  result = p.observe("-r", "change.pcap", "--repository", r.url)
  t.point(result.status == 0, "the changes are kept", result)
  since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(captures.START + 60))
  lines = [json.loads(line) for line in r.ask("diff", "--json", "--since", since).out.splitlines()]
  versions = [(c["before"]["value"].get("softwareVersion"), c["after"]["value"].get("softwareVersion"))
              for line in lines for c in line["changed"] if c["before"]["name"] == "softwareInstance"]
  t.equal(versions, [("1.22.1", "1.24.0")], "diff: a version that changed")
  titles = {m["value"].get("softwareTitle"): line["change"] for line in lines for side in ("new", "gone") for m in line[side]
            if m["name"] == "softwareInstance" and m["value"]["role"] == "server"}
  t.point(titles.get("lighttpd") == "new" and "gone" in {line["change"] for line in lines} and
          any(v == "gone" for k, v in titles.items() if k.startswith("Apache")), "diff: an endpoint that came, one that went", titles)
  text = r.ask("diff", "--since", since).out.decode()
  t.point("nginx 1.22.1" in text and "->  nginx 1.24.0" in text and "2 new, 1 changed, 2 gone" in text, "diff: for people", text)


def empty(t, p):
  r = Repository(p, p.file("empty.db"))
  p.file("empty.pcap", captures.header())
  p.observe("-r", "empty.pcap", "--repository", r.url)
  result = r.ask("diff", "--since", "2026-11-21")
  t.point(result.status == 0 and result.out == b"the repository is empty\n", "diff: of nothing, that there is nothing", result.out)


def test(t, p):
  r = Repository(p, p.file("lab.db"))
  result = p.observe("-r", tap.LAB, "--repository", r.url)
  if not t.point(result.status == 0 and result.clean(), "the recording is kept", result):
    return
  filters(t, r)
  once(t, r)
  point_in_time(t, r)
  said_as_people_do(t, r)
  one(t, r)
  differences(t, r)
  changes(t, p)
  empty(t, p)


tap.main(test)
