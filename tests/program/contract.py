"""The formats that scripts rely on, as rules: what of them a line breaks. `python3 contract.py FILE…` checks files of assertions.

Stricter than assertions.py, which asks whether output is sound at all: here every member has its name, type and range, and a
name that is new must stand in docs/elements.md.
"""
import ipaddress
import json
import os
import re
import sys
import uuid

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
HOW = ("self", "authority", "observation", "verification", "derived")
STATEMENTS = ("Observation", "Correlation", "Event")
ROLES = ("operatingSystem", "server", "client", "library", "firmware")
TRANSPORTS = ("tcp", "udp", "sctp", "dccp")
EVENTS = ("newEndpoint", "newSoftware", "versionChanged", "addressMoved", "conflict", "gone")
LOCATIONS = ("switchPort", "accessPoint", "vpnGateway")
DESIGNATIONS = {"macAddress", "ipv4Address", "ipv6Address", "hostName", "domainName", "windowsDomain", "dhcpClientIdentifier",
                "certificateFingerprint", "sshHostKeyFingerprint", "smbServerGuid", "snmpEngineId", "chassisId", "mqttClientId",
                "userName", "vlanId", "layer2SegmentId", "dot1qCustomerVlanId"}


def documented():
  with open(os.path.join(ROOT, "docs", "elements.md"), encoding="utf-8") as f:
    return {line.split("|")[2].strip() for line in f if line.startswith("| ")}


# Rules: a function of a value that returns what is wrong with it, or None.

def text(value):
  if not isinstance(value, str):
    return f"{value!r} is no text"
  return "half a surrogate" if any(0xd800 <= ord(c) < 0xe000 for c in value) else None


def filled(value):
  return text(value) or (None if value else "an empty text")


def integer(least, most=2**64):
  return lambda value: None if type(value) is int and least <= value <= most else f"{value!r} is no integer of {least} to {most}"


def boolean(value):
  return None if isinstance(value, bool) else f"{value!r} is neither true nor false"


def one_of(*names):
  return lambda value: None if value in names else f"{value!r} is none of {', '.join(names)}"


def like(pattern):
  compiled = re.compile(pattern)
  return lambda value: None if isinstance(value, str) and compiled.fullmatch(value) else f"{value!r} is not like {pattern}"


def time(value):
  return None if isinstance(value, str) and TIME.fullmatch(value) else f"{value!r} is no time"


def identifier(value):
  try:
    return None if str(uuid.UUID(value)) == value and uuid.UUID(value).version == 8 else f"{value!r} is no UUIDv8"
  except (ValueError, AttributeError, TypeError):
    return f"{value!r} is no UUID"


def address(version):
  def rule(value):
    try:
      found = ipaddress.ip_address(value)
    except ValueError:
      return f"{value!r} is no address"
    return None if found.version == version and str(found) == value else f"{value!r} is not as it is written"
  return rule


def several(rule, least=0, most=10**6):
  def of(value):
    if not isinstance(value, list) or not least <= len(value) <= most:
      return f"{value!r} is no list of {least} to {most}"
    return next((fault for fault in map(rule, value) if fault), None)
  return of


def table(needed, optional=None, more=False):
  """An object with these members and no other, unless there may be more."""
  optional = optional or {}
  def rule(value):
    if not isinstance(value, dict):
      return f"{value!r} is no object"
    lacking = [name for name in needed if name not in value]
    strange = [] if more else [name for name in value if name not in needed and name not in optional]
    if lacking or strange:
      return f"lacks {lacking}, has {strange}"
    for name, member in value.items():
      check = needed.get(name) or optional.get(name)
      fault = check(member) if check else None
      if fault:
        return f"{name}: {fault}"
    return None
  return rule


