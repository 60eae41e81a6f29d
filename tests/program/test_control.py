#!/usr/bin/env python3
"""Signals: files are rotated and signatures reloaded without a lost line, mistakes leave what was, TERM drains and a
second one forces; the service manager hears of it."""
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time

import captures
import tap

FLOW_TEMPLATES = 264  # those of flows have numbers below

SIGNATURE = """field: http.server
signatures:
  - name: {name}
    pattern: '^{name}/(?<v>[0-9.]+)'
    software: {{title: {title}, creator: Example, version: "{{v}}"}}
    examples: [{{value: "{name}/1.5", title: {title}, version: "1.5"}}]
"""


class Watched:
  """`observe`, and what it tells the service manager."""

  def __init__(self, p, *arguments, environment=None, stdout=subprocess.DEVNULL):
    self.path = p.file("notify")
    if os.path.exists(self.path):
      os.remove(self.path)
    self.states = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    self.states.bind(self.path)
    self.run = subprocess.Popen([p.path, "observe", *arguments], stdout=stdout, stderr=subprocess.PIPE, cwd=p.folder.name,
                                env={**os.environ, "NOTIFY_SOCKET": self.path, **(environment or {})})
    self.told = []
    self.hear("READY=1")

  def hear(self, wanted, seconds=60):
    """Waits until the service manager was told so."""
    self.states.settimeout(0.5)
    for _ in range(2 * seconds):
      try:
        self.told.append(self.states.recv(256).decode())
        if self.told[-1].split("\n")[0] == wanted:
          return True
      except socket.timeout:
        if self.run.poll() is not None:
          return False
    return False

  def end(self, seconds=60):
    try:
      out, err = self.run.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
      self.run.kill()
      out, err = self.run.communicate()
      return tap.Result(124, out or b"", err)
    finally:
      self.states.close()
    return tap.Result(self.run.returncode, out or b"", err)


def lines_of(path):
  with open(path, encoding="utf-8") as f:
    return [json.loads(line) for line in f]


