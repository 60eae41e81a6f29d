#!/usr/bin/env python3
"""An independent subscriber receives exactly what the sink says was delivered, over ipc and tcp."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import tap

try:
  import zmq
  import roles
except ImportError:
  zmq = roles = None

TOPIC = b"/notification/collection/observation/"


class Subscriber(threading.Thread):
  """Collects [topic, header, payload] until told that the publisher has ended and nothing more comes."""

  def __init__(self, address, topic=TOPIC):
    super().__init__(daemon=True)
    self.socket = zmq.Context.instance().socket(zmq.SUB)
    self.socket.setsockopt(zmq.RCVHWM, 0)
    self.socket.setsockopt(zmq.SUBSCRIBE, topic)
    self.socket.connect(address)
    self.messages, self.ended = [], threading.Event()

  def run(self):
    while self.socket.poll(1000) or not self.ended.is_set():
      if self.socket.poll(0):
        self.messages.append(self.socket.recv_multipart())
    self.socket.close(0)


def tcp_address():
  with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    return f"tcp://127.0.0.1:{s.getsockname()[1]}"


def publish(p, address, subscribers):
  threads = [Subscriber(address) for _ in range(subscribers)]
  for thread in threads:
    thread.start()
  result, stats = p.stats("-r", tap.LAB, "--publish", "bind:" + address, "--wait", str(subscribers), "--json", "also.jsonl")
  for thread in threads:
    thread.ended.set()
  for thread in threads:
    thread.join(30)
  return result, stats, [thread.messages for thread in threads]


def gaps(messages):
  """Topics whose sequence does not run 1, 2, 3…"""
  seen = {}
  out = []
  for topic, header, *_ in messages:
    h = json.loads(header)
    if h["sequence"] != seen.get(topic, 0) + 1:
      out.append(f"{topic}: {h['sequence']} after {seen.get(topic, 0)}")
    seen[topic] = h["sequence"]
  return out


def judge(t, p, messages, stats, name):
  sink = stats["sinks"]["publish"]
  t.point(all(len(m) == 3 for m in messages), f"{name}: three frames a message")
  t.point(messages and not gaps(messages), f"{name}: no gaps", "\n".join(gaps(messages)))
  ours = [m for m in messages if m[0].startswith(TOPIC + b"json/")]
  t.point(all(m[0].endswith(b"/") for m in messages), f"{name}: topics end with a slash")
  records = [json.loads(line) for m in ours for line in m[2].splitlines()]
  assertions = [r for r in records if "assertionId" in r]
  t.equal(len(assertions), sink["delivered"], f"{name}: exactly as many assertions as the sink delivered")
  t.equal(sum(json.loads(m[1])["count"] for m in ours), sink["delivered"], f"{name}: the headers count the same")
  t.equal(sink["offered"], stats["assertions"]["made"], f"{name}: every assertion was offered")
  t.point(all({"component", "boot", "sequence", "count", "contentType", "provenance"} <= set(json.loads(m[1])) for m in messages),
          f"{name}: headers are whole")
  with open(p.file("also.jsonl"), "rb") as f:
    written = {json.loads(line).get("assertionId") for line in f} - {None}
  t.point({a["assertionId"] for a in assertions} == written, f"{name}: the file holds the same assertions")
  readable(t, p, [m for m in messages if m[0].startswith(TOPIC + b"ipfix/")], name)


def readable(t, p, messages, name):
  """An IPFIX payload is readable alone."""
  for number, message in enumerate(messages[:5]):
    path = p.file("payload.ipfix", message[2])
    done = subprocess.run(["ipfixDump", "--rfc5610", "--in", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    t.point(done.returncode == 0 and done.stdout, f"{name}: ipfixDump reads payload {number + 1} alone", done.stdout[-500:])


def records(payload):
  """Data records of an IPFIX payload that is read with what is in it: (messages, templates, records by template).
  Every set must be well formed; records are counted by reading their lists."""
  at, messages, templates, count = 0, 0, {}, 0
  while at < len(payload):
    version, length, _, _, _ = struct.unpack_from(">HHIII", payload, at)
    if version != 10 or length < 16 or at + length > len(payload):
      raise ValueError(f"message at {at}")
    set_at, end = at + 16, at + length
    while set_at < end:
      kind, size = struct.unpack_from(">HH", payload, set_at)
      body = payload[set_at + 4:set_at + size]
      if kind == 2:
        for number, fields in read_templates(body):
          templates[number] = fields
      elif kind >= 256:
        if kind not in templates:
          raise ValueError(f"data of template {kind} before the template")
        count += count_records(body, templates[kind])
      set_at += size
    at, messages = end, messages + 1
  return messages, templates, count


def read_templates(body):
  at = 0
  while at + 4 <= len(body):
    number, n = struct.unpack_from(">HH", body, at)
    at += 4
    fields = []
    for _ in range(n):
      element, length = struct.unpack_from(">HH", body, at)
      at += 8 if element & 0x8000 else 4
      fields.append(length)
    if number >= 256:
      yield number, fields


def count_records(body, fields):
  count, at = 0, 0
  while len(body) - at >= sum(1 if f == 0xFFFF else f for f in fields):
    for length in fields:
      if length == 0xFFFF:
        length, at = body[at], at + 1
        if length == 255:
          length, at = int.from_bytes(body[at:at + 2], "big"), at + 2
      at += length
    if at > len(body):
      raise ValueError("a record leaves its set")
    count += 1
  return count


def forms(t, p):
  """With an enterprise number both forms are on the socket; each of two subscribers gets its own, whole."""
  address = tcp_address()
  threads = [Subscriber(address, TOPIC + form) for form in (b"json/lab/", b"ipfix/lab/")]
  for thread in threads:
    thread.start()
  result, stats = p.stats("-r", tap.LAB, "--publish", "bind:" + address, "--wait", str(len(threads)), "--pen", "32473", "--site", "lab")
  for thread in threads:
    thread.ended.set()
  for thread in threads:
    thread.join(30)
  messages = [m for thread in threads for m in thread.messages]
  if t.point(result.status == 0 and result.clean() and stats, "both forms", result):
    judge_forms(t, p, messages, stats, "bind")


def of_fabric(t, p):
  """The same in a fabric: both forms as broadcasts, the IPFIX kept by `watch --ipfix`, named by `watch`, signed when asked."""
  site = roles.Site(p, "forms", plain=True)
  site.fabric()
  site.manager()
  site.repository()
  subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", site.path("sign.pem")], check=True, stderr=subprocess.DEVNULL)
  os.chmod(site.path("sign.pem"), 0o600)
  viewer = site.client("viewer", "viewer")
  viewer.subscribe(TOPIC.decode())
  t.point(viewer.note("subscribed"), "fabric: a subscriber listens")
  site.start("keeper", "watch", "--fabric", site.url, "--site", "lab", "--ipfix", site.path("kept.ipfix"))
  site.start("namer", "watch", "--fabric", site.url, "--topic", TOPIC.decode() + "ipfix/lab/", "--count", "1")
  roles.until(lambda: b"repository" in p.run("manager", "roster", "--fabric", site.url).out)
  time.sleep(1)
  result, stats = p.stats("-r", tap.LAB, "--publish", site.url, "--spool", site.path("spool"), "--pen", "32473", "--site", "lab", "--sign",
                          site.path("sign.pem"))
  messages = []
  while (frames := viewer.hear(1.5)):
    messages.append(frames)
  if t.point(result.status == 0 and result.clean() and stats, "fabric: both forms", result):
    judge_forms(t, p, messages, stats, "fabric", "fabric")
    t.equal({len(m[3]) for m in messages}, {96}, "fabric: each payload is signed")
    ipfix = b"".join(m[2] for m in messages if b"/ipfix/" in m[0])
    t.equal(site.running.pop("namer").wait(10), 0, "fabric: watch ends when it saw one")
    t.point("assertions as IPFIX" in site.said(), "fabric: and says what it is", site.said()[-500:])
    t.equal(site.kill("keeper", signal.SIGTERM), 0, "fabric: watch --ipfix missed nothing")
    with open(site.path("kept.ipfix"), "rb") as f:
      t.point(f.read() == ipfix, "fabric: it kept every octet")
  result, stats = p.stats("-r", tap.LAB, "--publish", f"tcp://127.0.0.1:{roles.free_port()}", "--pen", "32473", "--drain", "0")
  sink = stats["sinks"].get("publishIpfix", {})
  t.equal((result.status, sink.get("delivered"), sink.get("dropped", {}).get("unsent")), (3, 0, stats["assertions"]["made"]),
          "fabric: without one, what was not broadcast is counted")
  began = time.monotonic()
  result = p.observe("-r", tap.LAB, "--publish", f"tcp://127.0.0.1:{roles.free_port()}", "--pen", "32473", "--drain", "10")
  t.point(result.status == 3 and 10 <= time.monotonic() - began < 19, "fabric: without one, --drain is waited for once", result)
  viewer.close()
  t.equal(set(site.stop().values()), {0}, "fabric: all end well")
  t.point(site.clean(), "fabric: no sanitizer spoke", site.said()[-2000:])


def judge_forms(t, p, messages, stats, how, json_sink="publish"):
  by_form = {form: [m for m in messages if m[0] == TOPIC + form + b"/lab/"] for form in (b"json", b"ipfix")}
  t.equal(sum(map(len, by_form.values())), len(messages), f"{how}: no other topics")
  t.equal(gaps(messages), [], f"{how}: each topic has its sequence from 1")
  for form, name, content in ((b"json", json_sink, "application/x-ndjson"), (b"ipfix", "publishIpfix", "application/ipfix")):
    headers = [json.loads(m[1]) for m in by_form[form]]
    sink = stats["sinks"].get(name, {})
    t.point(headers and {h["contentType"] for h in headers} == {content}, f"{how}: {name}: content type")
    t.point(sink and sink["offered"] == stats["assertions"]["made"] == sink["delivered"] + sum(sink["dropped"].values()),
            f"{how}: {name}: offered = delivered + dropped", sink)
    t.equal(sum(h["count"] for h in headers), sink.get("delivered"), f"{how}: {name}: exactly what the counters say")
    if form == b"json":
      read = [sum("assertionId" in json.loads(line) for line in m[2].splitlines()) for m in by_form[form]]
    else:
      read = [records(m[2])[2] for m in by_form[form]]
    t.equal(read, [h["count"] for h in headers], f"{how}: {name}: every payload, read alone, has as many")
  if shutil.which("ipfixDump"):
    readable(t, p, by_form[b"ipfix"], how)
  else:
    t.skip(f"{how}: ipfixDump reads each payload", "ipfixDump is not installed")


def test(t, p):
  if not zmq:
    t.skip("an independent subscriber", "python3-zmq is not installed")
    return
  for name, address, subscribers in (("ipc", "ipc://" + p.file("fabric.ipc"), 1), ("tcp", tcp_address(), 1),
                                     ("two subscribers", tcp_address(), 2)):
    result, stats, received = publish(p, address, subscribers)
    if t.point(result.clean() and result.status == 0 and stats, f"{name}: the replay ends well", result):
      for number, messages in enumerate(received):
        judge(t, p, messages, stats, f"{name} {number + 1}")
  forms(t, p)
  of_fabric(t, p)
  t.point(not os.path.exists(p.file("core")), "no core file")


tap.main(test)
