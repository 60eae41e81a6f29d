#!/usr/bin/python3
"""Subscribers receive exactly what the counters of the publishing sink say. Usage: publish.py EMIT ONLOOKER"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

try:
    import zmq
except ImportError:
    print("1..0 # SKIP python3-zmq is not installed")
    sys.exit(0)

EMIT, ONLOOKER = sys.argv[1:3]
TOPIC = b"/notification/collection/observation/json/test/"
results = []


def check(name, good, detail=""):
    results.append(good)
    print(("ok" if good else "not ok"), len(results), "-", name, "" if good else f"# {detail}", flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def emit(url, count, wait):
    return subprocess.Popen([EMIT, url, str(count), str(wait)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Subscriber(threading.Thread):
    """Counts what arrives until nothing came for two seconds after something came; naps between messages."""

    def __init__(self, context, address, nap=0.0, topic=TOPIC, bind=False):
        super().__init__()
        self.socket = context.socket(zmq.SUB)
        self.socket.setsockopt(zmq.SUBSCRIBE, topic)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVHWM, 4)
        (self.socket.bind if bind else self.socket.connect)(address)
        self.nap, self.ids, self.faults, self.sequences, self.sizes = nap, set(), [], [], []

    def run(self):
        poller = zmq.Poller()
        poller.register(self.socket, zmq.POLLIN)
        limit = time.time() + 60
        while time.time() < limit and poller.poll(3000 if self.ids else 20000):
            self.take(self.socket.recv_multipart())
            time.sleep(self.nap)
        self.socket.close()

    def take(self, frames):
        topic, header, payload = frames
        header = json.loads(header)
        lines = payload.decode().splitlines()
        if topic != TOPIC or header["count"] != len(lines) or set(header) != {
                "component", "boot", "sequence", "count", "contentType", "provenance"}:
            self.faults.append(header)
        if header["provenance"]["component"] != header["component"]:
            self.faults.append(header)
        self.sequences.append(header["sequence"])
        self.sizes.append(len(payload))
        for line in lines:
            self.ids.add(json.loads(line)["assertionId"])


def exact(name, url, address, count, naps):
    context = zmq.Context()
    subscribers = [Subscriber(context, address, nap) for nap in naps]
    for s in subscribers:
        s.start()
    program = emit(url, count, len(naps))
    out, errors = program.communicate(timeout=90)
    for s in subscribers:
        s.join()
    context.term()
    counters = json.loads(out)
    check(name + ": all delivered", counters == {"offered": count, "delivered": count, "dropped": 0}, out + errors)
    for i, s in enumerate(subscribers):
        check(f"{name}: subscriber {i} has every one", len(s.ids) == count, f"{len(s.ids)} of {count}")
        check(f"{name}: sequence without gaps", s.sequences == list(range(1, len(s.sequences) + 1)), s.sequences[:5])
        check(f"{name}: frames as the contract has them", not s.faults, s.faults[:1])
    sizes = subscribers[0].sizes
    check(name + ": messages are batches", count < 1000 or sorted(sizes)[len(sizes) // 2] in range(16384, 65537), sizes[:3])


def connecting():
    """Without bind: the publisher connects, and what a fabric has subscribed to already is not missed."""
    context = zmq.Context()
    address = f"tcp://127.0.0.1:{free_port()}"
    fabric = Subscriber(context, address, bind=True)
    fabric.start()
    out, errors = emit(address, 500, 0).communicate(timeout=60)
    fabric.join()
    context.term()
    check("connecting: every one arrives without --wait", len(fabric.ids) == 500, f"{len(fabric.ids)} {out} {errors}")


def refused(name, url, sentence):
    program = emit(url, 1, 0)
    _, errors = program.communicate(timeout=20)
    check(name, program.returncode == 2 and sentence in errors and errors.count("\n") == 1, errors)


def stuck():
    """A subscriber that stops reading holds the publisher for a bounded time; then drops are counted."""
    port = free_port()
    child = os.fork()
    if child == 0:
        s = zmq.Context().socket(zmq.SUB)
        s.setsockopt(zmq.SUBSCRIBE, TOPIC)
        s.setsockopt(zmq.RCVHWM, 1)
        s.connect(f"tcp://127.0.0.1:{port}")
        time.sleep(120)
        os._exit(0)
    program = emit(f"bind:tcp://127.0.0.1:{port}", 60000, 1)
    time.sleep(1)
    os.kill(child, signal.SIGSTOP)
    out, errors = program.communicate(timeout=90)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    c = json.loads(out)
    check("stuck subscriber: the sum holds", c["offered"] == 60000 == c["delivered"] + c["dropped"], out)
    check("stuck subscriber: drops are counted and told", c["dropped"] > 0 and "took nothing" in errors, out + errors)
    check("stuck subscriber: exit says not whole", program.returncode == 3, program.returncode)


def watched():
    """onlooker watch prints what was published, raw and readable."""
    address = f"tcp://127.0.0.1:{free_port()}"
    raw = subprocess.Popen([ONLOOKER, "watch", "--json", "--count", "3000", address], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    readable = subprocess.Popen([ONLOOKER, "watch", "--count", "10", "--site", "test", address], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
    program = emit("bind:" + address, 3000, 2)
    lines, complaints = raw.communicate(timeout=60)
    check("watch --json: every assertion", len({json.loads(x)["assertionId"] for x in lines.splitlines()}) == 3000)
    check("watch --json: nothing missed", raw.returncode == 0 and not complaints, complaints)
    text, _ = readable.communicate(timeout=60)
    check("watch: readable lines", text.count("softwareInstance nginx F5 1.22.1") == 10 and readable.returncode == 0, text)
    program.communicate(timeout=60)
    end = subprocess.Popen([ONLOOKER, "watch", f"tcp://127.0.0.1:{free_port()}"], stderr=subprocess.PIPE)
    time.sleep(0.5)
    end.send_signal(signal.SIGINT)
    check("watch: a signal ends it", end.wait(timeout=10) == 0)
    end.stderr.close()


watched()
connecting()
port = free_port()
exact("tcp", f"bind:tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{port}", 20000, [0, 0.002])
with tempfile.TemporaryDirectory() as d:
    exact("ipc", f"bind:ipc://{d}/s", f"ipc://{d}/s", 5000, [0])
exact_one = free_port()
exact("one", f"bind:tcp://127.0.0.1:{exact_one}", f"tcp://127.0.0.1:{exact_one}", 1, [0])
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    refused("address in use", f"bind:tcp://127.0.0.1:{taken.getsockname()[1]}", "the address is in use")
refused("no such scheme", "bind:http://localhost", "no such address; give bind:tcp://HOST:PORT")
refused("no port", "bind:tcp://127.0.0.1", "no such address; give bind:tcp://HOST:PORT")
refused("no directory", "bind:ipc:///nonexistent/x/s", "no such directory")
stuck()
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