def rotation(t, p):
  """Files are moved away and HUP is sent, over and over: nothing is lost, nothing is there twice."""
  w = Watched(p, "-r", tap.LAB, "--pace", "3", "--workers", "2", "--json", "out.jsonl", "--flows", "out.ipfix", "--stats", "rotated.json")
  for n in range(6):
    time.sleep(0.3)
    for name in ("out.jsonl", "out.ipfix"):
      if n % 2 == 0 and os.path.exists(p.file(name)):
        os.rename(p.file(name), p.file(f"{n}-{name}"))
    w.run.send_signal(signal.SIGHUP)  # every other time nobody has moved the file
  w.run.send_signal(signal.SIGTERM)
  result = w.end()
  t.point(result.status == 0 and result.clean(), "rotated: ends in good order", result)
  with open(p.file("rotated.json"), encoding="utf-8") as f:
    sinks = json.load(f)["sinks"]
  folder = os.path.dirname(p.file("x"))
  parts = [p.file(name) for name in sorted(os.listdir(folder)) if name.endswith("out.jsonl")]
  t.point(len(parts) >= 3, "rotated: there are several files", parts)
  told = [lines_of(path) for path in parts]
  t.point(all("assertionId" not in part[0] for part in told), "rotated: every file says first who observes")
  t.equal(sum("assertionId" in line for part in told for line in part), sinks["json"]["delivered"], "rotated: no assertion is lost")
  records = 0
  for name in sorted(os.listdir(folder)):
    if name.endswith("out.ipfix"):
      dump = subprocess.run(["ipfixDump", "--rfc5610", "--stats", "--in", p.file(name)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, check=False)
      t.equal(dump.returncode, 0, f"rotated: {name} is readable alone")
      records += sum(int(n) for template, n in re.findall(r"^ *(\d+) \(0x[0-9A-F]+\)\| *(\d+)", dump.stdout, re.M) if int(template) < FLOW_TEMPLATES)
  t.equal(records, sinks["flows"]["delivered"], "rotated: no flow is lost")


def conversation(server, seconds, port):
  """A web server that calls itself so, at that second of the recording."""
  frames = captures.conversation([(False, b"GET / HTTP/1.1\r\nHost: x.example.test\r\n\r\n"),
                                  (True, b"HTTP/1.1 200 OK\r\nServer: " + server + b"\r\nContent-Length: 2\r\n\r\nok")], port)
  return b"".join(struct.pack("<4I", captures.START + seconds, n, len(f), len(f)) + f for n, f in enumerate(frames))


def reload(t, p):
  folder = p.file("own")
  os.mkdir(folder)
  def write(name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
      f.write(text)
  write("a.yaml", SIGNATURE.format(name="alphad", title="Alpha"))
  path = p.file("two.pcap", captures.header() + conversation(b"alphad/1.5", 0, 80) + conversation(b"betad/2.5", 90, 8080) +
                conversation(b"betad/2.5", 105, 8080) + conversation(b"alphad/1.5", 120, 80))
  w = Watched(p, "-r", path, "--pace", "15", "--signatures", folder, "--json", "reload.jsonl")
  time.sleep(1)
  write("b.yaml", "field: http.server\nsignatures:\n  - name: betad\n    pattern: '(broken'\n")
  w.run.send_signal(signal.SIGUSR2)
  t.point(w.hear("RELOADING=1") and w.hear("READY=1"), "a reload that fails: the service manager hears of begin and end", w.told)
  write("a.yaml", SIGNATURE.format(name="alphad", title="Alef"))
  write("b.yaml", SIGNATURE.format(name="betad", title="Beta"))
  w.run.send_signal(signal.SIGUSR2)
  t.point(w.hear("RELOADING=1") and w.hear("READY=1"), "a reload: the service manager hears of begin and end", w.told)
  t.point(any(line.startswith("MONOTONIC_USEC=") for told in w.told for line in told.split("\n")), "and when it began", w.told)
  w.run.send_signal(signal.SIGUSR2)
  result = w.end()
  t.point(result.status == 0 and result.clean(), "a reload: ends in good order", result)
  t.point(len(result.lines) == 1 and "b.yaml:" in result.err and "the signatures in use stay" in result.err,
          "a faulty file is named, with its line and what is wrong", result)
  lines = lines_of(p.file("reload.jsonl"))
  who = [line for line in lines if "assertionId" not in line]
  t.equal([w["provenanceId"] for w in who], [1, 2], "provenance is said again once: when the signatures changed")
  if len(who) == 2:
    t.point(who[0]["signatureSet"] != who[1]["signatureSet"], "with the digest of the new set")
  titles = {(a["value"]["softwareTitle"], line["provenanceId"]) for line in lines if "assertionId" in line
            for a in line["attributes"] if a["name"] == "softwareInstance"}
  t.point(("Alpha", 1) in titles and ("Beta", 2) in titles and ("Beta", 1) not in titles, "what comes after is matched by it", titles)
  t.point(("Alef", 2) in titles and ("Alef", 1) not in titles, "and what was seen before, when it is seen again", titles)
  events = [a["value"].get("new") for line in lines if line.get("statementType") == "Event" for a in line["attributes"]]
  t.point("Beta 2.5" in events and "Alef 1.5" not in events, "nothing changed there: it is read otherwise", events)
  t.equal([line["interval"]["open"] for line in lines if "Alpha" in json.dumps(line) and line.get("provenanceId") == 2
           and line["statementType"] != "Event"], [False], "what it was taken for ends")


def nothing_to_reload(t, p):
  w = Watched(p, "-r", tap.LAB, "--pace", "2", "--json", "none.jsonl")
  w.run.send_signal(signal.SIGUSR2)
  w.hear("RELOADING=1")
  w.run.send_signal(signal.SIGTERM)
  result = w.end()
  t.point(result.status == 0 and "no --signatures" in result.err, "without a directory of one's own nothing is reloaded, and said", result)


def signs_of_life(t, p):
  w = Watched(p, "-r", tap.LAB, "--pace", "1", "--json", "life.jsonl", environment={"WATCHDOG_USEC": "1000000"})
  t.point(w.hear("WATCHDOG=1", 20) and w.hear("WATCHDOG=1", 20), "the watchdog gets signs of life", w.told)
  w.run.send_signal(signal.SIGTERM)
  result = w.end()
  t.point(result.status == 0, "and the run ends on TERM", result)


def while_it_starts(t, p):
  """What comes before it runs is kept: it ends nothing. Opening a pipe waits for who writes to it, so it is met there."""
  pipe = p.file("starting.pipe")
  os.mkfifo(pipe)
  output = p.file("starting.jsonl")
  run = subprocess.Popen([p.path, "observe", "-r", pipe, "--json", output], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
  caught = 0
  for _ in range(600):
    with open(f"/proc/{run.pid}/status", encoding="ascii") as f:
      caught = int(next(line for line in f if line.startswith("SigCgt")).split()[1], 16)
    if caught >> (signal.SIGUSR2 - 1) & 1:
      break
    time.sleep(0.1)
  starting = not caught >> (signal.SIGTERM - 1) & 1
  for _ in range(20):
    for one in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
      run.send_signal(one)
  with open(pipe, "wb") as f:
    f.write(tap.lab_capture())
  try:
    _, err = run.communicate(timeout=60)
  except subprocess.TimeoutExpired:
    run.kill()
    _, err = run.communicate()
  t.point(starting and run.returncode == 0 and len(lines_of(output)) > 100, "signals that come while it starts", (starting, run.returncode, err))


def force(t, p):
  """Nobody reads the output: the first TERM cannot end it, the second does."""
  w = Watched(p, "-r", tap.LAB, "-r", tap.LAB, "--raw", "--refresh", "1", "--json", "-", stdout=subprocess.PIPE)
  time.sleep(0.5)
  w.run.send_signal(signal.SIGTERM)
  time.sleep(1)
  stuck = w.run.poll() is None
  w.run.send_signal(signal.SIGTERM)
  status = w.run.wait(timeout=20)
  w.states.close()
  t.point(stuck and status == -signal.SIGTERM, "a second TERM ends at once", (stuck, status))


def test(t, p):
  rotation(t, p)
  reload(t, p)
  nothing_to_reload(t, p)
  signs_of_life(t, p)
  while_it_starts(t, p)
  force(t, p)


tap.main(test)
