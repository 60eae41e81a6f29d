#!/usr/bin/env python3
"""--metrics: the counters as Prometheus text while it runs, and only from loopback unless asked otherwise."""
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request

import tap

LINE = re.compile(r'^(onlooker(?:_[a-z0-9]+)+)(\{[a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*\})? ([0-9.]+)$')


def free_port():
  with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    return s.getsockname()[1]


def ask(port, path="/metrics"):
  with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
    return answer.headers["Content-Type"], answer.read().decode()


def patiently(port):
  for _ in range(200):
    try:
      return ask(port)
    except (urllib.error.URLError, ConnectionError):
      time.sleep(0.1)
  return "", ""


def values(text):
  """Sums over labels, and which lines are none."""
  sums, wrong, typed = {}, [], set()
  for line in text.splitlines():
    if line.startswith("# TYPE "):
      typed.add(line.split()[2])
    if line.startswith("# "):
      continue
    m = LINE.match(line)
    if not m or m.group(1) not in typed:
      wrong.append(line)
    else:
      sums[m.group(1)] = sums.get(m.group(1), 0) + float(m.group(3))
  return sums, wrong


def while_it_runs(t, p):
  port = free_port()
  run = subprocess.Popen([p.path, "observe", "-r", tap.LAB, "--pace", "1", "--workers", "2", "--metrics", str(port), "--json", p.file("out.jsonl"),
                          "--flows", p.file("out.ipfix")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
  kind, _ = patiently(port)
  t.point(kind.startswith("text/plain; version=0.0.4"), "says what it is", kind)
  received = []
  for _ in range(5):
    sums, wrong = values(ask(port)[1])
    t.equal(wrong, [], "every line is one, of a name that was described")
    t.equal(sums["onlooker_capture_received_packets_total"],
            sums["onlooker_decode_ip_packets_total"] + sums["onlooker_decode_other_packets_total"] +
            sums["onlooker_capture_filtered_packets_total"] + sums.get("onlooker_decode_malformed_packets_total", 0) +
            sums.get("onlooker_capture_lost_packets_total", 0), "packets add up at any moment")
    t.equal(sums["onlooker_meter_created_flows_total"], sums["onlooker_meter_exported_flows_total"] + sums["onlooker_meter_active_flows"] +
            sums.get("onlooker_meter_shed_flows_total", 0), "flows add up at any moment")
    t.equal(sums["onlooker_export_offered_records_total"], sums["onlooker_export_delivered_records_total"] +
            sums.get("onlooker_export_dropped_records_total", 0), "sinks add up at any moment")
    received.append(sums["onlooker_capture_received_packets_total"])
    time.sleep(0.4)
  t.point(received == sorted(received) and received[-1] > received[0], "and rise", received)
  try:
    ask(port, "/other")
    t.point(False, "another page is not there")
  except urllib.error.HTTPError as e:
    t.equal(e.code, 404, "another page is not there")
  with socket.create_connection(("127.0.0.1", port)) as rude:  # says nothing, and goes
    rude.send(b"\xff" * 100)
  t.point(ask(port)[1], "who asks rudely keeps nobody else out")
  busy = p.observe("-r", tap.LAB, "--metrics", str(port), "--json", p.file("busy.jsonl"))
  t.point(busy.status == 2 and len(busy.lines) == 1 and "name another port" in busy.err, "a port in use is told", busy)
  addresses = subprocess.run(["ss", "-Hltn", f"sport = :{port}"], stdout=subprocess.PIPE, text=True, check=False).stdout.split() \
    if subprocess.run(["which", "ss"], stdout=subprocess.DEVNULL, check=False).returncode == 0 else []
  t.point(not addresses or f"127.0.0.1:{port}" in addresses, "on loopback alone", addresses)
  run.terminate()
  _, err = run.communicate(timeout=60)
  result = tap.Result(run.returncode, b"", err)
  t.point(result.status == 0 and result.clean(), "ends in good order", result)


def test(t, p):
  while_it_runs(t, p)
  for bad in ("", ":", "port", "127.0.0.1:", "no.such.host.invalid:9100", "127.0.0.1:99999999"):
    refused = p.observe("-r", tap.LAB, "--metrics", bad, "--json", p.file("bad.jsonl"))
    t.point(refused.status == 2 and len(refused.lines) == 1, f"'{bad}' is refused", refused)


tap.main(test)
