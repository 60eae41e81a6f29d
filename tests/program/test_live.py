#!/usr/bin/env python3
"""A live interface tells what the file tells: the bundled recording is replayed through a pair of virtual
interfaces in a network namespace of its own, and the inventory and the counters are compared with those of the file.

Needs root and tcpreplay; skipped without. Everything it makes is removed.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import assertions
import captures
import tap
import test_flows
import test_fragments

SPACE = f"ol-{os.getpid()}-live"
INSIDE = ["ip", "netns", "exec", SPACE]
SANITIZED_START = 30  # seconds; a sanitizer build starts slowly


def ip(*words):
  subprocess.run(["ip", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Wire:
  """A namespace with pairs of interfaces: what enters a0 comes out of b0."""

  def __init__(self, pairs=1):
    self.pairs = pairs

  def __enter__(self):
    ip("netns", "add", SPACE)
    subprocess.run([*INSIDE, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"],
                   check=False, stderr=subprocess.DEVNULL)
    for n in range(self.pairs):
      ip("-n", SPACE, "link", "add", f"ol-a{n}", "type", "veth", "peer", "name", f"ol-b{n}")
      for end in "ab":
        ip("-n", SPACE, "link", "set", f"ol-{end}{n}", "mtu", "2000", "up")
    return self

  def __exit__(self, *_):
    ip("netns", "del", SPACE)

  def received(self, n=0):
    with subprocess.Popen([*INSIDE, "cat", f"/sys/class/net/ol-b{n}/statistics/rx_packets"], stdout=subprocess.PIPE) as p:
      return int(p.stdout.read())

  def replay(self, path, *how, into=0):
    subprocess.run([*INSIDE, "tcpreplay", "-q", "-i", f"ol-a{into}", *how, path], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


class Live:
  """`observe` inside the namespace: started when it says so, ended by TERM."""

  def __init__(self, p, *arguments):
    self.p, self.arguments = p, arguments
    self.stats_path, self.database = p.file("live.json"), p.file("live.db")

  def __enter__(self):
    self.notify = self.p.file("notify")
    for path in (self.notify, self.stats_path, self.database, self.database + "-wal", self.database + "-shm"):
      if os.path.exists(path):
        os.remove(path)
    self.states = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    self.states.bind(self.notify)
    self.states.settimeout(SANITIZED_START)
    output = [] if "--flows-only" in self.arguments else ["--repository", "sqlite:" + self.database]
    self.run = subprocess.Popen([*INSIDE, self.p.path, "observe", "--stats", self.stats_path, *output, *self.arguments],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.p.folder.name,
                                env={**os.environ, "NOTIFY_SOCKET": self.notify})
    try:
      self.states.recv(64)
    except OSError:
      self.run.kill()
      raise RuntimeError("was never ready: " + self.run.communicate()[1].decode(errors="replace")) from None
    return self

  def end(self, how=signal.SIGTERM):
    """(Result, counters), after the process has ended."""
    if self.run.poll() is None:
      self.run.send_signal(how)
    try:
      _, err = self.run.communicate(timeout=60)
      result = tap.Result(self.run.returncode, b"", err)
    except subprocess.TimeoutExpired:
      self.run.kill()
      _, err = self.run.communicate()
      result = tap.Result(124, b"", err)
    try:
      with open(self.stats_path, encoding="utf-8") as f:
        return result, json.load(f)
    except (OSError, ValueError):
      return result, {}

  def inventory(self):
    return self.p.run("inventory", "--json", "--repository", "sqlite:" + self.database).out

  def __exit__(self, *_):
    if self.run.poll() is None:
      self.run.kill()
      self.run.communicate()
    self.states.close()


def essence(inventory):
  """What an inventory says but for identifiers and times, which are those of the day."""
  out = []
  for line in inventory.splitlines():
    e = json.loads(line)
    out.append(json.dumps([sorted([d["name"], d["value"]] for d in e.get("designation", [])),
                           sorted(plain(s) for s in e.get("software", [])), sorted(plain(s) for s in e.get("services", [])),
                           sorted(plain(s) for s in e.get("hardware", []))], sort_keys=True))
  return sorted(out)


def name_in_any_order(service):
  """Of a connection that another announces the name is known if the announcement comes first. By two queues it may not."""
  return None if service.get("applicationName") == "ftp-data" else service.get("applicationName")


def plain(member):
  member = {k: v for k, v in member.items() if k not in ("interval", "evidence")}
  value = member["value"]
  if isinstance(value, dict) and value.get("applicationName") == "ftp-data":  # as it stands when the announcement was late
    member |= {"value": {k: v for k, v in value.items() if k != "applicationName"}, "confidence": 60}
  return json.dumps(member, sort_keys=True)


def same_as_file(t, p, capture, wanted):
  frames = wanted[1]["packets"]["received"]
  for workers in ("1", "2", "4"):
    with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", workers, "--block-timeout", "5", "--ring-size", "8") as live:
      before = wire.received()
      wire.replay(capture, "--multiplier=10")
      result, stats = live.end()
      passed = wire.received() - before
    name = f"{workers} workers"
    if not t.point(result.status == 0 and result.clean() and stats, f"{name}: ends in good order on TERM", result):
      continue
    t.equal(passed, frames, f"{name}: every frame of the file was on the wire")
    t.equal(stats["packets"]["received"], passed, f"{name}: received is what the kernel counted")
    t.equal(assertions.imbalances(stats), [], f"{name}: sums come out")
    t.equal({k: stats["packets"][k] for k in ("decoded", "notIp", "malformed", "lost")},
            {k: wanted[1]["packets"][k] for k in ("decoded", "notIp", "malformed", "lost")}, f"{name}: packets as in the file")
    t.equal(stats["flows"]["created"], wanted[1]["flows"]["created"], f"{name}: flows as in the file")
    got = essence(live.inventory())
    t.point(got == wanted[0], f"{name}: inventory as of the file",
            "\n".join(["only live: " + x for x in got if x not in wanted[0]] + ["only file: " + x for x in wanted[0] if x not in got]))


def wrapped(capture):
  """The recording inside GRE: its flows are many, its outer addresses two."""
  out = bytearray(capture[:24])
  for header, frame in captures.records(capture):
    frame = captures.ethernet(captures.ipv4(47, b"\0\0\x65\x58" + frame))
    out += header[:8] + 2 * len(frame).to_bytes(4, "little") + frame
  return bytes(out)


def owned(t, p, name, capture, workers, crosses):
  """What the kernel cannot look into comes to its owner all the same: each flow is one, its fragments and directions too."""
  path = p.file("owned.pcap", capture)
  _, counters = p.stats("-r", path, "--json", p.file("owned.jsonl"))
  wanted = essence(p.inventory("-r", path)[1])
  with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", workers, "--ring-size", "8") as live:
    wire.replay(path, "--multiplier=10")
    result, stats = live.end()
  name = f"{name}, {workers} workers"
  if not t.point(result.status == 0 and result.clean() and stats, f"{name}: ends in good order", result):
    return
  t.equal({k: stats["packets"][k] for k in ("received", "decoded", "notIp", "lost", "fragments")},
          {k: counters["packets"][k] for k in ("received", "decoded", "notIp", "lost", "fragments")}, f"{name}: packets as in the file")
  t.equal(stats["flows"]["created"], counters["flows"]["created"], f"{name}: no flow is torn apart")
  each = stats["perWorker"]
  over, taken = sum(w["handedOver"] for w in each), sum(w["takenOver"] for w in each)
  t.equal((over > 0, over), (crosses, taken), f"{name}: frames are handed over only where they must be")
  t.equal(essence(live.inventory()), wanted, f"{name}: inventory as of the file")


def two_interfaces(t, p, capture, wanted):
  """A tap with an interface per direction: each half of the recording on a wire of its own, in step."""
  halves = [p.file("half0.pcap"), p.file("half1.pcap")]
  with open(capture, "rb") as f:
    data = f.read()
  parts = [bytearray(data[:24]), bytearray(data[:24])]
  for header, frame in captures.records(data):
    parts[frame[11] & 1] += header + frame  # by the sender's address
  for path, part in zip(halves, parts):
    with open(path, "wb") as f:
      f.write(part)
  with Wire(2) as wire, Live(p, "-i", "ol-b0", "-i", "ol-b1", "--workers", "2", "--ring-size", "8") as live:
    threads = [subprocess.Popen([*INSIDE, "tcpreplay", "-q", "-i", f"ol-a{n}", "--multiplier=10", halves[n]],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for n in (0, 1)]
    for one in threads:
      one.wait(timeout=60)
    result, stats = live.end()
  t.point(result.status == 0 and result.clean() and stats, "two interfaces: ends in good order", result)
  t.equal(stats.get("packets", {}).get("received"), wanted[1]["packets"]["received"], "two interfaces: every frame was received")
  t.equal(assertions.imbalances(stats), [], "two interfaces: sums come out")
  t.equal(len(essence(live.inventory())), len(wanted[0]), "two interfaces: as many endpoints as in the file")


def filtered_in_the_kernel(t, p, capture):
  _, file = p.stats("-r", capture, "-f", "tcp port 80", "--flows-only")
  with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", "2", "--flows-only", "-f", "tcp port 80", "--busy-poll") as live:
    wire.replay(capture, "--topspeed")
    result, stats = live.end()
  t.point(result.status == 0 and stats, "a filter: ends in good order", result)
  if stats:
    t.equal(stats["packets"]["decoded"], file["packets"]["decoded"], "a filter lets in what it takes")
    t.equal(stats["packets"]["received"], file["packets"]["decoded"], "and nothing else is received")


def tags_are_kept(t, p, capture):
  """The kernel takes a VLAN tag out of the frame: it comes back into it, and a filter finds it."""
  with open(capture, "rb") as f:
    data = f.read()
  tagged = bytearray(data[:24])
  for header, frame in captures.records(data):
    frame = frame[:12] + b"\x81\x00\x00\x07" + frame[12:]
    tagged += header[:8] + 2 * len(frame).to_bytes(4, "little") + frame
  path = p.file("tagged.pcap", bytes(tagged))
  wanted = essence(p.inventory("-r", path)[1])
  with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", "2", "--ring-size", "8", "-f", "vlan 7") as live:
    wire.replay(path, "--multiplier=10")
    result, stats = live.end()
  t.point(result.status == 0 and result.clean() and stats, "tagged frames: ends in good order", result)
  t.equal(essence(live.inventory()), wanted, "tagged frames: inventory as of the file")
  with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", "1", "--flows-only", "-f", "vlan 8") as live:
    wire.replay(path, "--topspeed")
    result, stats = live.end()
  t.equal(stats.get("packets", {}).get("received"), 0, "tagged frames: of another VLAN nothing is received")


def nothing_is_lost(t, p, capture):
  """TERM comes in the middle: what the kernel let in until then was taken, to the frame."""
  with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", "2", "--flows-only") as live:
    flood = subprocess.Popen([*INSIDE, "tcpreplay", "-q", "-i", "ol-a0", "--topspeed", "--loop=2000", "--preload-pcap", capture],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2)
    live.run.send_signal(signal.SIGUSR1)
    time.sleep(0.5)
    result, stats = live.end()
    flood.kill()
    flood.wait()
    del wire
  t.point(result.status == 0 and result.clean() and stats, "TERM in a flood: ends in good order", result)
  lines = [line for line in result.lines if line.startswith("{")]
  t.equal(len(lines), 1, "USR1 prints the counters once")
  if lines and stats:
    asked = json.loads(lines[0])
    t.equal(assertions.imbalances(asked), [], "which come out while it runs")
    t.point(0 < asked["packets"]["received"] <= stats["packets"]["received"], "and are those of that moment", f"{asked}\n{stats}")
    t.equal(assertions.imbalances(stats), [], "sums come out at the end")
    t.equal(stats["packets"]["lost"], {}, "nothing is lost at the rate of the wire")


def overload_is_counted(t, p, capture):
  """The smallest ring and a reader that stands still: what did not fit is counted, and said."""
  flows = p.file("overload.ipfix")
  with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", "1", "--flows-only", "--ring-size", "1", "--flows", flows) as live:
    before = wire.received()
    live.run.send_signal(signal.SIGSTOP)
    wire.replay(capture, "--topspeed", "--loop=100")
    live.run.send_signal(signal.SIGCONT)
    result, stats = live.end()
    passed = wire.received() - before
  t.equal(result.status, 3, "overload: not whole")
  t.point("packets lost kernel" in result.err, "overload: said with its count", result)
  if stats:
    t.point(stats["packets"]["lost"].get("kernel", 0) > 0, "overload: counted", stats)
    t.equal(stats["packets"]["received"], passed, "overload: taken and dropped are what the kernel counted")
    t.equal(assertions.imbalances(stats), [], "overload: sums come out")
    if shutil.which("ipfixDump"):
      t.equal(test_flows.told(flows)["ignoredPacketTotalCount"][-1:], [str(stats["packets"]["lost"].get("kernel"))],
              "overload: the flows tell it, too")


def losses_are_said(t, p, capture):
  """What is asserted while something is being lost says so; what was asserted before does not."""
  lines = p.file("lossy.jsonl")
  with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", "1", "--ring-size", "1", "--json", lines) as live:
    wire.replay(capture, "--multiplier=20")
    time.sleep(1)
    live.run.send_signal(signal.SIGSTOP)
    wire.replay(capture, "--topspeed", "--loop=100")
    live.run.send_signal(signal.SIGCONT)
    time.sleep(1.5)
    result, stats = live.end()
  t.equal(result.status, 3, "losses: not whole")
  with open(lines, encoding="utf-8") as f:
    told = [json.loads(line) for line in f]
  who = {line["provenanceId"]: line for line in told if "assertionId" not in line}
  t.equal([who[n].get("lossy", False) for n in sorted(who)], [False, True], "losses: a stretch of its own, with its provenance")
  made = [line["provenanceId"] for line in told if "assertionId" in line]
  t.point(made == sorted(made) and set(made) == {1, 2}, "losses: assertions before are whole, those from then on say so", set(made))
  t.equal(len(made), stats.get("assertions", {}).get("made"), "losses: all are there")


def interface_goes(t, p):
  with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", "2", "--flows-only") as live:
    ip("-n", SPACE, "link", "del", "ol-a0")
    try:
      live.run.wait(timeout=20)
    except subprocess.TimeoutExpired:
      pass
    result, _ = live.end()
    del wire
  t.point(result.status == 1 and "ol-b0: the interface was removed" in result.err, "an interface that goes ends the run", result)


def silence_ends_it(t, p, capture):
  with Wire() as wire, Live(p, "-i", "ol-b0", "--workers", "2", "--flows-only", "--idle-exit", "1.5") as live:
    wire.replay(capture, "--multiplier=100")
    try:
      live.run.wait(timeout=30)
    except subprocess.TimeoutExpired:
      pass
    ended = live.run.poll() is not None
    result, counters = live.end()
  t.point(ended and result.status == 0 and counters["packets"]["received"] > 100, "silence ends a run that asked for it", result)


def reader_goes(t, p, capture):
  """`… --json - | head -1` ends; where something else is put out too, it is told and goes on."""
  with Wire() as wire:
    for more in ([], ["--repository", "sqlite:" + p.file("reader.db")]):
      notify = p.file("reader.notify")
      if os.path.exists(notify):
        os.remove(notify)
      with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as states:
        states.bind(notify)
        states.settimeout(SANITIZED_START)
        run = subprocess.Popen([*INSIDE, p.path, "observe", "-i", "ol-b0", "--workers", "1", "--json", "-", *more], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, "NOTIFY_SOCKET": notify})
        states.recv(64)
      wire.replay(capture, "--multiplier=100")
      line = run.stdout.readline()
      run.stdout.close()
      try:
        first = run.stderr.readline().decode()
        if more:
          t.point(run.poll() is None, "it goes on")
          run.send_signal(signal.SIGTERM)
        status = run.wait(20)
      except subprocess.TimeoutExpired:
        run.kill()
        status = 124
      rest = run.stderr.read().decode()
      run.stderr.close()
      name = "with a repository" if more else "alone"
      t.point(line.startswith(b'{"provenanceId"') and status == 1 and "Broken pipe; the reader has gone" in first,
              f"a reader that has gone, {name}: it is told, status 1", (status, first, rest))
      t.point(("from now on is dropped" in first) == bool(more) and bool(rest) == bool(more), f"{name}: in so many lines", (first, rest))


def the_sensor_itself(t, p, capture):
  """What this machine sends of itself is known to be the sensor's; what it replays of others is not, nor is a file's."""
  with Wire() as wire:
    ip("-n", SPACE, "address", "add", "192.0.2.1/24", "dev", "ol-a0")
    recorded = p.file("own.pcap")
    with Live(p, "-i", "ol-b0", "--block-timeout", "5") as live:
      ask = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'?', ('192.0.2.9', 9))"
      subprocess.run([*INSIDE, sys.executable, "-c", ask], check=True)  # asks by ARP who that is
      wire.replay(capture, "--multiplier=10")
      result, _ = live.end()
      endpoints = [json.loads(line) for line in live.inventory().splitlines()]
    mac = subprocess.run([*INSIDE, "cat", "/sys/class/net/ol-a0/address"], check=True, capture_output=True, text=True).stdout.strip()
    own = [e for e in endpoints if "sensor" in e]
    text = json.dumps(own)
    t.point(result.clean() and len(own) == 1 and mac in text and "192.0.2.1" in text and '"interfaceName": "ol-a0"' in text,
            "the sensor's own host is said to be that", f"{result}\n{mac} {len(endpoints)} endpoints\n{text}")
    with open(recorded, "wb") as f:
      f.write(captures.pcap([captures.ethernet(captures.ipv4(17, bytes(8)), source=bytes.fromhex(mac.replace(":", "")))]))
    result = p.observe("-r", recorded, "--json", "-")
    t.point(mac.encode() in result.out and b"observingSensor" not in result.out, "in a file it is somebody", result)


def mistakes(t, p):
  def refused(name, text, *arguments, prefix=()):
    done = subprocess.run([*INSIDE, *prefix, p.path, "observe", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=SANITIZED_START, check=False, cwd="/")
    result = tap.Result(done.returncode, done.stdout, done.stderr)
    t.point(result.status == 2 and len(result.lines) == 1 and text in result.err, name, result)
  with Wire():
    refused("an interface that is not there", "ol-none: there is no such interface", "-i", "ol-none")
    refused("a name too long for any", "there is no such interface", "-i", "an-interface-of-no-machine")
    refused("a bad filter", "syntax error", "-i", "ol-b0", "-f", "udp port and")
    refused("file and interface", "-r and -i", "-i", "ol-b0", "-r", tap.LAB)
    refused("one interface twice", "named twice", "-i", "ol-b0", "-i", "ol-b0")
    refused("any", "-i of its own", "-i", "any")
    refused("a CPU that is not there", "CPU 1023 is not there", "-i", "ol-b0", "--cpus", "0,1023")
    refused("no list of CPUs", "list of CPUs", "-i", "ol-b0", "--cpus", "0-")
    if shutil.which("setpriv") and readable(p.path):
      nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw"]
      alone = subprocess.run([*INSIDE, *nobody, "timeout", "--foreground", "--preserve-status", "-s", "TERM", "3", p.path, "observe",
                              "-i", "ol-b0", "-f", "tcp", "--workers", "2", "--flows-only", "--stats", "-"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SANITIZED_START, check=False, cwd="/")
      t.point(alone.returncode == 0 and alone.stderr.startswith(b'{"packets"'), "with CAP_NET_RAW alone", alone)
      refused("without permission", "CAP_NET_RAW", "-i", "ol-b0",
              prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    else:
      t.skip("without permission", "nobody cannot run the program")


def doctor(t, p):
  def look(*arguments):
    done = subprocess.run([*INSIDE, p.path, "doctor", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=SANITIZED_START)
    return tap.Result(done.returncode, done.stdout, done.stderr)
  with Wire():
    well = look("-i", "ol-b0", "--json")
    report = json.loads(well.out)
    t.equal(report["faults"], sum(c["grade"] == "fault" for c in report["checks"]), "doctor: faults are counted")
    own = {c["check"]: c for c in report["checks"] if c["interface"] == "ol-b0"}
    t.equal((own["state"]["grade"], own["driver"]["text"].split()[0]), ("good", "veth"), "doctor: an interface that is well")
    t.equal(well.status, 0, "doctor: nothing would lose packets")
    t.equal(look().out.count(b"\n"), sum(not c["interface"] for c in report["checks"]), "doctor: one line for every check")
    ip("-n", SPACE, "link", "set", "ol-b0", "down")
    down = look("-i", "ol-b0")
    t.point(down.status == 1 and b"ip link set dev ol-b0 up" in down.out, "doctor: an interface that is down", down.out)
  missing = subprocess.run([p.path, "doctor", "-i", 'ol-"none'], stdout=subprocess.PIPE, check=False)
  t.point(missing.returncode == 1 and b"no such interface" in missing.stdout, "doctor: one that is not there", missing.stdout)


def readable(path):
  """Whether nobody may run the program where it lies."""
  return subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", path, "--version"], check=False,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def possible():
  if os.geteuid() != 0:
    return "not root"
  for tool in ("tcpreplay", "ip"):
    if not shutil.which(tool):
      return f"no {tool}"
  made = subprocess.run(["ip", "netns", "add", SPACE], stderr=subprocess.DEVNULL, check=False).returncode == 0
  if made:
    made = subprocess.run(["ip", "-n", SPACE, "link", "add", "ol-a0", "type", "veth", "peer", "name", "ol-b0"],
                          stderr=subprocess.DEVNULL, check=False).returncode == 0
    ip("netns", "del", SPACE)
  return None if made else "no network namespaces or no veth here"


def test(t, p):
  why = possible()
  if why:
    t.skip("live capture", why)
    return
  capture = p.file("lab.pcap", tap.lab_capture())
  _, counters = p.stats("-r", capture, "--json", p.file("lab.json"))
  wanted = essence(p.inventory("-r", capture)[1]), counters
  same_as_file(t, p, capture, wanted)
  two_interfaces(t, p, capture, wanted)
  pieces = test_fragments.fragmented(tap.lab_capture(), lambda parts: parts)[0]
  for workers in ("2", "4"):
    owned(t, p, "plain", tap.lab_capture(), workers, False)
    owned(t, p, "fragments", pieces, workers, False)
    owned(t, p, "tunnels", wrapped(tap.lab_capture()), workers, True)
    owned(t, p, "tunnels in fragments", test_fragments.tunnel_in_fragments(), workers, True)
  filtered_in_the_kernel(t, p, capture)
  tags_are_kept(t, p, capture)
  nothing_is_lost(t, p, capture)
  overload_is_counted(t, p, capture)
  losses_are_said(t, p, capture)
  interface_goes(t, p)
  silence_ends_it(t, p, capture)
  reader_goes(t, p, capture)
  the_sensor_itself(t, p, capture)
  mistakes(t, p)
  doctor(t, p)


if __name__ == "__main__":
  tap.main(test)
