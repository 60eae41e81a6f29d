#!/usr/bin/env python3
"""An independent subscriber receives exactly what the sink says was delivered, over ipc and tcp."""
import json
import os
import socket
import subprocess
import threading

import tap

try:
  import zmq
except ImportError:
  zmq = None

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
  for topic, header, _ in messages:
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
  t.point(not os.path.exists(p.file("core")), "no core file")


tap.main(test)
