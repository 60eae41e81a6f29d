#!/usr/bin/env python3
"""Every claim about every host of our own recording leads to a packet that shows it, as tshark sees that packet; what
speaks against it and what would change it are told, as text and as JSON."""
import json
import shutil
import subprocess

import tap

FIELDS = ("frame.number", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "arp.src.hw_mac", "arp.src.proto_ipv4",
          "arp.dst.proto_ipv4", "dhcp.hw.mac_addr", "dhcp.ip.your", "icmpv6.nd.na.target_address", "dns.a", "dns.aaaa", "communityid",
          "_ws.col.Protocol")
# What stands in the packet as it is said: its value must be among the octets of the frame.
PLAIN = ("http.server", "http.userAgent", "ssh.banner", "ssh.clientBanner", "ftp.banner", "dhcp.hostName", "tls.sni", "http.host")


def dissected(path):
  options = [x for f in FIELDS for x in ("-e", f)]
  out = subprocess.run(["tshark", "-r", path, "--enable-protocol", "communityid", "-T", "fields", "-E", "occurrence=a", *options],
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()
  return {int(line.split("\t")[0]): dict(zip(FIELDS, line.split("\t"))) for line in out.splitlines()}


def frames(data):
  out, at, order = {}, 24, "little" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else "big"
  while at + 16 <= len(data):
    size = int.from_bytes(data[at + 8:at + 12], order)
    out[len(out) + 1] = data[at + 16:at + 16 + size]
    at += 16 + size
  return out


def members(endpoint):
  for name in ("designation", "software", "services", "hardware", "location", "users", "multiplicity", "other"):
    for m in endpoint.get(name, []):
      yield name, m


def problems_of(endpoint, seen, octets):
  if not endpoint.get("explanation", {}).get("uniquelyIdentified"):
    yield "it is not said why it is, or is not, uniquely identified"
  own = {d["value"] for d in endpoint["designation"] if d["name"] in ("macAddress", "ipv4Address", "ipv6Address")}
  for group, m in members(endpoint):
    label = f"{group} {m['name']} {json.dumps(m['value'])[:80]}"
    why = m.get("explanation", {})
    if not why.get("rule") or not why.get("wouldChange") or "against" not in why:
      yield f"{label}: not explained"
    evidence = m.get("evidence") or why.get("evidence") or []
    if m.get("method") in [e["field"] for e in evidence] and evidence[0]["field"] != m["method"]:
      yield f"{label}: named by {m['method']}, and first is shown {evidence[0]['field']}"
    for r in why.get("against", []):
      if r["name"] == "softwareInstance" and (r["value"]["softwareTitle"], r["value"].get("softwareVersion")) == (
          m["value"].get("softwareTitle"), m["value"].get("softwareVersion")):
        yield f"{label}: the same speaks against it"
    if not evidence:
      yield f"{label}: no evidence"
    for e in evidence:
      packet = seen.get(e.get("packet"))
      if not packet:
        yield f"{label}: packet {e.get('packet')} is none"
        continue
      words = {w for f in FIELDS[1:-2] for w in packet[f].split(",") if w}
      if not own & words:
        yield f"{label}: packet {e['packet']} shows none of {sorted(own)}: {sorted(words)}"
      if e.get("communityId") and packet["communityid"] and e["communityId"] not in packet["communityid"].split(","):
        yield f"{label}: packet {e['packet']} is of flow {packet['communityid']}, not {e['communityId']}"
      if e["field"] in PLAIN and e["value"].encode() not in octets[e["packet"]]:
        yield f"{label}: packet {e['packet']} does not have {e['value']!r}"


def test(t, p):
  data = tap.lab_capture()
  path, db = p.file("lab.pcap", data), "sqlite:" + p.file("lab.db")
  p.observe("-r", path, "--repository", db)
  endpoints = [json.loads(line) for line in p.run("inventory", "--json", "--repository", db).out.splitlines()]
  t.point(len(endpoints) > 3, "the recording has hosts", len(endpoints))
  if not shutil.which("tshark"):
    t.skip("claims lead to packets", "there is no tshark")
    return
  seen, octets, claims = dissected(path), frames(data), 0
  for plain in endpoints:
    id = plain["endpointIdentifier"]
    explained = json.loads(p.run("inventory", "show", id, "--explain", "--json", "--repository", db).out)
    claims += sum(1 for _ in members(explained))
    problems = list(problems_of(explained, seen, octets))
    t.point(not problems, f"{id}: every claim leads to its packet", "\n".join(problems))
    text = p.run("inventory", "show", id, "--explain", "--repository", db).out.decode()
    t.point("would change it:" in text and "packet " in text, f"{id}: people can read it too", text[:500])
    t.point("explanation" not in json.dumps(plain), f"{id}: only who asks gets explanations")
  t.point(claims > 50, "there is much to explain", claims)
  shown = json.loads(p.run("inventory", "show", "login.lab.test", "--explain", "--json", "--repository", db).out)
  systems = {m["value"]["softwareTitle"]: m["explanation"]["against"] for m in shown["software"] if m["value"]["role"] == "operatingSystem"}
  t.equal(systems, {"Debian GNU/Linux": [], "Linux": []}, "a kernel is nothing against the system that runs on it")
  loser = [r for e in endpoints for _, m in members(json.loads(p.run("inventory", "show", e["endpointIdentifier"], "--explain", "--json",
                                                                    "--repository", db).out)) for r in m["explanation"]["against"]]
  t.point(bool(loser) and all(r["why"] for r in loser), "what lost is told, with why", loser[:3])


tap.main(test)
