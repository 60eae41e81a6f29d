"""Reads assertions as JSON Lines and says what of the contract a line breaks."""
import ipaddress
import json
import re
import uuid

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
HOW = {"self", "authority", "observation", "verification", "derived"}
STATEMENTS = {"Observation", "Correlation", "Event"}
ROLES = {"operatingSystem", "server", "client", "library", "firmware"}


def parse(data):
  """(provenance records, assertions) of JSON Lines; ValueError for what is no JSON or no UTF-8."""
  streams, assertions = [], []
  for line in data.decode("utf-8").split("\n"):
    if line:
      record = json.loads(line, strict=True)
      (assertions if "assertionId" in record else streams).append(record)
  return streams, assertions


def known(member, where):
  out = []
  if not member.get("howKnown") or not set(member["howKnown"]) <= HOW:
    out.append(f"{where}: howKnown {member.get('howKnown')}")
  if not isinstance(member.get("confidence"), int) or not 0 <= member["confidence"] <= 100:
    out.append(f"{where}: confidence {member.get('confidence')}")
  return out


def faults_of_software(value):
  out = []
  if value.get("role") not in ROLES:
    out.append(f"role {value.get('role')}")
  if not value.get("softwareTitle"):
    out.append("software without a title")
  if value.get("role") == "server" and not (value.get("transport") and isinstance(value.get("port"), int)):
    out.append("a server without transport and port")
  if value.get("softwareIdentifier") and not value["softwareIdentifier"].startswith("cpe:2.3:"):
    out.append(f"softwareIdentifier {value['softwareIdentifier']}")
  return out


def faults_of_designation(d):
  out = known(d, f"designation {d.get('name')}")
  try:
    if d["name"] in ("ipv4Address", "ipv6Address"):
      ipaddress.ip_address(d["value"])
    elif d["name"] == "macAddress" and not re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", d["value"]):
      out.append(f"macAddress {d['value']}")
  except (KeyError, ValueError) as e:
    out.append(f"designation {d}: {e}")
  return out


def faults(a, provenances):
  """What is wrong with one assertion; [] for nothing."""
  out = []
  try:
    if uuid.UUID(a["assertionId"]).version != 8:
      out.append("assertionId is no UUIDv8")
  except ValueError:
    out.append(f"assertionId {a['assertionId']}")
  if a.get("provenanceId") not in provenances:
    out.append(f"provenanceId {a.get('provenanceId')} was not told before")
  if a.get("statementType") not in STATEMENTS:
    out.append(f"statementType {a.get('statementType')}")
  designation = a.get("endpoint", {}).get("designation", [])
  if not 1 <= len(designation) <= 8:
    out.append(f"{len(designation)} designations")
  for d in designation:
    out += faults_of_designation(d)
  if not a.get("attributes"):
    out.append("no attributes")
  for m in a.get("attributes", []):
    out += known(m, f"attribute {m.get('name')}")
    if m.get("name") == "softwareInstance":
      out += faults_of_software(m["value"])
    if m.get("name") == "banner" and len(m["value"].get("value", "").encode()) > 1024:
      out.append("a long banner")
    for e in m.get("evidence", []):
      if "time" in e and not TIME.match(e["time"]):
        out.append(f"evidence at {e['time']}")
  interval = a.get("interval", {})
  if not (TIME.match(interval.get("start", "")) and TIME.match(interval.get("end", "")) and
          interval["start"] <= interval["end"] and isinstance(interval.get("open"), bool)):
    out.append(f"interval {interval}")
  return out


def check(data):
  """([faults], [assertions]) of a whole output."""
  try:
    streams, assertions = parse(data)
  except ValueError as e:
    return [f"not JSON Lines: {e}"], []
  provenances = {s.get("provenanceId") for s in streams}
  out = []
  for a in assertions:
    out += [f"{a['assertionId']}: {text}" for text in faults(a, provenances)]
  if assertions and "assertionId" in json.loads(data.split(b"\n", 1)[0]):
    out.append("the first line is no provenance")
  return out, assertions


def imbalances(stats):
  """Which sums of the contract do not come out."""
  out = []
  def same(left, right, name):
    if left != right:
      out.append(f"{name}: {left} is not {right}")
  p, f = stats["packets"], stats["flows"]
  same(p["received"], p["decoded"] + p["filtered"] + p["notIp"] + sum(p["malformed"].values()) + sum(p["lost"].values()),
       "received = decoded + filtered + notIp + malformed + lost")
  same(f["created"], f["exported"] + f["active"] + sum(f["shed"].values()), "created = exported + active + shed")
  for name, sink in stats["sinks"].items():
    same(sink["offered"], sink["delivered"] + sum(sink["dropped"].values()), f"{name}: offered = delivered + dropped")
  return out
