#!/usr/bin/env python3
"""Assertions, inventory and statistics are as scripts expect them: every member has its name, type and range.

Of our own recording always; of every thirtieth capture of ONLOOKER_CORPUS when that is set.
"""
import json
import os

import contract
import tap


def holds(t, p, name, path):
  database, counters = p.file("contract.db"), p.file("contract.json")
  for old in (database, database + "-wal", database + "-shm", counters):
    if os.path.exists(old):
      os.remove(old)
  run = p.observe("-r", path, "--raw", "--json", "-", "--stats", counters, "--repository", "sqlite:" + database, seconds=180)
  if run.status == 2 and len(run.lines) == 1:
    t.point(run.clean(), f"{name} is refused", run)
    return
  faults = [] if run.clean() and run.status in (0, 3) else [str(run)]
  faults += contract.faults_of_stream(run.out)
  listed = p.run("inventory", "--json", "--repository", "sqlite:" + database, seconds=180)
  faults += contract.faults_of_inventory(listed.out)
  with open(counters, encoding="utf-8") as f:
    faults += contract.faults_of_statistics(json.load(f))
  t.point(not faults and listed.status == 0, name, "\n".join(faults[:5]))


def the_rules_themselves(t):
  """A rule that takes everything checks nothing."""
  wrong = [("time", contract.time("2026-11-20T12:00:00Z")), ("percent", contract.percent(0)), ("percent as text", contract.percent("90")),
           ("how known", contract.how_known([])), ("server", contract.software({"softwareTitle": "nginx", "role": "server"})),
           ("CPE", contract.cpe("cpe:2.3:a:f5:nginx")), ("address", contract.address(6)("2001:DB8::1")),
           ("member", contract.VALUES["service"]({"transport": "tcp", "port": 1, "protocol": "x"})),
           ("event", contract.VALUES["event"]({"kind": "newThing"})), ("integer", contract.integer(0)(True)),
           ("interval", contract.interval({"start": "2026-11-20T12:00:00.000001Z", "end": "2026-11-20T12:00:00.000000Z", "open": False}))]
  t.equal([name for name, fault in wrong if not fault], [], "what is wrong is found")
  t.point(contract.faults_of_stream(b'{"assertionId": "x"}\n') and contract.faults_of_inventory(b"{}\n"), "lines that lack everything are found")


def test(t, p):
  the_rules_themselves(t)
  holds(t, p, "our own recording", tap.LAB)
  folder = os.environ.get("ONLOOKER_CORPUS")
  if not folder:
    t.skip("every thirtieth capture of the corpus", "ONLOOKER_CORPUS is not set")
    return
  found = sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names if name.endswith((".pcap", ".pcapng", ".cap", ".trace")))
  for path in found[::30]:
    holds(t, p, os.path.relpath(path, folder), path)


tap.main(test)
