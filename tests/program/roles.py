"""The roles of a fabric as real processes, and a client of its own that speaks the messages by hand."""
import atexit
import json
import os
import random
import signal
import socket
import subprocess
import time

import zmq

import tap


def free_port():
  """A port whose next one is free, too; below those that the kernel gives to whoever connects, one of which would take it at once."""
  while True:
    with socket.socket() as a, socket.socket() as b:
      port = random.randrange(16000, 32000, 2)
      try:
        a.bind(("127.0.0.1", port))
        b.bind(("127.0.0.1", port + 1))
      except OSError:
        continue
      return port


class Site:
  """A folder, a fabric's address, keys, and the processes that were started."""

  def __init__(self, program, name="site", plain=False):
    self.program, self.plain = program, plain
    self.folder = program.file(name)
    os.makedirs(self.folder, exist_ok=True)
    self.url = f"tcp://127.0.0.1:{free_port()}"
    self.running = {}
    self.logs = []
    atexit.register(self.leave_nobody)
    if not plain:
      self.keys("make", "fabric")

  def path(self, *parts):
    return os.path.join(self.folder, *parts)

  def keys(self, *words):
    return self.program.run("keys", *words, "--directory", self.path("keys"))

  def key(self, name, role=None):
    if role and not os.path.exists(self.path("keys", name + ".key")):
      self.keys("make", name, "--role", role)
    return self.path("keys", name + ".key")

  def connection(self, name, role):
    return ["--fabric", self.url] + ([] if self.plain else ["--key", self.key(name, role)])

  def start(self, name, *arguments):
    log = open(self.path(f"{name}.{len(self.logs)}.log"), "wb")
    self.logs.append(log.name)
    self.running[name] = subprocess.Popen([self.program.path, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          cwd=self.folder)
    log.close()
    return self.running[name]

  def fabric(self):
    keys = ["--plain"] if self.plain else ["--keys", self.path("keys")]
    return self.start("fabric", "fabric", *keys, "--listen", self.url, "--state", self.path("fabric"))

  def manager(self, *more):
    return self.start("manager", "manager", *self.connection("manager", "manager"), "--state", self.path("manager"), *more)

  def repository(self, database="repository.db", name="repository", *more):
    return self.start(name, "repository", *self.connection(name, "repository"), "--state", self.path(name + "-state"),
                      "--repository", "sqlite:" + self.path(database), *more)

  def kill(self, name, how=signal.SIGKILL):
    process = self.running.pop(name)
    process.send_signal(how)
    try:
      return process.wait(30)
    except subprocess.TimeoutExpired:
      process.kill()
      process.wait()
      return None

  def stop(self):
    """Ends all, clients first; the statuses by name."""
    order = sorted(self.running, key=lambda n: {"fabric": 3, "manager": 2, "repository": 1}.get(n, 0))
    return {name: self.kill(name, signal.SIGTERM) for name in order}

  def leave_nobody(self):
    """A test that ended early leaves no process behind."""
    for process in self.running.values():
      if process.poll() is None:
        process.kill()
        process.wait()

  def said(self):
    """What the processes wrote, and whether a sanitizer spoke."""
    text = ""
    for path in self.logs:
      with open(path, encoding="utf-8", errors="replace") as f:
        text += f.read()
    return text

  def clean(self):
    return not any(mark in self.said() for mark in tap.SANITIZER)

  def client(self, name=None, role=None):
    return Client(self, name, role)

  def ask(self, *words):
    return self.program.run(*words, *self.connection("admin", "admin"))


def until(what, seconds=15, step=0.05):
  """Waits for what() to be true, and gives it back."""
  end = time.monotonic() + seconds
  while True:
    result = what()
    if result or time.monotonic() > end:
      return result
    time.sleep(step)


class Client:
  """Speaks the protocol by hand: what it sends may be anything."""

  def __init__(self, site, name=None, role=None):
    self.site, self.context = site, zmq.Context()
    self.directed, self.broadcast = (self.context.socket(zmq.DEALER) for _ in range(2))
    for s in (self.directed, self.broadcast):
      s.setsockopt(zmq.LINGER, 0)
      if name and not site.plain:
        self.secure(s, site.key(name, role))
    host, port = site.url.rsplit(":", 1)
    self.directed.connect(site.url)
    self.broadcast.connect(f"{host}:{int(port) + 1}")
    self.number, self.session, self.identifier = 0, None, None

  def secure(self, s, path):
    words = dict(line.split(None, 1) for line in open(path, encoding="ascii").read().splitlines() if line[:1] != "#")
    server = dict(line.split(None, 1) for line in open(self.site.path("keys", "fabric.pub"), encoding="ascii").read().splitlines()
                  if line[:1] != "#")
    s.setsockopt(zmq.CURVE_PUBLICKEY, words["public"].encode())
    s.setsockopt(zmq.CURVE_SECRETKEY, words["secret"].encode())
    s.setsockopt(zmq.CURVE_SERVERKEY, server["public"].encode())

  def send(self, operation, to, payload=b"", deadline=5000, **extra):
    self.number += 1
    header = {"version": 1, "type": "request", "operation": operation, "to": to, "correlation": str(self.number),
              "deadlineMs": deadline, **extra}
    if not isinstance(payload, bytes):
      payload = json.dumps(payload).encode()
    self.directed.send_multipart([json.dumps(header).encode(), payload])
    return str(self.number)

  def receive(self, seconds=5):
    """The next message of the directed socket: (header, payload), or None."""
    if not self.directed.poll(int(seconds * 1000)):
      return None
    frames = self.directed.recv_multipart()
    return json.loads(frames[0]), frames[1]

  def ask(self, operation, to, payload=b"", seconds=5, **extra):
    """(header, payload) of the answer, payload of several put together; ({}, b"") without one."""
    number, whole = self.send(operation, to, payload, int(seconds * 1000), **extra), b""
    end = time.monotonic() + seconds + 1
    while time.monotonic() < end:
      got = self.receive(max(0.01, end - time.monotonic()))
      if got and got[0].get("correlation") == number:
        whole += got[1]
        if not got[0].get("more"):
          return got[0], whole
    return {}, b""

  def code(self, *arguments, **extra):
    """"success" or the code of the refusal; "" for no answer."""
    header, _ = self.ask(*arguments, **extra)
    return header.get("error", {}).get("code", header.get("status", ""))

  def register(self, kind="other", name="test", **extra):
    header, payload = self.ask("register", "service:manager", {"component-type": kind, "component-name": name, **extra})
    self.session = header.get("session")
    if self.session:
      self.identifier = json.loads(payload)["component-unique-identifier"]
      self.broadcast.send_multipart([b"hello", self.session.encode()])
    return header, payload

  def subscribe(self, prefix):
    self.broadcast.send_multipart([b"subscribe", prefix.encode()])

  def publish(self, topic, sequence, payload=b"{}", component=None, boot="b"):
    header = {"component": component or self.identifier, "boot": boot, "sequence": sequence, "count": 1,
              "contentType": "application/json"}
    self.broadcast.send_multipart([b"publish", topic.encode(), json.dumps(header).encode(), payload])

  def hear(self, seconds=2, notes=False):
    """Broadcasts of so many seconds at most: the first that comes, as [topic, header, payload…]; None without."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
      if self.broadcast.poll(int(max(1, (end - time.monotonic()) * 1000))):
        frames = self.broadcast.recv_multipart()
        if bool(frames[0]) != notes:
          return frames
    return None

  def note(self, kind, seconds=3):
    """The next note of this type, or None."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
      frames = self.hear(end - time.monotonic(), notes=True)
      note = json.loads(frames[1]) if frames else {}
      if note.get("type") == kind:
        return note
    return None

  def close(self):
    self.directed.close(0)
    self.broadcast.close(0)
    self.context.term()
