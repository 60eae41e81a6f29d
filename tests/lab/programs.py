"""The servers of the wide lab, each set up in its host's folder and started in the foreground.

Each function starts one program and returns what it says of itself in the traffic, as truth.software() entries; the
versions are dpkg's. Nothing of the packages' own configuration is read or written, apart from static data.
"""
import http.server
import os
import pwd
import re
import shutil
import subprocess

from network import run
from servers import DOMAIN, page
from truth import software

PYTHON_HTTP = """import http.server
http.server.ThreadingHTTPServer(("0.0.0.0", 8005), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
AIOHTTP = """from aiohttp import web
app = web.Application()
app.router.add_get("/", lambda request: hello(request))
async def hello(request):
  return web.Response(text="hello")
web.run_app(app, port=8004, print=None)
"""
TORNADO = """import asyncio, tornado.web
class Main(tornado.web.RequestHandler):
  def get(self):
    self.write("hello")
async def main():
  tornado.web.Application([("/", Main)]).listen(8003)
  await asyncio.Event().wait()
asyncio.run(main())
"""
GUNICORN = """def app(environ, start):
  start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
  return [b"hello"]
"""
NODE = """require("http").createServer((q, a) => { a.end("hello"); }).listen(3000);
"""
WEBRICK = """require "webrick"
WEBrick::HTTPServer.new(Port: 8002, DocumentRoot: ".", AccessLog: []).start
"""
PYFTPDLIB = """from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
FTPHandler.authorizer = DummyAuthorizer()
FTPHandler.authorizer.add_anonymous(".")
FTPHandler.passive_ports = range(50020, 50031)
FTPServer(("0.0.0.0", 21), FTPHandler).serve_forever()
"""
HTTP_DAEMON = """use HTTP::Daemon;
my $daemon = HTTP::Daemon->new(LocalPort => 8011, ReuseAddr => 1) or die;
while (my $c = $daemon->accept) {
  while (my $r = $c->get_request) { $c->send_basic_header; print $c "\\r\\nhello"; last }
  $c->close;
}
"""
RACK = """run lambda { |env| [200, {"Content-Type" => "text/plain"}, ["hello"]] }
"""
EXPRESS = """const app = require("express")();
app.get("/", (q, a) => a.send("hello"));
app.listen(8020);
"""
WERKZEUG = """from hello import app
from werkzeug.serving import run_simple
run_simple("0.0.0.0", 8021, app)
"""
BOTTLE = """import bottle
bottle.run(host="0.0.0.0", port=8022)
"""
CHERRYPY = """import cherrypy
class Root:
  @cherrypy.expose
  def index(self):
    return "hello"
cherrypy.quickstart(Root(), config={"global": {"server.socket_host": "0.0.0.0", "server.socket_port": 8023}})
"""
UVICORN = """async def app(scope, receive, send):
  if scope["type"] == "http":
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})
"""
MOJOLICIOUS = """use Mojolicious::Lite;
get "/" => {text => "hello"};
app->start;
"""
AIOSMTPD = """import asyncio
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP
async def main():
  await asyncio.get_running_loop().create_server(lambda: SMTP(Sink(), hostname="%s"), "0.0.0.0", 25)
  await asyncio.Event().wait()
asyncio.run(main())
"""


def certificate(host):
  if not os.path.exists(host.path("key.pem")):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
        "-subj", f"/O=Onlooker Lab/CN={host.name}.{DOMAIN}", "-addext", f"subjectAltName=DNS:{host.name}.{DOMAIN}",
        "-keyout", host.path("key.pem"), "-out", host.path("cert.pem"))
    with open(host.path("both.pem"), "w", encoding="ascii") as out:
      for name in ("cert.pem", "key.pem"):
        with open(host.path(name), encoding="ascii") as part:
          out.write(part.read())


def script(host, name, text, *interpreter):
  host.spawn(*interpreter, host.write(name, text))


def built_with(program):
  """Which Go built a program, as it says itself."""
  said = subprocess.run(["strings", "-n", "6", shutil.which(program)], stdout=subprocess.PIPE, text=True, check=True).stdout
  return next(line[2:] for line in said.splitlines() if re.fullmatch(r"go1\.\d+(\.\d+)?", line))


def own(host, folder, user):
  """A folder of the daemon's user, reachable by it."""
  os.makedirs(host.path(folder), exist_ok=True)
  shutil.chown(host.path(folder), user)
  os.chmod(host.folder, 0o755)
  return host.path(folder)


# Web servers and proxies


def lighttpd(host):
  certificate(host)
  host.write("www/index.html", page("Lights", "On."))
  host.write("lighttpd.conf", f"""server.document-root = "{host.path('www')}"
server.port = 80
index-file.names = ("index.html")
""")
  host.spawn("lighttpd", "-D", "-f", host.path("lighttpd.conf"))
  return [software("lighttpd", "lighttpd", port=80)]


