#!/usr/bin/env python3
"""Other people's collectors read our flows: ipfixDump, tshark, and nfcapd with nfdump over UDP."""
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

import tap


def tool(*command):
  done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                        errors="replace", timeout=60, check=False)
  return done.returncode, done.stdout, done.stderr


def messages(path):
  """The IPFIX messages of a file (RFC 5655)."""
  with open(path, "rb") as f:
    data = f.read()
  at, out = 0, []
  while at + 16 <= len(data):
    version, length = struct.unpack_from(">HH", data, at)
    if version != 10 or length < 16 or at + length > len(data):
      raise ValueError(f"no IPFIX message at octet {at} of {len(data)}")
    out.append(data[at:at + length])
    at += length
  if at != len(data):
    raise ValueError(f"{len(data) - at} octets behind the last message")
  return out


def sequence(parts):
  """Whether sequence numbers never run backwards and domains are one."""
  numbers = [struct.unpack_from(">II", m, 8) for m in parts]
  return len({d for _, d in numbers}) == 1 and all(a[0] <= b[0] for a, b in zip(numbers, numbers[1:]))


def with_ipfixdump(t, path, exported):
  status, out, err = tool("ipfixDump", "--rfc5610", "--data", "--in", path)
  records = len(re.findall(r"^--- data record", out, re.M | re.I))
  t.point(status == 0 and not re.search(r"error|warning", err, re.I), "ipfixDump reads the file", err)
  t.point(records >= exported, "ipfixDump finds every flow", f"{records} records, {exported} flows\n{out[:600]}")
  t.point("reversePacketTotalCount" in out or "reversePacketDeltaCount" in out, "flows are biflows (RFC 5103)")
  t.point("flowEndReason" in out, "flows say why they ended")
  t.point("(*)" not in out and "unknown" not in out.lower(), "every element has a name")


def with_tshark(t, path, exported):
  status, out, err = tool("tshark", "-r", path, "-d", "tcp.port==4739,cflow", "-Y", "cflow", "-T", "fields", "-e", "cflow.version",
                          "-e", "cflow.srcport", "-e", "_ws.malformed")
  t.point(status == 0 and out.strip() and "Malformed" not in out, "tshark reads the file", err + out[:300])
  ports = sum(len(line.split("\t")[1].split(",")) for line in out.splitlines() if line.count("\t") >= 1 and line.split("\t")[1])
  t.point(ports >= exported // 2, "tshark sees the flows", f"{ports} source ports, {exported} flows")


def with_nfdump(t, p, path, exported):
  if not shutil.which("nfcapd"):
    t.skip("nfcapd and nfdump", "not installed")
    return
  folder = p.file("nfcapd")
  os.makedirs(folder)
  with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
  collector = subprocess.Popen(["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-w", folder, "-t", "3600"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
  try:
    time.sleep(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
      for message in messages(path):
        s.sendto(message, ("127.0.0.1", port))
        time.sleep(0.002)
    time.sleep(1)
  finally:
    collector.send_signal(signal.SIGTERM)
    collector.wait(20)
  status, out, err = tool("nfdump", "-R", folder, "-q", "-o", "fmt:%pr %sap %dap %pkt %byt")
  flows = [line for line in out.splitlines() if line.strip()]
  t.point(status == 0 and len(flows) >= exported * 0.9, "nfcapd collects and nfdump prints the flows",
          f"{len(flows)} of {exported}\n{err}\n{out[:500]}")
  t.point(any(re.search(r":80\s", line) for line in flows), "nfdump shows the web server's port")


def test(t, p):
  path = p.file("flows.ipfix")
  result, stats = p.stats("-r", tap.LAB, "--flows", path)
  if not t.point(result.clean() and result.status == 0 and stats, "the recording is metered", result):
    return
  exported = stats["flows"]["exported"]
  parts = messages(path)
  t.point(parts and sequence(parts), "the file is whole IPFIX messages of one domain")
  with_ipfixdump(t, path, exported)
  with_tshark(t, path, exported)
  with_nfdump(t, p, path, exported)


tap.main(test)
