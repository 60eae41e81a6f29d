#!/usr/bin/env python3
"""A client of Onlooker's fabric with python3-zmq and the standard library alone: registers, starts a collection, takes a
snapshot and the changes behind it, and asks the repository. docs/fabric.md has every message; run it beside `onlooker up`:

    onlooker up -i eth0 --plain --listen tcp://127.0.0.1:5570
    python3 fabric_client.py tcp://127.0.0.1:5570                    or with keys: … --key keys/me.key
"""
import argparse
import json
import os
import sys
import time

import zmq


def read_key(path):
  """The words of a key file."""
  with open(path, encoding="ascii") as f:
    return dict(line.split(None, 1) for line in f.read().splitlines() if line and line[0] != "#")


class Fabric:
  """Two sockets: directed messages at the URL, broadcasts at the next port (or beside the ipc path)."""

  def __init__(self, url, key=None):
    self.context, self.number, self.held = zmq.Context(), 0, []
    host, _, port = url.rpartition(":")
    beside = f"{host}:{int(port) + 1}" if url.startswith("tcp://") else url + ".broadcast"
    self.directed, self.broadcast = self.connect(url, key), self.connect(beside, key)

  def connect(self, url, key):
    s = self.context.socket(zmq.DEALER)
    s.setsockopt(zmq.LINGER, 0)
    if key:
      own, fabric = read_key(key), read_key(os.path.join(os.path.dirname(key), "fabric.pub"))
      s.curve_publickey, s.curve_secretkey = own["public"].encode(), own["secret"].encode()
      s.curve_serverkey = fabric["public"].encode()
    s.connect(url)
    return s

  def ask(self, operation, to, payload=None, seconds=5):
    """Yields (header, payload) of every response; raises what was refused."""
    self.number += 1
    header = {"version": 1, "type": "request", "operation": operation, "to": to, "correlation": str(self.number),
              "deadlineMs": seconds * 1000}
    self.directed.send_multipart([json.dumps(header).encode(), json.dumps(payload).encode() if payload else b""])
    more, end = True, time.monotonic() + seconds + 1
    while more:
      if not self.directed.poll(max(0, int((end - time.monotonic()) * 1000))):
        raise TimeoutError(f"{operation}: no answer; is the fabric there, and may this key?")
      answer, body, *_ = self.directed.recv_multipart()
      answer = json.loads(answer)
      if answer.get("correlation") != str(self.number):
        continue  # of a question that was given up
      if answer["status"] != "success":
        raise RuntimeError(f"{operation}: {answer['error']['code']}: {answer['error']['message']}")
      more, end = answer.get("more", False), time.monotonic() + seconds + 1
      yield answer, body

  def one(self, *arguments):
    """The header and the JSON object of a response that is one."""
    header, body = next(self.ask(*arguments))
    return header, json.loads(body) if body else {}

  def register(self, name):
    header, answer = self.one("register", "service:manager", {"component-type": "other", "component-name": name})
    self.broadcast.send_multipart([b"hello", header["session"].encode()])
    urns = ["urn:ietf:sacm:capability:" + c for c in ("action:heartbeat", "subscribe:status-notification")]
    _, handshake = self.one("advertise", "service:manager", {"capabilities": urns})
    return answer["component-unique-identifier"], [c["registration-status"] for c in handshake["capabilities"]]

  def subscribe(self, prefix):
    self.broadcast.send_multipart([b"subscribe", prefix.encode()])

  def hear(self, seconds):
    """Yields (topic, header, lines) of broadcasts for so long, IPFIX (whole messages with their templates) as one piece; notes of
    the fabric about the connection are left out."""
    end = time.monotonic() + seconds
    while self.broadcast.poll(max(0, int((end - time.monotonic()) * 1000))):
      topic, header, *rest = self.broadcast.recv_multipart()
      if topic:
        header = json.loads(header)
        yield topic.decode(), header, rest[:1] if header["contentType"] == "application/ipfix" else rest[0].splitlines()

  def snapshot(self, site="default"):
    """Endpoints as they stand, and the storage sequence number from which changes follow. Subscribes first, so that none is
    missed in between."""
    self.subscribe(f"/notification/repository/change/json/{site}/")
    endpoints, sequence = [], 0
    for header, body in self.ask("snapshot", "service:repository", seconds=60):
      endpoints += [json.loads(line) for line in body.splitlines()]
      sequence = header["sequence"]
    return endpoints, sequence

  def changes(self, sequence, seconds):
    """Yields assertions behind a sequence number as they are committed; what a broadcast did not bring is asked for."""
    for topic, header, lines in self.hear(seconds):
      if "/repository/change/" not in topic or header["last"] <= sequence:
        continue
      if header["after"] != sequence:
        answer, body = next(self.ask("changes", "service:repository", {"after": sequence}))
        header, lines = answer, body.splitlines()
      sequence = header["last"]
      yield from (json.loads(line) for line in lines)


def main():
  words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  words.add_argument("url")
  words.add_argument("--key")
  words.add_argument("--software", default="nginx")
  words.add_argument("--seconds", type=float, default=5)
  words.add_argument("--ipfix", metavar="FILE", help="only: keep what is broadcast as IPFIX for --seconds, for ipfixDump or tshark")
  words.add_argument("--collection", default=f"client-{os.getpid()}-{int(time.time())}")
  o = words.parse_args()
  fabric = Fabric(o.url, o.key)
  if o.ipfix:
    fabric.subscribe("/notification/collection/observation/ipfix/")
    with open(o.ipfix, "wb") as f:
      f.writelines(payload for _, _, payloads in fabric.hear(o.seconds) for payload in payloads)
    return
  identifier, states = fabric.register("python client")
  print("registered", identifier, states)
  _, answer = fabric.one("collection.start", "service:orchestrator",
                         {"collection-identifier": o.collection, "attributes": ["softwareInstance"], "period": {"seconds": 600},
                          "snapshot": {"immediate": True}})
  print("collection", answer["collection-identifier"], [c["status"] for c in answer["collectors"]])
  endpoints, sequence = fabric.snapshot()
  print("snapshot", len(endpoints), "endpoints up to", sequence)
  assertions = sum(1 for _ in fabric.changes(sequence, o.seconds))
  print("changes", assertions)
  header, body = next(fabric.ask("query", "service:repository", {"query": "endpoints", "parameters": {"software": o.software}}))
  print("query", o.software, header["result"]["count"])
  for line in body.splitlines():
    endpoint = json.loads(line)
    print(" ", endpoint["endpointIdentifier"], [d["value"] for d in endpoint["designation"]])
  fabric.one("collection.cancel", "service:orchestrator", {"collection-identifier": o.collection})


if __name__ == "__main__":
  try:
    main()
  except (RuntimeError, TimeoutError) as e:
    sys.exit(f"fabric_client: {e}")