def haproxy(host):
  host.write("haproxy.cfg", """global
  stats socket ipv4@0.0.0.0:9999 level user
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend status
  bind :8404
  stats enable
  stats uri /
frontend passed_on
  bind :8405
  default_backend shop
backend shop
  server shop 10.20.30.11:80
""")
  host.spawn("haproxy", "-db", "-f", host.path("haproxy.cfg"))
  return [software("HAProxy", "haproxy", port=8404), software("HAProxy", "haproxy", port=9999),
          software("Apache httpd", "apache2", announced=False, port=8405)]  # its page alone has the version, the title not


def squid_at(host, port, *more):
  cache = own(host, "squid", "proxy")
  host.write("squid.conf", f"""http_port {port}
http_access allow all
cache_log {cache}/cache.log
access_log none
pid_filename none
coredump_dir {cache}
pinger_enable off
visible_hostname {host.name}.{DOMAIN}
shutdown_lifetime 1 seconds
netdb_filename none
""" + "".join(line + "\n" for line in more))
  host.spawn("squid", "-N", "-f", host.path("squid.conf"))


def squid(host):
  squid_at(host, 3128)
  return [software("Squid", "squid", port=3128), software("Squid", "squid", announced=False, kind="libraries")]


def silent_squid(host):
  """It says nothing of itself in what it passes on, so that clients' names come from its address."""
  squid_at(host, 3129, "via off", "forwarded_for delete")
  return [software("Squid", "squid", announced=False, port=3129)]


def varnish(host):
  host.write("default.vcl", 'vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "80"; }\n')
  work = own(host, "varnish", "vcache")
  host.spawn("varnishd", "-F", "-a", ":6081", "-f", host.path("default.vcl"), "-s", "malloc,16m", "-n", work, "-j", "none")
  return [software("Varnish", "varnish", versioned=False, port=6081, kind="libraries"),
          software("lighttpd", "lighttpd", announced=False, port=6081)]


def tinyproxy(host):
  host.write("tinyproxy.conf", f"Port 8888\nListen 0.0.0.0\nTimeout 60\nMaxClients 10\nLogFile \"{host.path('tinyproxy-own.log')}\"\n")
  host.spawn("tinyproxy", "-d", "-c", host.path("tinyproxy.conf"))
  return [software("Tinyproxy", "tinyproxy", port=8888), software("Tinyproxy", "tinyproxy", announced=False, kind="libraries")]


def caddy(host):
  host.write("Caddyfile", f"{{\n admin off\n auto_https off\n storage file_system {host.path('caddy')}\n}}\n:2015 {{\n respond \"hello\"\n}}\n")
  host.spawn("env", f"HOME={host.folder}", "caddy", "run", "--config", host.path("Caddyfile"), "--adapter", "caddyfile")
  return [software("Caddy", "caddy", versioned=False, port=2015)]


def stunnel(host):
  certificate(host)
  host.write("stunnel.conf", f"""foreground = yes
pid =
[web]
accept = 443
connect = 127.0.0.1:80
cert = {host.path('cert.pem')}
key = {host.path('key.pem')}
""")
  host.spawn("stunnel4", host.path("stunnel.conf"))
  return [software("lighttpd", "lighttpd", announced=False, port=443), software("stunnel", "stunnel4", announced=False, port=443)]


def tinysshd(host):
  run("tinysshd-makekey", host.path("tinyssh"))
  host.spawn("socat", "TCP-LISTEN:22,fork,reuseaddr", f"EXEC:tinysshd {host.path('tinyssh')}")
  return [software("TinySSH", "tinysshd", versioned=False, port=22)]


def gunicorn(host):
  host.write("hello.py", GUNICORN)
  host.spawn("gunicorn", "--chdir", host.folder, "-b", "0.0.0.0:8000", "hello:app")
  return [software("Gunicorn", "gunicorn", versioned=False, port=8000)]


def php(host):
  host.write("php/index.php", "<?php echo 'hello';\n")
  host.spawn("php", "-S", "0.0.0.0:8001", "-t", host.path("php"))
  return [software("PHP", "php8.2-cli", port=8001, kind="libraries")]


def webrick(host):
  script(host, "webrick.rb", WEBRICK, "ruby")
  return [software("WEBrick", "ruby-webrick", port=8002), software("Ruby", "ruby3.1", port=8002, kind="libraries")]


def tornado(host):
  script(host, "tornado_app.py", TORNADO, "python3", "-I")
  return [software("Tornado", "python3-tornado", port=8003, shown=2)]


def aiohttp(host):
  script(host, "aiohttp_app.py", AIOHTTP, "python3", "-I")
  return [software("aiohttp", "python3-aiohttp", port=8004),
          software("Python", "python3.11", port=8004, shown=2, kind="libraries")]


def python_http(host):
  script(host, "files.py", PYTHON_HTTP, "python3", "-I")
  return [software("SimpleHTTP", "python3.11", port=8005, shown=lambda _: http.server.SimpleHTTPRequestHandler.server_version.split("/")[1]),
          software("Python", "python3.11", port=8005, kind="libraries")]


