"""What an inventory says, in the marks of stage.py, and whether that is the truth."""
import hashlib
import base64
import json

import wire


def key_mark(number):
  blob = wire.ssh_string(b"ssh-ed25519") + wire.ssh_string(bytes((number,)) * 32)
  return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


KEYS = {key_mark(n): f"key:{n}" for n in range(256)}
PREFIX = {"hostName": "name:", "domainName": "domain:", "vlanId": "vlan:", "dot1qCustomerVlanId": "customer:", "layer2SegmentId": "vni:", "dhcpClientIdentifier": "id:",
          "chassisId": "chassis:", "windowsDomain": "windows:"}


def marks_of(endpoint):
  """Every mark of an endpoint, without regard to when it held."""
  out = set()
  for d in endpoint["designation"]:
    if d["name"] == "sshHostKeyFingerprint":
      out.add(KEYS.get(d["value"], d["value"]))
    else:
      out.add((PREFIX.get(d["name"], "") + d["value"]).lower() if d["name"] not in ("hostName",) else "name:" + d["value"].lower())
  for s in endpoint["software"]:
    out.add("sw:" + s["value"]["softwareTitle"])
    if s["value"].get("role") == "operatingSystem":
      out.add("os:" + s["value"]["softwareTitle"])
  for s in endpoint["services"]:
    out.add(f"port:{s['value']['port']}")
  for location in endpoint["location"]:
    for name, value in location["value"].items():
      out.add(f"location:{name}={value}".lower())
  for m in endpoint.get("multiplicity", []):
    out.add("several")
    out.add(f"several:{m['value']['atLeast']}")
  if endpoint["uniquelyIdentified"]:
    out.add("unique")
  return out


def fold(mark):
  return mark if mark.startswith(("sw:", "os:")) else mark.lower()


class Verdict:
  def __init__(self, inventory, assertions):
    self.endpoints = [json.loads(line) for line in inventory.splitlines()]
    self.marks = [marks_of(e) for e in self.endpoints]
    self.events = []
    for line in assertions.splitlines():
      a = json.loads(line)
      for t in a.get("attributes", []):
        if t["name"] == "event":
          self.events.append((t["value"]["kind"], json.dumps(a)))

  def having(self, *marks):
    wanted = {fold(m) for m in marks}
    return [i for i, m in enumerate(self.marks) if wanted <= m]

  def problems(self, truth):
    for kind, *words in truth:
      wrong = getattr(self, kind)(*words)
      if wrong:
        yield f"{kind} {' '.join(map(str, words))}: {wrong}"

  def count(self, least, most):
    n = len(self.endpoints)
    return None if least <= n <= most else f"{n} endpoints: " + "; ".join(sorted(" ".join(sorted(m)) for m in self.marks)[:12])

  def together(self, *marks):
    found = self.having(*marks)
    return None if len(found) == 1 else f"{len(found)} endpoints have all; the first mark's: " + "; ".join(
      " ".join(sorted(self.marks[i])) for i in self.having(marks[0])[:4])

  def apart(self, a, b):
    return f"{len(self.having(a, b))} endpoints have both" if self.having(a, b) else None

  def holders(self, mark, count):
    n = len(self.having(mark))
    return None if n == count else f"{n} endpoints have it"

  def related(self, a, b):
    ones, others = self.having(a), {self.endpoints[i]["endpointIdentifier"] for i in self.having(b)}
    for i in ones:
      if any(r["endpointIdentifier"] in others for r in self.endpoints[i]["related"]):
        return None
    return f"not said to be related ({len(ones)} and {len(others)} endpoints)"

  def event(self, kind, least, most, words):
    n = sum(1 for k, text in self.events if k == kind and words.lower() in text.lower())
    return None if least <= n <= most else f"{n} events"
