#!/usr/bin/env python3
"""Other people's collectors read our flows: ipfixDump, tshark, and nfcapd with nfdump over UDP."""
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

import captures
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


TOLD = ("packetTotalCount", "observedFlowTotalCount", "exportedFlowRecordTotalCount", "exportedMessageTotalCount",
        "exportedOctetTotalCount", "ignoredPacketTotalCount", "notSentFlowTotalCount", "notSentPacketTotalCount",
        "observationTimeMilliseconds")


def told(path):
  """What the statistics among the flows say: of each element its values, in order."""
  text = tool("ipfixDump", "--rfc5610", "--data", "--in", path)[1]
  return {name: re.findall(rf"\s{name} : (.+)", text) for name in TOLD}


def last_is_stats(t, name, path, stats):
  last = {k: v[-1] if v else None for k, v in told(path).items()}
  before = messages(path)[:-1]
  packets = stats["packets"]
  wanted = {"packetTotalCount": packets["decoded"], "observedFlowTotalCount": stats["flows"]["created"],
            "exportedFlowRecordTotalCount": stats["sinks"]["flows"]["delivered"], "exportedMessageTotalCount": len(before),
            "exportedOctetTotalCount": sum(map(len, before)),
            "ignoredPacketTotalCount": sum(packets["malformed"].values()) + sum(packets["lost"].values()),
            "notSentFlowTotalCount": sum(stats["flows"]["shed"].values()) + sum(stats["sinks"]["flows"]["dropped"].values()),
            "notSentPacketTotalCount": 0}
  t.equal({k: last[k] for k in wanted}, {k: str(v) for k, v in wanted.items()}, f"{name}: the last statistics are those of --stats")


def minutes(t, p):
  """Statistics come when packet time passes a minute, however fast packets do."""
  path, counters = p.file("minutes.ipfix"), p.file("minutes.json")
  good = captures.udp_frame(b"question")
  broken = captures.ethernet(b"\x4f" + bytes(30))  # a header longer than the packet
  sent = [0, 0]  # minutes, frames that can be decoded
  with subprocess.Popen([p.path, "observe", "-r", "-", "--flows-only", "--flows", path, "--stats", counters],
                        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
    def minute(frames, seconds):
      """Whether the statistics have soon counted a minute's frames."""
      run.stdin.write(b"".join(captures.record(f, sent[0] * 60000 + n) for n, f in enumerate(frames)))
      run.stdin.flush()
      sent[0], sent[1] = sent[0] + 1, sent[1] + frames.count(good)
      until = time.monotonic() + seconds
      while told(path)["packetTotalCount"][-1:] != [str(sent[1])]:
        if time.monotonic() > until:
          return False
        time.sleep(0.1)
      return True

    run.stdin.write(captures.header())
    started = any(minute([good], 1) for _ in range(60))  # the first minute that is met has none before it
    start, known = sent[0], len(told(path)["packetTotalCount"])
    later = [minute(frames, 20) for frames in ([good, broken], [good, good], [broken, good])]
    _, err = run.communicate(timeout=60)
  if not t.point(run.returncode == 0 and not err, "a recording comes in bit by bit", err.decode(errors="replace")):
    return
  with open(counters, encoding="utf-8") as f:
    last_is_stats(t, "bit by bit", path, json.load(f))
  said = {name: values[known:] for name, values in told(path).items()}
  t.point(started and all(later), "every minute of packet time has statistics", f"{said}\n{sent}")
  t.equal(said["packetTotalCount"], [str(start + n) for n in (1, 3, 4, 4)], "each minute once, and once at the end")
  t.equal(said["ignoredPacketTotalCount"], ["1", "1", "2", "2"], "what cannot be decoded is ignored")
  # in each statistics: when they were made, when the first and the last packet was ignored, the same of flows not sent
  times = [x[14:16] for x in told(path)["observationTimeMilliseconds"][5 * known:]]
  first, second = (f"{(13 + start + n) % 60:02}" for n in (0, 2))
  t.equal([times[n + 1:n + 3] for n in range(0, 20, 5)], [[first, first]] * 2 + [[first, second]] * 2,
          "it has a first and a last time")


def test(t, p):
  path = p.file("flows.ipfix")
  result, stats = p.stats("-r", tap.LAB, "--flows", path)
  if not t.point(result.clean() and result.status == 0 and stats, "the recording is metered", result):
    return
  exported = stats["flows"]["exported"]
  parts = messages(path)
  t.point(parts and sequence(parts), "the file is whole IPFIX messages of one domain")
  last_is_stats(t, "one worker or more", path, stats)
  for workers in ("1", "4"):
    result, stats = p.stats("-r", tap.LAB, "--flows", path, "--workers", workers)
    last_is_stats(t, f"workers {workers}", path, stats)
  minutes(t, p)
  with_ipfixdump(t, path, exported)
  with_tshark(t, path, exported)
  with_nfdump(t, p, path, exported)


if __name__ == "__main__":
  tap.main(test)