def webfs(host):
  host.write("www/index.html", page("Files", "Some."))
  host.spawn("webfsd", "-F", "-p", "8006", "-r", host.path("www"))
  return [software("webfs", "webfs", port=8006)]


def mini_httpd(host):
  host.write("www/index.html", page("Files", "Some."))
  host.spawn("mini_httpd", "-D", "-h", "0.0.0.0", "-p", "8007", "-d", host.path("www"), "-u", "www-data")
  return [software("mini_httpd", "mini-httpd", port=8007)]


def node(host):
  script(host, "hello.js", NODE, "node")
  return [software("Node.js", "nodejs", announced=False, port=3000)]


def gateway(host):
  """nginx that passes requests on as its defaults have it: nothing in them says so."""
  host.write("nginx.conf", f"""daemon off;
user www-data;
worker_processes 1;
pid {host.path('nginx.pid')};
error_log {host.path('nginx-error.log')};
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {host.path('t1')}; proxy_temp_path {host.path('t2')}; fastcgi_temp_path {host.path('t3')};
  uwsgi_temp_path {host.path('t4')}; scgi_temp_path {host.path('t5')};
  server {{
    listen 80; listen [::]:80;
    location / {{ proxy_pass http://10.20.30.31:8001; }}
  }}
}}
""")
  host.spawn("nginx", "-c", host.path("nginx.conf"), "-p", host.folder)
  return [software("nginx", "nginx", port=80), software("PHP", "php8.2-cli", announced=False, port=80, kind="libraries")]


def waitress(host):
  host.write("app.py", GUNICORN)
  host.spawn("sh", "-c", f"cd {host.folder} && exec waitress-serve --port=8012 app:app")
  return [software("Waitress", "python3-waitress", versioned=False, port=8012)]


def twisted(host):
  host.write("www/index.html", page("Files", "Some."))
  host.spawn("twistd3", "-n", "--pidfile=", "web", "--port", "tcp:8013", "--path", host.path("www"))
  return [software("Twisted Web", "python3-twisted", port=8013)]


def thin(host):
  host.write("config.ru", RACK)
  host.spawn("thin", "-R", host.path("config.ru"), "-p", "8014", "start")
  return [software("Thin", "thin", versioned=False, port=8014)]


def http_daemon(host):
  script(host, "daemon.pl", HTTP_DAEMON, "perl")
  return [software("libwww-perl-daemon", "libhttp-daemon-perl", port=8011)]


def nats(host):
  host.spawn("nats-server", "-a", "0.0.0.0", "-p", "4222", "-m", "8222")
  return [software("NATS Server", "nats-server", port=4222), software("NATS Server", "nats-server", port=8222),
          software("Go", "nats-server", announced=False, port=4222, kind="libraries", shown=lambda _: built_with("nats-server"))]


def etcd(host):
  address = host.addresses()["inet"][0]
  host.spawn("etcd", "--data-dir", host.path("etcd"), "--listen-client-urls", "http://0.0.0.0:2379", "--advertise-client-urls",
             f"http://{address}:2379")
  return [software("etcd", "etcd-server", port=2379)]


def coturn(host):
  host.write("turn.conf", f"listening-port=3478\nlistening-ip={host.addresses()['inet'][0]}\nno-tls\nno-dtls\nno-cli\nlog-file=stdout\nrealm={DOMAIN}\nuser=a:b\nlt-cred-mech\n")
  host.spawn("turnserver", "-c", host.path("turn.conf"))
  return [software("coturn", "coturn", port=3478, transport="udp")]


def express(host):
  host.spawn("env", "NODE_PATH=/usr/share/nodejs", "node", host.write("express.js", EXPRESS))
  return [software("Express", "node-express", versioned=False, port=8020, kind="libraries")]


def werkzeug(host):
  host.write("hello.py", GUNICORN)
  script(host, "werkzeug_app.py", WERKZEUG, "env", f"PYTHONPATH={host.folder}", "python3")
  return [software("Werkzeug", "python3-werkzeug", port=8021), software("Python", "python3.11", port=8021, kind="libraries")]


def bottle(host):
  script(host, "bottle_app.py", BOTTLE, "python3", "-I")
  return [software("WSGIServer", "python3.11", port=8022, shown=lambda _: "0.2"), software("Python", "python3.11", port=8022, kind="libraries")]


def cherrypy(host):
  script(host, "cherrypy_app.py", CHERRYPY, "python3", "-I")
  return [software("CherryPy", "python3-cherrypy3", port=8023)]


def uvicorn(host):
  host.write("asgi.py", UVICORN)
  host.spawn("uvicorn", "--app-dir", host.folder, "--host", "0.0.0.0", "--port", "8024", "asgi:app")
  return [software("Uvicorn", "python3-uvicorn", versioned=False, port=8024)]


