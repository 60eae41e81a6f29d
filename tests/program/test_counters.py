#!/usr/bin/env python3
"""The counters add up, and agree with what came out."""
import json
import subprocess

import captures
import tap
from assertions import check, imbalances


def replay(t, p, name, frames, *options):
  result, stats = p.stats("-r", name, *options)
  if not t.point(result.clean() and result.status == 0 and stats, f"{name} {' '.join(options)}", result):
    return None
  wrong = imbalances(stats)
  t.point(not wrong, "its sums come out", "\n".join(wrong))
  t.equal((stats["packets"]["received"], stats["packets"]["bytes"]), (len(frames), sum(map(len, frames))),
          "every packet and octet was counted")
  return stats


def outputs(t, p, name, frames):
  repository = "sqlite:" + p.file("counted.db")
  stats = replay(t, p, name, frames, "--json", "out.jsonl", "--flows", "out.ipfix", "--repository", repository)
  if not stats:
    return
  with open(p.file("out.jsonl"), "rb") as f:
    faults, assertions = check(f.read())
  t.point(not faults, "every assertion keeps to the contract", "\n".join(faults))
  t.equal(stats["sinks"]["json"]["delivered"], len(assertions), "as many lines as the sink delivered")
  t.equal(stats["assertions"]["made"], len(assertions), "as many lines as assertions were made")
  t.equal(len({a["assertionId"] for a in assertions}), len(assertions), "no assertion has the identifier of another")
  inventory = p.run("inventory", "--json", "--repository", repository).out.splitlines()
  t.equal(len([json.loads(line) for line in inventory]), stats["endpoints"], "as many endpoints as counted")
  dump = subprocess.run(["ipfixDump", "--rfc5610", "--stats", "--in", p.file("out.ipfix")], stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT, text=True, check=False)
  t.point(dump.returncode == 0, "ipfixDump reads the flows", dump.stdout)
  t.point(stats["flows"]["active"] == 0 and stats["flows"]["exported"] > 0, "no flow is left at the end")


def filtered(t, p, name, frames):
  stats = replay(t, p, name, frames, "--json", "filtered.jsonl", "-f", "tcp port 80")
  if stats:
    t.point(0 < stats["packets"]["filtered"] < len(frames), "a filter is counted as such", stats["packets"])
  stats = replay(t, p, name, frames, "--flows-only", "--flows", "only.ipfix")
  if stats:
    t.equal((stats["assertions"]["made"], stats["endpoints"]), (0, 0), "--flows-only asserts nothing")
  for workers in ("1", "2", "4"):
    stats = replay(t, p, name, frames, "--json", f"w{workers}.jsonl", "--workers", workers)
    if stats:
      t.equal(stats["workers"], int(workers), f"{workers} workers say so")


def repeated(t, p, name):
  """The same finding has the same identifier when a replay is repeated."""
  runs = []
  for n in (1, 2):
    p.observe("-r", name, "--json", f"again{n}.jsonl")
    with open(p.file(f"again{n}.jsonl"), "rb") as f:
      runs.append(sorted(a["assertionId"] for a in check(f.read())[1]))
  t.point(runs[0] and runs[0] == runs[1], "a replay repeated gives the same identifiers")


def groups(t, p):
  """What comes from a group's MAC and an address of the loopback names nobody: nothing was lost by that."""
  own, group = bytes((127, 0, 0, 1)), bytes.fromhex("010203040506")
  syn = captures.tcp(b"", 0x02, 1000, 0, (40000, 20000))
  frame = captures.ethernet(captures.ipv4(6, syn, own, own), source=group)
  p.file("group.pcap", captures.pcap([frame]))
  stats = replay(t, p, "group.pcap", [frame], "--json", "group.jsonl")
  if stats:
    t.equal((stats["endpoints"], stats["observations"]["shed"].get("endpointCapacity", 0)), (0, 0),
            "a group is no endpoint, and none found no room")


def nobody(t, p, name):
  result = p.observe("-r", name)
  t.point(result.status == 0 and b"nginx" in result.out and not result.lines, "no output named: the inventory as a table", result)
  with open(p.file(name), "rb") as f:
    data = f.read()
  one = p.observe("-r", name, "--json", "-").out
  two = p.observe("-r", "-", "--json", "-", stdin=data).out
  t.equal(len(two.splitlines()), len(one.splitlines()), "standard input is read like a file")


def test(t, p):
  capture = tap.lab_capture()
  frames = captures.unpack(capture)
  p.file("lab.pcap", capture)
  outputs(t, p, "lab.pcap", frames)
  filtered(t, p, "lab.pcap", frames)
  repeated(t, p, "lab.pcap")
  groups(t, p)
  nobody(t, p, "lab.pcap")


tap.main(test)
