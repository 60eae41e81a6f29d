#!/usr/bin/env python3
"""A ClickHouse that is sick: it answers late, with 500, with octets that are no HTTP, with half an answer, in chunks that are none, not at all
though it has done what it was told, or fails in the middle of an answer that it began with 200. What was acknowledged is there, once, and each
assertion has a storage sequence number of its own."""
import http.server
import random
import sys
import threading
import time

import clickhouse
import tap

try:
  import roles
except ImportError:  # python3-zmq is not there
  roles = None

DONE = ("late", "unsaid", "half", "exception", "slow")  # the server has done it


def plain(status, text, more=b""):
  return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n%s" % (status, len(text), more, text)


class Sick(http.server.BaseHTTPRequestHandler):
  """Passes requests on to a server, and some of the answers back."""
  protocol_version = "HTTP/1.1"
  server_port, share, faults, random = 0, 0.0, (), random.Random(1)
  made = {}

  def log_message(self, *_):
    pass

  def well(self, body):
    return clickhouse.pass_on(Sick.server_port, self.path, body)

  def say(self, octets):
    self.close_connection = True
    self.wfile.write(octets)

  def do_POST(self):
    body = self.rfile.read(int(self.headers["Content-Length"]))
    fault = self.random.choice(self.faults) if self.random.random() < self.share else None
    Sick.made[fault] = Sick.made.get(fault, 0) + 1
    status, text = self.well(body) if fault is None or fault in DONE else (0, b"")
    if fault == "refused":
      self.say(plain(b"500 Internal Server Error", b"Code: 241, e.displayText() = DB::Exception: Memory limit exceeded"))
    elif fault == "garbage":
      self.say(bytes(self.random.randrange(256) for _ in range(2000)))
    elif fault == "chunks":
      self.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\nnonsense\r\n")
    elif fault == "late":
      self.say(plain(b"504 Gateway Timeout", b"too late"))
    elif fault == "half":
      self.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text) + 10, text[:len(text) // 2]))
    elif fault == "exception":
      self.say(plain(b"200 OK", text[:len(text) // 2] + b"Code: 241. DB::Exception: Memory limit", b"X-ClickHouse-Exception-Code: 241\r\n"))
    elif fault in ("silent", "unsaid"):
      self.close_connection = True
    else:
      time.sleep(0.5 if fault == "slow" else 0)
      self.send_response(status)
      self.send_header("Content-Length", str(len(text)))
      self.end_headers()
      self.wfile.write(text)


def run(t, p, server, port, wanted, name, share, faults):
  site = roles.Site(p, name)
  for key, role in (("manager", "manager"), ("repository", "repository"), ("collector", "collector"), ("admin", "admin")):
    site.key(key, role)
  site.fabric()
  site.manager()
  url = f"clickhouse://127.0.0.1:{port}/{name}"
  site.start("repository", "repository", *site.connection("repository", "repository"), "--state", site.path("state"), "--repository", url)
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 60)
  Sick.share, Sick.faults, Sick.made = share, faults, {}
  result, stats = p.stats("-r", tap.LAB, "--publish", site.url, "--key", site.path("keys", "collector.key"), "--spool", site.path("spool"),
                          "--pace", "3", "--drain", "60", seconds=180)
  Sick.share = 0
  made = stats.get("assertions", {}).get("made")
  t.point(len(Sick.made) > 1, f"{name}: the server was sick", Sick.made)
  t.point(result.status == 0 and stats["sinks"]["fabric"]["delivered"] == made, f"{name}: everything is acknowledged", f"{result}\n{Sick.made}")
  counted = server.ask(f"SELECT count(), uniqExact(id), uniqExact(revision) FROM {name}.assertion").split()
  t.equal(counted, [str(made)] * 3, f"{name}: each assertion is there once, with a number of its own")
  t.point(p.run("inventory", "--json", "--repository", url).out == wanted, f"{name}: the inventory is that of SQLite")
  t.point("takes nothing" in result.err or not set(faults) & set(Sick.made), f"{name}: the collector told what kept it", result)
  t.equal(set(site.stop().values()), {0}, f"{name}: all end well")
  t.point(site.clean(), f"{name}: no sanitizer spoke", site.said()[-2000:])


def test(t, p):
  if not clickhouse.program() or not roles:
    t.skip("a sick ClickHouse", "clickhouse-server or python3-zmq is not installed")
    return
  wanted = p.inventory("-r", tap.LAB)[1]
  server = clickhouse.Server(p.file("clickhouse"))
  between = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sick)
  threading.Thread(target=between.serve_forever, daemon=True).start()
  try:
    if not t.point(server.ready(), "the server answers"):
      return
    Sick.server_port = server.port
    run(t, p, server, between.server_port, wanted, "unheard", 0.2, ("unsaid", "exception"))
    run(t, p, server, between.server_port, wanted, "everything", 0.08,
        ("refused", "garbage", "chunks", "silent", "late", "unsaid", "half", "exception", "slow"))
  finally:
    between.shutdown()
    server.stop()


if __name__ == "__main__":
  sys.exit(tap.main(test))