how_known = several(one_of(*HOW), 1, len(HOW))
percent = integer(1, 100)
mac = like(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
hexadecimal = like(r"([0-9a-f]{2})+")
digest = like(r"[0-9a-f]{64}")
md5 = like(r"[0-9a-f]{32}")
cpe = like(r"cpe:2\.3:[aoh](:(?:[^:\\]|\\.)+){10}")

VALUES_OF_NAMES = {"macAddress": mac, "ipv4Address": address(4), "ipv6Address": address(6), "dhcpClientIdentifier": hexadecimal,
                   "certificateFingerprint": digest, "sshHostKeyFingerprint": like(r"SHA256:[A-Za-z0-9+/]{43}"),
                   "smbServerGuid": md5, "vlanId": like(r"[0-9]+(/[0-9]+)?")}
FINGERPRINTS = {"ja3": md5, "ja3s": md5, "hassh": md5, "hasshServer": md5, "ja4": like(r"[tqd][0-9sd]{2}[di][0-9]{4}.{2}_[0-9a-f]{12}_[0-9a-f]{12}"),
                "tcpSyn": filled, "tcpSynAck": filled, "dhcpParameters": like(r"[0-9]+(,[0-9]+)*"), "httpHeaders": filled,
                "httpHeadersServer": filled}


def software(value):
  fault = table({"softwareTitle": filled, "role": one_of(*ROLES)},
                {"softwareCreator": filled, "softwareVersion": filled, "softwareIdentifier": cpe, "transport": one_of(*TRANSPORTS),
                 "port": integer(0, 65535), "packageRevision": filled, "packageIdentifier": like(r"pkg:[a-z]+/.+")})(value)
  if not fault and value["role"] == "server" and not ("transport" in value and "port" in value):
    fault = "a server without transport and port"
  return fault


def fingerprint(value):
  fault = table({"kind": one_of(*FINGERPRINTS), "value": filled})(value)
  return fault or FINGERPRINTS[value["kind"]](value["value"])


def banner(value):
  fault = table({"field": filled, "value": filled}, {"transport": one_of(*TRANSPORTS), "port": integer(0, 65535)})(value)
  return fault or (None if len(value["value"].encode()) <= 1024 and "\n" not in value["value"] else "more than one line of 256 octets")


VALUES = {
    "softwareInstance": software,
    "service": table({"transport": one_of(*TRANSPORTS), "port": integer(0, 65535)}, {"applicationName": filled}),
    "hardware": table({}, {"manufacturer": filled, "model": filled, "kind": filled, "serialNumber": filled, "softwareIdentifier": cpe}),
    "userName": table({}, {"userName": filled, "domain": filled}),  # --privacy may have dropped either
    "certificate": table({"fingerprint": digest}, {"subject": text, "issuer": text, "notBefore": time, "notAfter": time,
                                                   "names": several(filled)}),
    "networkInterface": table({}, {"interfaceMacAddress": mac, "interfaceName": filled, "interfaceType": filled, "addresses": several(filled)}),
    "location": table({"kind": one_of(*LOCATIONS)}, {"chassis": filled, "port": filled}),
    "fingerprint": fingerprint,
    "banner": banner,
    "event": table({"kind": one_of(*EVENTS)}, {"old": text, "new": text}),
    "endpointMultiplicity": table({"atLeast": integer(2)}, {"systems": several(filled)}),
    "observingSensor": table({"interfaceName": filled}),
}

evidence = several(table({"field": filled}, {"value": text, "communityId": like(r"1:[A-Za-z0-9+/]{27}="), "time": time, "source": filled,
                                             "packet": integer(1)}))
interval_members = {"start": time, "end": time, "open": boolean}
about = {"howKnown": how_known, "confidence": percent}
origin = {"method": filled, "signature": like(r"[^/]+/.+"), "evidence": evidence}


def interval(value):
  return table(interval_members)(value) or (None if value["start"] <= value["end"] else f"ends before it starts: {value}")


def named(known, values, members, optional):
  """Something with a name and a value, the value by its name."""
  def rule(value):
    fault = table({"name": filled, "value": lambda v: None, **members}, optional)(value)
    if fault:
      return fault
    name = value["name"]
    if name not in known:
      return f"{name} is in no documentation"
    if not isinstance(value["value"], (str, dict)):
      return f"{name}: {value['value']!r} is neither text nor object"
    check = values.get(name) or VALUES_OF_NAMES.get(name, text)
    fault = check(value["value"])
    return fault and f"{name}: {fault}"
  return rule


class Stream:
  """Checks a stream of assertions line by line: the lines, and how they follow each other."""

  def __init__(self):
    known = documented()
    self.designation = named(DESIGNATIONS | known, {}, about, {})
    self.attribute = named(set(VALUES) | DESIGNATIONS | known, VALUES, about, origin)
    self.assertion = table(
        {"assertionId": identifier, "provenanceId": integer(1), "statementType": one_of(*STATEMENTS), "attributes": several(self.attribute, 1),
         "interval": interval, "collectionTimestamp": time,
         "endpoint": table({"uniquelyIdentified": boolean, "designation": several(self.designation, 1, 8)}, {"endpointIdentifier": identifier})},
        {"basis": several(identifier, 1)})
    self.provenance = table(
        {"provenanceId": integer(1), "component": like(r"urn:uuid:[0-9a-f-]{36}"), "software": like(r"onlooker \S+"),
         "sensor": table({"hostName": text}, {"ipv4Address": several(address(4)), "ipv6Address": several(address(6))}),
         "observationPoint": filled, "observationDomainId": integer(0, 2**32 - 1), "signatureSet": like(r"sha256:[0-9a-f]{64}"),
         "clock": filled, "privacy": table({}, more=True), "creationTimestamp": time}, {"refreshSeconds": integer(1)})
    self.provenances, self.identifiers, self.lines = set(), set(), 0

  def follows(self, a):
    """What does not fit to what came before."""
    if a["provenanceId"] not in self.provenances:
      return f"provenance {a['provenanceId']} was not told before"
    if a["assertionId"] in self.identifiers:
      return "this identifier was there before"
    self.identifiers.add(a["assertionId"])
    if a["statementType"] == "Event" and (a["interval"]["start"] != a["interval"]["end"] or a["interval"]["open"]):
      return "an event that lasts"
    if (a["statementType"] == "Event") != any(t["name"] == "event" for t in a["attributes"]):
      return "events are Events, and nothing else is"
    return None

  def fault(self, line):
    try:
      record = json.loads(line.decode("utf-8"))
    except ValueError as e:
      return str(e)
    self.lines += 1
    if not isinstance(record, dict):
      return "no object"
    if "assertionId" in record:
      return self.assertion(record) or self.follows(record)
    self.provenances.add(record.get("provenanceId"))
    return self.provenance(record)


def faults_of_stream(data):
  """Sentences about lines that break a rule."""
  stream = Stream()
  out = []
  for number, line in enumerate(data.splitlines(), 1):
    fault = stream.fault(line)
    if fault:
      out.append(f"line {number}: {fault}: {line[:2000].decode(errors='replace')}")
  if data and not data.endswith(b"\n"):
    out.append("the last line is not ended")
  return out


def endpoint_rule():
  known = documented()
  held = {**about, "interval": interval}
  def members(values):
    return several(named(set(VALUES) | DESIGNATIONS | known, values, held, origin))
  return table(
      {"endpointIdentifier": identifier, "uniquelyIdentified": boolean, "designation": several(named(DESIGNATIONS | known, {}, held, {})),
       "software": members(VALUES), "services": members(VALUES), "hardware": members(VALUES), "location": members(VALUES), "users": members(VALUES),
       "related": several(table({"endpointIdentifier": identifier, "reason": filled, "confidence": percent})), "firstSeen": time, "lastSeen": time},
      {"multiplicity": members(VALUES), "sensor": members(VALUES)})


def faults_of_inventory(data):
  rule, before, out = endpoint_rule(), "", []
  for line in data.splitlines():
    e = json.loads(line)
    fault = rule(e)
    if not fault and e["firstSeen"] > e["lastSeen"]:
      fault = "last seen before it was first seen"
    if not fault and e["endpointIdentifier"] <= before:
      fault = "not in the order of identifiers"
    before = e.get("endpointIdentifier", "")
    if fault:
      out.append(f"{fault}: {line[:2000].decode(errors='replace')}")
  return out


reasons = lambda value: None if isinstance(value, dict) and all(type(n) is int and n >= 0 for n in value.values()) else f"{value!r} is no counts by reason"
count = integer(0)
statistics = table({
    "packets": table({"received": count, "decoded": count, "bytes": count, "filtered": count, "notIp": count, "malformed": reasons,
                      "lost": reasons}, more=True),
    "flows": table({"created": count, "exported": count, "active": count, "peak": count, "shed": reasons}, more=True),
    "observations": table({"made": count, "merged": count, "shed": reasons}, more=True),
    "assertions": table({"made": count}, more=True), "sinks": table({}, more=True), "endpoints": count, "workers": integer(1),
    "elapsedSeconds": lambda v: None if isinstance(v, (int, float)) and v >= 0 else f"{v!r}",
    "cpuSeconds": lambda v: None if isinstance(v, (int, float)) and v >= 0 else f"{v!r}", "maxRssBytes": integer(1)}, more=True)
sink = table({"offered": count, "delivered": count, "dropped": reasons}, more=True)


def faults_of_statistics(s):
  out = [statistics(s)] + [f"{name}: {fault}" for name, fault in ((n, sink(v)) for n, v in s.get("sinks", {}).items()) if fault]
  return [fault for fault in out if fault]


if __name__ == "__main__":
  broken = 0
  for path in sys.argv[1:]:
    with open(path, "rb") as f:
      for sentence in faults_of_stream(f.read()):
        broken += 1
        print(f"{path}: {sentence[:600]}")
  sys.exit(1 if broken else 0)
