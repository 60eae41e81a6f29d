#!/usr/bin/env python3
"""A cluster of ClickHouse: two shards of two replicas each, and a ZooKeeper, as real servers on this machine. What is stored is on its shard,
questions are answered over all, a replica that is gone keeps nobody waiting and catches up, the same answers as SQLite's.

Debian's ClickHouse ends itself on ON CLUSTER: a go-between gives such a statement to each server instead, which is what it means.
"""
import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import clickhouse
import tap
import test_repository

try:
  import roles
except ImportError:
  roles = None

NAME = "pair"
JARS = ("zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-nop", "metrics-core", "netty-all", "snappy-java", "commons-cli", "jackson-core",
        "jackson-databind", "jackson-annotations")
ZOO = "tickTime=500\ndataDir={folder}/data\nclientPort={port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n"


def zookeeper_program():
  """How ZooKeeper is started, or None."""
  java = shutil.which("java")
  jars = [f"/usr/share/java/{jar}.jar" for jar in JARS]
  if not java or not os.path.exists(jars[0]):
    return None
  return [java, "-Xmx128m", "-XX:+UseSerialGC", "-cp", ":".join(jar for jar in jars if os.path.exists(jar)),
          "org.apache.zookeeper.server.quorum.QuorumPeerMain"]


class Keeper:
  """A ZooKeeper of the test's own."""

  def __init__(self, folder):
    os.makedirs(folder)
    self.port = clickhouse.free_port()
    path = os.path.join(folder, "zoo.cfg")
    with open(path, "w", encoding="ascii") as f:
      f.write(ZOO.format(folder=folder, port=self.port))
    self.process = subprocess.Popen([*zookeeper_program(), path], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)

  def ready(self):
    end = time.monotonic() + 60
    while time.monotonic() < end and self.process.poll() is None:
      try:
        with socket.create_connection(("127.0.0.1", self.port), 2) as s:
          s.sendall(b"srvr")
          if s.recv(100).startswith(b"Zookeeper version"):
            return True
      except OSError:
        time.sleep(0.2)
    return False

  def stop(self):
    self.process.terminate()
    self.process.wait(20)


class Between(http.server.BaseHTTPRequestHandler):
  """Passes requests on to the first server, and statements ON CLUSTER to all."""
  protocol_version = "HTTP/1.1"
  servers = []
  everywhere = 0

  def log_message(self, *_):
    pass

  def pass_on(self, server, body):
    return clickhouse.pass_on(server.port, self.path, body)

  def do_POST(self):
    body = self.rfile.read(int(self.headers["Content-Length"]))
    mark = f" ON CLUSTER {NAME}".encode()
    if mark in body[:400]:
      Between.everywhere += 1
      body = body.replace(mark, b"", 1)
      answers = [self.pass_on(s, body) for s in self.servers if s.process.poll() is None]
      status, text = max(answers)
    else:
      status, text = self.pass_on(self.servers[0], body)
    self.send_response(status)
    self.send_header("Content-Length", str(len(text)))
    self.end_headers()
    self.wfile.write(text)


class Cluster:
  """Servers by shard and replica, and the URL of the repository they are."""

  def __init__(self, p):
    self.keeper = Keeper(p.file("zookeeper"))
    tcp = [clickhouse.free_port() for _ in range(4)]
    shards = "".join("<shard><internal_replication>true</internal_replication>" + "".join(
        f"<replica><host>127.0.0.1</host><port>{port}</port></replica>" for port in tcp[shard:shard + 2]) + "</shard>" for shard in (0, 2))
    self.servers = []
    self.keeper_ready = self.keeper.ready()
    for i, port in enumerate(tcp):
      more = (f"<remote_servers><{NAME}>{shards}</{NAME}></remote_servers><zookeeper><node><host>127.0.0.1</host><port>{self.keeper.port}</port>"
              f"</node></zookeeper><macros><shard>{i // 2}</shard><replica>r{i % 2}</replica></macros>"
              f"<interserver_http_host>127.0.0.1</interserver_http_host><interserver_http_port>{clickhouse.free_port()}</interserver_http_port>"
              "<background_pool_size>4</background_pool_size>")
      self.servers.append(clickhouse.Server(p.file(f"server{i}"), port, more))
    Between.servers = self.servers
    self.between = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
    threading.Thread(target=self.between.serve_forever, daemon=True).start()

  def ready(self):
    return self.keeper_ready and all(s.ready() for s in self.servers)

  def url(self, database):
    return f"clickhouse://127.0.0.1:{self.between.server_port}/{database}?cluster={NAME}"

  def counts(self, database, table="assertion", servers=range(4)):
    """Rows each server has itself; a sum of what they are shows whether replicas are the same."""
    sql = f"SELECT count(), sum(cityHash64(id)) FROM {database}.{table}_local"
    return [tuple(int(x) for x in self.servers[i].ask(sql).split()) for i in servers]

  def alike(self, database, seconds=30):
    """True when both replicas of each shard have the same."""
    return until(lambda: (lambda c: c[0] == c[1] and c[2] == c[3])(self.counts(database)), seconds)

  def stop(self):
    self.between.shutdown()
    for s in self.servers:
      if s.process.poll() is None:
        s.stop()
    self.keeper.stop()