def mojolicious(host):
  host.spawn("perl", host.write("lite.pl", MOJOLICIOUS), "daemon", "-l", "http://0.0.0.0:8025")
  return [software("Mojolicious", "libmojolicious-perl", versioned=False, port=8025)]


def nghttpd(host):
  host.write("www/index.html", page("Frames", "Of two."))
  host.spawn("nghttpd", "-d", host.path("www"), "--no-tls", "8026")
  return [software("nghttpd", "nghttp2-server", port=8026), software("nghttp2", "nghttp2-server", announced=False, port=8026, kind="libraries")]


# Watchers and queues: most name themselves in a line


def monit(host):
  files = "".join(f"set {name}file {host.path('monit.' + name)}\n" for name in ("pid", "state", "id"))
  host.spawn("monit", "-I", "-c", host.write("monitrc", f"set daemon 30\n{files}set httpd port 2812 use address 0.0.0.0 allow 0.0.0.0/0.0.0.0\n", 0o600))
  return [software("Monit", "monit", port=2812)]


def node_exporter(host):
  host.spawn("prometheus-node-exporter", "--web.listen-address=0.0.0.0:9100")
  return [software("Prometheus Node Exporter", "prometheus-node-exporter", port=9100),
          software("Go", "prometheus-node-exporter", port=9100, kind="libraries", shown=lambda _: built_with("prometheus-node-exporter"))]


def munin(host):
  host.spawn("munin-node", "--config", host.write("munin.conf", f"log_file {host.path('munin-own.log')}\npid_file {host.path('munin.pid')}\n"
             "background 0\nsetsid 0\nuser root\ngroup root\nallow ^.*$\nhost *\nport 4949\n"))
  return [software("Munin", "munin-node", port=4949)]


def zabbix_agent(host):
  host.spawn("zabbix_agentd", "-f", "-c", host.write("zabbix.conf", f"Server=0.0.0.0/0,::/0\nHostname={host.name}\nLogType=console\nAllowRoot=1\n"
             f"PidFile={host.path('zabbix.pid')}\n"))
  return [software("Zabbix agent", "zabbix-agent", port=10050)]


def gearmand(host):
  host.spawn("gearmand", "-L", "0.0.0.0", "-l", "stderr")
  return [software("Gearman", "gearman-job-server", port=4730)]


def beanstalkd(host):
  host.spawn("beanstalkd", "-l", "0.0.0.0")
  return [software("beanstalkd", "beanstalkd", port=11300)]


def tarantool(host):
  host.spawn("tarantool", host.write("t.lua", f"box.cfg{{listen = '0.0.0.0:3301', wal_mode = 'none', memtx_memory = 33554432, work_dir = '{host.folder}'}}\n"))
  return [software("Tarantool", "tarantool", port=3301)]


def gpsd(host):
  host.spawn("gpsd", "-N", "-G", "-n", "udp://127.0.0.1:9999")
  return [software("gpsd", "gpsd", port=2947)]


def mumble(host):
  host.spawn("murmurd", "-fg", "-ini", host.write("mumble.ini", f"database={own(host, 'mumble', 'mumble-server')}/murmur.sqlite\nlogfile=\n"))
  return [software("Mumble", "mumble-server", port=64738, transport="udp")]


# What watches, holds or passes on, and is fetched over HTTP


def go_metrics(title, package, port, *options):
  """A program in Go whose metrics tell what was built."""
  def start(host):
    host.spawn(package, *(option.replace("FOLDER", host.folder) for option in options))
    return [software(title, package, port=port),
            software("Go", package, port=port, kind="libraries", shown=lambda _: built_with(package))]
  return start


def alertmanager(host):
  host.write("alert.yml", "route:\n  receiver: x\nreceivers:\n - name: x\n")
  return go_metrics("Prometheus Alertmanager", "prometheus-alertmanager", 9093, "--storage.path=FOLDER/alerts", "--config.file=FOLDER/alert.yml",
                    "--web.listen-address=:9093", "--cluster.listen-address=")(host)


def blackbox(host):
  host.write("blackbox.yml", "modules:\n  http:\n    prober: http\n")
  return go_metrics("Prometheus Blackbox Exporter", "prometheus-blackbox-exporter", 9115, "--config.file=FOLDER/blackbox.yml",
                    "--web.listen-address=:9115")(host)


pushgateway = go_metrics("Prometheus Pushgateway", "prometheus-pushgateway", 9092, "--web.listen-address=:9092")
redis_exporter = go_metrics("Prometheus Redis Exporter", "prometheus-redis-exporter", 9121, "-web.listen-address", ":9121")


