"""A ClickHouse server of the test's own: on loopback, in a folder that goes with it."""
import http.client
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

CONFIG = """<yandex><logger><level>error</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
<http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><listen_host>127.0.0.1</listen_host><path>{folder}/data/</path>
<tmp_path>{folder}/tmp/</tmp_path><users_config>users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>5368709</mark_cache_size>{more}</yandex>"""
# sixteen threads that merge parts, as a server has by itself, are more than a small machine can feed
USERS = """<yandex><profiles><default><background_pool_size>2</background_pool_size></default></profiles><users><default><password></password><networks><ip>127.0.0.1</ip>
</networks><profile>default</profile><quota>default</quota></default></users><quotas><default></default></quotas></yandex>"""


def free_port():
  with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    return s.getsockname()[1]


def program():
  """Where the server is, or None."""
  return shutil.which("clickhouse-server", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")


def pass_on(port, path, body):
  """A request to the server at a port; its status and answer."""
  c = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
  try:
    c.request("POST", path, body)
    answer = c.getresponse()
    return answer.status, answer.read()
  finally:
    c.close()


class Server:
  def __init__(self, folder, tcp=None, more=""):
    """`more` is XML for its configuration."""
    os.makedirs(folder)
    self.folder, self.port = folder, free_port()
    for name, text in (("config.xml", CONFIG.format(folder=folder, http=self.port, tcp=tcp or free_port(), more=more)), ("users.xml", USERS)):
      with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)
    self.start()

  def start(self):
    self.process = subprocess.Popen([program(), "--config-file=" + os.path.join(self.folder, "config.xml")], cwd=self.folder,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

  def ask(self, sql):
    """What it answers, as text; raises what it refuses."""
    with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", data=sql.encode(), timeout=60) as answer:
      return answer.read().decode()

  def ready(self, seconds=60):
    """True when it answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and self.process.poll() is None:
      try:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/?query=SELECT+1", timeout=2) as answer:
          return answer.read() == b"1\n"
      except (OSError, urllib.error.URLError):
        time.sleep(0.1)
    return False

  def inserts(self):
    """How many INSERT it was given since it began."""
    query = "SELECT+value+FROM+system.events+WHERE+event='InsertQuery'"
    with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/?query={query}", timeout=20) as answer:
      return int(answer.read() or 0)

  def url(self, database):
    return f"clickhouse://127.0.0.1:{self.port}/{database}"

  def stop(self):
    self.process.terminate()
    try:
      self.process.wait(20)
    except subprocess.TimeoutExpired:
      self.process.kill()
      self.process.wait()