def until(what, seconds):
  end = time.monotonic() + seconds
  while not (result := what()) and time.monotonic() < end:
    time.sleep(0.3)
  return result


def inventory(p, url):
  return p.run("inventory", "--json", "--repository", url).out


def stored(t, p, cluster, wanted):
  url = cluster.url("stored")
  result = p.observe("-r", tap.LAB, "--repository", url, "--json", p.file("lab.jsonl"))
  t.point(result.status == 0 and result.clean() and Between.everywhere >= 11, "tables are made on every server, and written", result)
  t.point(inventory(p, url) == wanted, "the inventory is that of SQLite, octet for octet")
  with open(p.file("lab.jsonl"), "rb") as f:
    made = sum(b'"assertionId"' in line for line in f)
  t.point(cluster.alike("stored"), "both replicas of a shard have the same", cluster.counts("stored"))
  counts = [c[0] for c in cluster.counts("stored")]
  t.point(counts[0] + counts[2] == made and counts[0] and counts[2], "each assertion is on one shard, both have their share", counts)
  result = p.run("repository", "import", p.file("lab.jsonl"), "--repository", url)
  t.equal(result.out.decode(), f"0 stored, {made} there already, 0 refused\n", "the same again changes nothing, whichever shard it is on")


def replica_gone(t, p, cluster, wanted):
  url = cluster.url("stored")
  gone = cluster.servers[3]
  gone.process.send_signal(signal.SIGKILL)
  gone.process.wait()
  t.point(inventory(p, url) == wanted, "a replica is gone: questions are answered")
  report = b"".join(f"package{i}\t1.{i}-1\n".encode() for i in range(50))
  for endpoint in ("10.20.30.10", "10.20.30.11", "10.20.30.12"):
    result = p.run("repository", "import", "-", "--format", "dpkg", "--endpoint", endpoint, "--repository", url, stdin=report)
    t.point(result.status == 0 and result.out.startswith(b"50 stored"), f"a replica is gone: what {endpoint} reports is stored", result)
  gone.start()
  t.point(gone.ready(), "it comes back")
  t.point(cluster.alike("stored", 60), "and catches up", cluster.counts("stored"))


def acknowledged(t, p, cluster, wanted):
  """Behind a fabric: what was acknowledged is asked for at once, on another server than the one it was given to."""
  if not roles:
    t.skip("cluster: behind a fabric", "python3-zmq is not installed")
    return
  site = roles.Site(p, "behind")
  for key, role in (("manager", "manager"), ("repository", "repository"), ("collector", "collector"), ("admin", "admin")):
    site.key(key, role)
  site.fabric()
  site.manager()
  url = cluster.url("behind")
  site.start("repository", "repository", *site.connection("repository", "repository"), "--state", site.path("rs"), "--repository", url)
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 30)
  result, stats = p.stats("-r", tap.LAB, "--publish", site.url, "--key", site.path("keys", "collector.key"), "--spool", site.path("spool"), "--drain", "60")
  t.point(result.status == 0 and stats["sinks"]["fabric"]["delivered"] == stats["assertions"]["made"], "behind a fabric: everything is acknowledged", result)
  t.point(inventory(p, url) == wanted, "behind a fabric: and there, the inventory is that of SQLite")
  made = stats["assertions"]["made"]
  t.point(until(lambda: {int(s.ask("SELECT count() FROM behind.assertion")) for s in cluster.servers} == {made}, 20),
          "behind a fabric: whichever server is asked has soon heard of all")
  t.equal(set(site.stop().values()), {0}, "behind a fabric: all end well")


def forgotten(t, p, cluster):
  url = cluster.url("stored")
  result = p.run("repository", "prune", "--retain", "0", "--repository", url)
  t.point(result.status == 0 and not result.out.startswith(b"0 assertions"), "retention forgets on every server", result)
  t.point(inventory(p, url) == b"", "nobody is listed")
  t.point(until(lambda: not any(n for n, _ in cluster.counts("stored")), 30), "nothing is left on any", cluster.counts("stored"))


def test(t, p):
  if not clickhouse.program() or not zookeeper_program():
    t.skip("a cluster of ClickHouse", "clickhouse-server or libzookeeper-java is not installed")
    return
  wanted = p.inventory("-r", tap.LAB)[1]
  cluster = Cluster(p)
  try:
    if not t.point(cluster.ready(), "four servers and a ZooKeeper answer"):
      return
    stored(t, p, cluster, wanted)
    first = test_repository.Repository(p, "sqlite:" + p.file("first.db"))
    p.observe("-r", tap.LAB, "--repository", first.url)
    test_repository.suite(test_repository.Named(t, "cluster"), p, first, test_repository.Repository(p, cluster.url("lines")))
    replica_gone(t, p, cluster, wanted)
    acknowledged(t, p, cluster, wanted)
    forgotten(t, p, cluster)
  finally:
    cluster.stop()


if __name__ == "__main__":
  sys.exit(tap.main(test))
