#!/usr/bin/env python3
"""The scorer itself: the truth told whole passes; anything left out, changed or invented does not."""
import copy
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TRUTH = os.path.join(HERE, "..", "data", "lab", "truth.json")


def member(**value):
  return {"value": value, "howKnown": ["self"], "confidence": 90}


def told(host):
  """One endpoint of an inventory as an observer that errs in nothing would print it."""
  names = [("macAddress", host["mac"])] + [("ipv4Address", a) for a in host["ipv4"]] + [("ipv6Address", a) for a in host["ipv6"]]
  if host["hostname"]:
    names.append(("hostName", host["hostname"]))
  software = []
  for kind, role in (("servers", "server"), ("clients", "client"), ("libraries", "library")):
    for item in host[kind]:
      if item["announced"]:
        place = {k: item[k] for k in ("port", "transport") if k in item}
        software.append(member(softwareTitle=item["title"], softwareVersion=item["version"], role=role, **place))
  if host["os"]:
    software.append(member(softwareTitle=host["os"]["title"], softwareVersion=host["os"]["version"], role="operatingSystem"))
  return {"endpointIdentifier": host["name"], "designation": [{"name": n, "value": v} for n, v in names], "software": software,
          "services": [member(transport=s["transport"], port=s["port"]) for s in host["services"] if s["required"]]}


def passes(inventory):
  """The verdict; None when there is none because the scorer itself broke."""
  with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
    f.writelines(json.dumps(e) + "\n" for e in inventory)
    f.flush()
    done = subprocess.run([sys.executable, os.path.join(HERE, "score.py"), TRUTH, f.name], stdout=subprocess.PIPE, text=True,
                          check=False)
  return done.returncode == 0 if "precision" in done.stdout else None


def faults(good):
  """(name, inventory) with one thing wrong."""
  for number, endpoint in enumerate(good):
    for part in ("designation", "software", "services"):
      for at in range(len(endpoint[part])):
        bad = copy.deepcopy(good)
        del bad[number][part][at]
        yield f"{endpoint['endpointIdentifier']} without {part} {at}", bad
  for name, change in (("a wrong version", lambda v: v.update(softwareVersion="0.0.1")),
                       ("another title", lambda v: v.update(softwareTitle="Teapot")),
                       ("another port", lambda v: v.update(port=9))):
    bad = copy.deepcopy(good)
    change(next(m["value"] for e in bad for m in e["software"] if m["value"]["role"] == "server"))
    yield name, bad
  bad = copy.deepcopy(good)
  bad[0]["software"].append(member(softwareTitle="Windows", role="operatingSystem"))
  yield "an operating system that is not there", bad
  bad = copy.deepcopy(good)
  bad[0]["designation"] += bad[1]["designation"]
  yield "two hosts in one endpoint", bad
  yield "a host missing", good[1:]
  yield "a host twice", good + [dict(good[0], endpointIdentifier="again")]
  yield "an endpoint that is nobody", good + [{"endpointIdentifier": "x", "designation": [{"name": "ipv4Address", "value": "8.8.8.8"}]}]
  yield "nothing at all", []


def main():
  with open(TRUTH, encoding="utf-8") as f:
    good = [told(h) for h in json.load(f)["hosts"]]
  results = [("the whole truth passes", passes(good))] + [(name + " fails", passes(bad) is False) for name, bad in faults(good)]
  print(f"1..{len(results)}")
  for number, (name, ok) in enumerate(results, 1):
    print(f"{'ok' if ok else 'not ok'} {number} - {name}")


if __name__ == "__main__":
  main()