def registry(host):
  host.write("registry.yml", f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {host.path('registry')}\nhttp:\n  addr: :5000\n")
  host.spawn("docker-registry", "serve", host.path("registry.yml"))
  return [software("Docker Registry", "docker-registry", versioned=False, port=5000)]


def influxdb(host):
  host.write("influx.conf", f'reporting-disabled = true\nbind-address = "127.0.0.1:8088"\n[meta]\ndir = "{host.path("meta")}"\n[data]\n'
             f'dir = "{host.path("series")}"\nwal-dir = "{host.path("wal")}"\n[http]\nbind-address = ":8086"\n')
  host.spawn("influxd", "-config", host.path("influx.conf"))
  return [software("InfluxDB", "influxdb", port=8086)]


def daphne(host):
  host.write("asgi.py", UVICORN)
  host.spawn("sh", "-c", f"cd {host.folder} && exec daphne -b 0.0.0.0 -p 8031 asgi:app")
  return [software("Daphne", "daphne", versioned=False, port=8031)]


def nghttpx(host):
  """In front of nginx, whose name it puts its own in place of."""
  host.spawn("nghttpx", "--conf=/dev/null", "-f", "0.0.0.0,8030;no-tls", "-b", "10.20.30.10,80")
  return [software("nghttpx", "nghttp2-proxy", versioned=False, port=8030)]


def radicale(host):
  host.spawn("python3", "-m", "radicale", "--server-hosts", "0.0.0.0:5232", "--storage-filesystem-folder", host.path("calendars"))
  return [software("Radicale", "radicale", versioned=False, port=5232), software("Python", "python3.11", port=5232, kind="libraries"),
          software("WSGIServer", "python3.11", port=5232, shown=lambda _: "0.2")]


def transmission(host):
  host.spawn("transmission-daemon", "-f", "-g", host.path("torrents"), "-T", "-a", "*.*.*.*", "-p", "9091", "--no-portmap", "--no-dht", "--no-lpd")
  return [software("Transmission", "transmission-daemon", versioned=False, port=9091)]


def syncthing(host):
  host.spawn("env", f"HOME={host.folder}", "syncthing", "serve", "--no-browser", "--gui-address=http://0.0.0.0:8384", f"--home={host.path('sync')}")
  return [software("Syncthing", "syncthing", port=8384),
          software("Syncthing", "syncthing", announced=False, kind="clients")]  # to the local network, when it has run for a while


def i2pd(host):
  os.makedirs(host.path("i2pd"))
  host.spawn("i2pd", f"--datadir={host.path('i2pd')}", f"--conf={host.write('i2pd.conf', '')}", "--http.address=0.0.0.0", "--http.port=7070",
             "--http.strictheaders=false", "--httpproxy.enabled=false", "--socksproxy.enabled=false")
  return [software("i2pd", "i2pd", versioned=False, port=7070)]


def clamd(host):
  host.write("virus/x.hdb", "44d88612fea8a8f36de82e1278abb02f:68:Test\n")
  host.write("clamd.conf", f"TCPSocket 3310\nTCPAddr 0.0.0.0\nDatabaseDirectory {host.path('virus')}\nForeground yes\nUser root\n")
  host.spawn("clamd", "-F", "-c", host.path("clamd.conf"))
  return [software("ClamAV", "clamav-daemon", port=3310)]


def inspircd(host):
  """It shows the first part of its version, unless it is told to show more."""
  host.write("inspircd.conf", f'<server name="{host.name}.{DOMAIN}" description="x" network="Lab">\n<admin name="a" nick="a" email="a@b">\n'
             '<bind address="*" port="6667" type="clients">\n<connect allow="*" resolvehostnames="no">\n<performance nouserdns="yes">\n')
  host.spawn("inspircd", "--nofork", "--nopid", "--nolog", "--runasroot", "--config", host.path("inspircd.conf"))
  return [software("InspIRCd", "inspircd", port=6667, shown=1)]


# Name servers


def recursor(host):
  host.spawn("pdns_recursor", "--config-dir=/nonexistent", "--local-address=0.0.0.0", "--socket-dir=/run", "--daemon=no", "--allow-from=0.0.0.0/0")
  return [software("PowerDNS Recursor", "pdns-recursor", port=53, transport="udp")]


def zone(host, records):
  lines = [f"$ORIGIN {DOMAIN}.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\n"]
  return host.write("zone", "".join(lines) + "".join(f"{n} A {a}\n" for n, a in records))


def bind9(host, records):
  own(host, "bind", "root")
  host.write("named.conf", f"""options {{ directory "{host.path('bind')}"; listen-on {{ any; }}; recursion no; dnssec-validation no; session-keyfile none; pid-file none; }};
controls {{ }};
zone "{DOMAIN}" {{ type primary; file "{zone(host, records)}"; }};
""")
  host.spawn("named", "-g", "-c", host.path("named.conf"), "-n", "1")
  return [software("BIND", "bind9", port=53, transport="udp")]


def unbound(host, records):
  data = "".join(f'  local-data: "{n}.{DOMAIN}. A {a}"\n' for n, a in records)
  host.write("unbound.conf", f"""server:
  interface: 0.0.0.0
  access-control: 0.0.0.0/0 allow
  chroot: ""
  directory: "{host.folder}"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  module-config: "iterator"
  local-zone: "{DOMAIN}." static
{data}remote-control:
  control-enable: no
""")
  host.spawn("unbound", "-d", "-c", host.path("unbound.conf"))
  return [software("Unbound", "unbound", port=53, transport="udp")]


def nsd(host, records):
  host.write("nsd.conf", f"""server:
  ip-address: 0.0.0.0
  zonesdir: "{host.folder}"
  database: ""
  zonelistfile: "{host.path('zone.list')}"
  xfrdfile: "{host.path('xfrd')}"
  pidfile: "{host.path('nsd.pid')}"
  xfrdir: "{host.folder}"
  username: ""
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: "{DOMAIN}"
  zonefile: "{zone(host, records)}"
""")
  host.spawn("nsd", "-d", "-c", host.path("nsd.conf"))
  return [software("NSD", "nsd", port=53, transport="udp")]


def knot(host, records):
  os.makedirs(host.path("knot"), exist_ok=True)
  host.write("knot.conf", f"""server:
  listen: 0.0.0.0@53
  rundir: {host.path('knot')}
database:
  storage: {host.path('knot')}
zone:
  - domain: {DOMAIN}
    file: {zone(host, records)}
    zonefile-load: whole
    journal-content: none
""")
  host.spawn("knotd", "-c", host.path("knot.conf"))
  return [software("Knot DNS", "knot", port=53, transport="udp")]


def pdns(host, records):
  host.write("named.conf", f'zone "{DOMAIN}" {{ type master; file "{zone(host, records)}"; }};\n')
  host.spawn("pdns_server", "--config-dir=/nonexistent", "--daemon=no", "--guardian=no", "--launch=bind",
             f"--bind-config={host.path('named.conf')}", "--local-address=0.0.0.0", "--socket-dir=/run")
  return [software("PowerDNS Authoritative Server", "pdns-server", port=53, transport="udp")]


# Files and printers


def pyftpdlib(host):
  script(host, "ftp.py", PYFTPDLIB, "python3", "-I")
  return [software("pyftpdlib", "python3-pyftpdlib", port=21)]


def samba(host):
  base = host.path("samba")
  os.makedirs(base, exist_ok=True)
  os.makedirs(host.path("share"), exist_ok=True)
  folders = "".join(f"{key} = {base}\n" for key in ("lock directory", "state directory", "cache directory", "pid directory",
                                                    "private dir", "ncalrpc dir"))
  host.write("smb.conf", f"""[global]
workgroup = LAB
netbios name = {host.name.upper()}
map to guest = bad user
server string = %h files
log file = {host.path('samba-own.log')}
load printers = no
printcap name = /dev/null
{folders}[share]
path = {host.path('share')}
guest ok = yes
""")
  host.spawn("smbd", "-F", "--no-process-group", "-s", host.path("smb.conf"))
  return [software("Samba", "samba", announced=False, port=445), software("Samba", "samba", announced=False, port=139)]


def tftpd(host):
  """It answers from a port of its own each time."""
  host.write("boot/pxelinux.cfg", "DEFAULT local\n")
  host.spawn("in.tftpd", "--foreground", "--address", "0.0.0.0:69", "--user", "nobody", "--secure", host.path("boot"))
  return [software("tftpd-hpa", "tftpd-hpa", announced=False, port=69, transport="udp")]


def rsyncd(host):
  os.makedirs(host.path("mirror"), exist_ok=True)
  host.write("rsyncd.conf", f"use chroot = no\n[mirror]\npath = {host.path('mirror')}\n")
  host.spawn("rsync", "--daemon", "--no-detach", "--config", host.path("rsyncd.conf"))
  return [software("rsync", "rsync", announced=False, port=873)]


def cups(host):
  base = host.path("cups")
  for name in ("root", "cache", "spool", "state"):
    os.makedirs(os.path.join(base, name), exist_ok=True)
  host.write("cups/root/cupsd.conf", "Listen 0.0.0.0:631\nServerAlias *\nServerTokens Minor\n<Location />\nAllow all\n</Location>\n<Policy default>\n<Limit All>\n</Limit>\n</Policy>\n")
  host.write("cups/root/cups-files.conf", f"""ServerRoot {base}/root
CacheDir {base}/cache
RequestRoot {base}/spool
StateDir {base}/state
TempDir {base}/spool
AccessLog stderr
ErrorLog stderr
PageLog stderr
""")
  host.spawn("cupsd", "-f", "-c", f"{base}/root/cupsd.conf", "-s", f"{base}/root/cups-files.conf")
  return [software("CUPS", "cups-daemon", port=631, shown=2)]


def minidlna(host):
  base = own(host, "minidlna", "minidlna")
  host.write("minidlna.conf", f"""network_interface=eth0
port=8200
media_dir={base}
db_dir={base}
log_dir={base}
friendly_name=Lab media
inotify=no
uuid=4d696e69-444c-164e-9d41-00163e203024
""")
  host.spawn("minidlnad", "-S", "-f", host.path("minidlna.conf"), "-P", host.path("minidlna.pid"))
  return [software("MiniDLNA", "minidlna", port=8200), software("MiniDLNA", "minidlna", announced=False, port=1900, transport="udp")]


def dropbear(host):
  run("dropbearkey", "-t", "ed25519", "-f", host.path("dropbear_key"))
  host.spawn("dropbear", "-F", "-E", "-r", host.path("dropbear_key"), "-p", "22")
  return [software("Dropbear", "dropbear-bin", port=22)]


# Data


def mariadb(host):
  data = own(host, "mysql", "mysql")
  os.makedirs(host.path("mysql/mysql"))
  host.spawn("mariadbd", "--no-defaults", "--user=mysql", f"--datadir={data}", "--skip-grant-tables", "--skip-networking=0",
             f"--socket={data}/socket", "--innodb=OFF", "--default-storage-engine=MyISAM", "--default-tmp-storage-engine=MyISAM",
             "--port=3306", "--plugin-maturity=unknown", "--bind-address=0.0.0.0", f"--tmpdir={data}")
  return [software("MariaDB", "mariadb-server-core" if os.path.exists("/usr/share/doc/mariadb-server-core") else "mariadb-server", port=3306)]


def postgres(host):
  bin15, data = "/usr/lib/postgresql/15/bin", own(host, "pg", "postgres")
  user = pwd.getpwnam("postgres")
  done = subprocess.run([f"{bin15}/initdb", "-D", f"{data}/data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C"],
                        user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                        text=True, timeout=60, check=False)
  if done.returncode:
    raise RuntimeError("initdb: " + done.stdout)
  with open(f"{data}/data/pg_hba.conf", "a", encoding="ascii") as f:
    f.write("host all all 0.0.0.0/0 trust\nhost all all ::/0 trust\n")
  host.spawn("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", f"{bin15}/postgres", "-D", f"{data}/data",
             "-c", "listen_addresses=*", "-c", f"unix_socket_directories={data}", "-c", "fsync=off")
  return [software("PostgreSQL", "postgresql-15", port=5432)]


def pgbouncer(host):
  """Its console: elsewhere it passes on what the server behind it says."""
  host.write("pgbouncer.ini", "[databases]\n[pgbouncer]\nlisten_addr=0.0.0.0\nlisten_port=6432\nauth_type=any\nadmin_users=postgres\nunix_socket_dir=\n"
             "ignore_startup_parameters=extra_float_digits\n")
  host.spawn("pgbouncer", "-u", "nobody", host.path("pgbouncer.ini"))
  return [software("PgBouncer", "pgbouncer", port=6432)]


def redis(host):
  host.spawn("redis-server", "--port", "6379", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--dir", host.folder)
  return [software("Redis", "redis-server", port=6379)]


def memcached(host):
  host.spawn("memcached", "-u", "nobody", "-l", "0.0.0.0", "-p", "11211")
  return [software("memcached", "memcached", port=11211)]


def mosquitto(host):
  host.write("mosquitto.conf", "listener 1883 0.0.0.0\nallow_anonymous true\nuser root\n")
  host.spawn("mosquitto", "-c", host.path("mosquitto.conf"))
  return [software("Mosquitto", "mosquitto", port=1883)]


def slapd(host):
  base = host.path("ldap")
  os.makedirs(base)
  host.write("slapd.conf", f"""include /etc/ldap/schema/core.schema
pidfile {base}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "dc=lab,dc=test"
directory {base}
""")
  host.spawn("slapd", "-d", "0", "-f", host.path("slapd.conf"), "-h", "ldap://0.0.0.0/")
  return [software("OpenLDAP", "slapd", versioned=False, port=389)]


# Talk


def ngircd(host):
  host.write("ngircd.conf", f"[Global]\nName = {host.name}.{DOMAIN}\nInfo = Lab\nListen = 0.0.0.0\nServerUID = nobody\nServerGID = nogroup\n[Options]\nIdent = no\nPAM = no\nDNS = no\n")
  host.spawn("ngircd", "-n", "-f", host.path("ngircd.conf"))
  return [software("ngIRCd", "ngircd", port=6667)]


def prosody(host):
  base = own(host, "prosody", "prosody")
  host.write("prosody.cfg.lua", f"""run_as_root = true
pidfile = "{base}/pid"
data_path = "{base}"
daemonize = false
modules_enabled = {{ "saslauth", "roster", "disco", "version" }}
modules_disabled = {{ "s2s", "posix" }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "anonymous"
log = {{ info = "*console" }}
VirtualHost "{DOMAIN}"
""")
  host.spawn("prosody", "-F", "--config", host.path("prosody.cfg.lua"))
  return [software("Prosody", "prosody", announced=False, port=5222)]


def kamailio(host):
  host.write("kamailio.cfg", f"""listen=udp:{host.addresses()['inet'][0]}:5060
children=1
disable_tcp=yes
loadmodule "sl.so"
request_route {{
  sl_send_reply("200", "OK");
}}
""")
  host.spawn("kamailio", "-DD", "-E", "-f", host.path("kamailio.cfg"), "-m", "32", "-Y", own(host, "sip", "root"))
  return [software("Kamailio", "kamailio", port=5060, transport="udp")]


def icecast(host):
  host.write("icecast.xml", f"""<icecast>
<limits><clients>10</clients><sources>2</sources></limits>
<authentication><source-password>p</source-password><admin-user>a</admin-user><admin-password>p</admin-password></authentication>
<hostname>{host.name}.{DOMAIN}</hostname>
<listen-socket><port>8000</port></listen-socket>
<paths><basedir>/usr/share/icecast2</basedir><logdir>{own(host, 'ice', 'nobody')}</logdir><webroot>/usr/share/icecast2/web</webroot>
<adminroot>/usr/share/icecast2/admin</adminroot></paths>
<security><chroot>0</chroot><changeowner><user>nobody</user><group>nogroup</group></changeowner></security>
</icecast>
""")
  host.spawn("icecast2", "-c", host.path("icecast.xml"))
  return [software("Icecast", "icecast2", port=8000)]


def snmpd(host):
  host.write("snmpd.conf", f"agentAddress udp:161\nrocommunity public\nsysName {host.name}\n")
  host.spawn("env", f"SNMP_PERSISTENT_DIR={host.path('snmp')}", "MIBS=", "snmpd", "-f", "-Lo", "-C", "-c", host.path("snmpd.conf"))
  return [software("Net-SNMP", "snmpd", versioned=False, port=161, transport="udp")]


def aiosmtpd(host):
  script(host, "smtp.py", AIOSMTPD % f"{host.name}.{DOMAIN}", "python3", "-I")
  return [software("aiosmtpd", "python3-aiosmtpd", port=25)]


# Host, number, its servers, ports to await beside those in the truth, and what else it may say.
HOSTS = (
  ("edge", 30, (lighttpd, haproxy, squid, varnish, tinyproxy, caddy, stunnel, tinysshd), ()),
  ("apps", 31, (gunicorn, php, webrick, tornado, aiohttp, python_http, webfs, mini_httpd, node), ()),
  ("names1", 32, (bind9,), ("tcp/53",)),
  ("names2", 33, (unbound,), ()),
  ("names3", 34, (nsd,), ()),
  ("names4", 35, (knot,), ()),
  ("files", 36, (pyftpdlib, samba, rsyncd, cups, minidlna, dropbear, tftpd), ()),
  ("data", 37, (mariadb, postgres, pgbouncer, redis, memcached, mosquitto, slapd), ()),
  ("chat", 38, (ngircd, prosody, kamailio, icecast, snmpd, aiosmtpd), ()),
  ("gate", 39, (gateway,), ()),
  ("more", 40, (waitress, twisted, thin, http_daemon, nats, etcd, coturn, silent_squid), ()),
  ("names5", 45, (pdns,), ()),
  ("frames", 46, (express, werkzeug, bottle, cherrypy, uvicorn, mojolicious, nghttpd), ()),
  ("kinds", 48, (alertmanager, pushgateway, redis_exporter, blackbox, registry, influxdb, daphne, nghttpx, radicale, transmission, syncthing,
                 i2pd, clamd, inspircd), ()),
  ("names6", 49, (recursor,), ()),
  ("watch", 47, (monit, node_exporter, munin, zabbix_agent, gearmand, beanstalkd, tarantool, gpsd, mumble), ()),
)

QUIET = {("udp", 1900), ("tcp", 139)}  # nobody asks there, or the answer goes to where nobody listens
OTHER_PORTS = {"names1": (("tcp", 53),), "names2": (("tcp", 53),), "names3": (("tcp", 53),), "names4": (("tcp", 53),), "names5": (("tcp", 53),), "names6": (("tcp", 53),),
               "edge": (("tcp", 8405),), "more": (("udp", 3479), ("tcp", 3478)),
               "files": tuple(("tcp", n) for n in range(50020, 50031)) + tuple(QUIET) + (("udp", 1900),)}


def maybe(name):
  """Services that may be seen and need not be."""
  return tuple((transport, port, False) for transport, port in OTHER_PORTS.get(name, ()))


def raise_all(hosts, records):
  """Starts them all, then waits for all: {host name: truth entries}."""
  said = {}
  for name, _, programs, _ in HOSTS:
    said[name] = []
    for program in programs:
      arguments = (records,) if program in (bind9, unbound, nsd, knot, pdns) else ()
      said[name] += program(hosts[name], *arguments)
  late = []
  for name, _, _, more in HOSTS:
    try:
      hosts[name].await_ports(*{f"{s['transport']}/{s['port']}" for s in said[name] if "port" in s}, *more, seconds=20)
    except RuntimeError as error:
      late.append(str(error))
  if late:
    raise RuntimeError("\n".join(late))
  return said
