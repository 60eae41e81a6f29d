"""The clients of the wide lab: what each program does and what it says of itself doing so.

A row is (host, command, truth entries); commands of one host run one after the other. A command whose status is not 0
ends the lab, unless the row says that it may fail.
"""
import ctypes
import os
import subprocess

from servers import DOMAIN
from truth import software

PY = ("python3", "-I", "-c")
AIOHTTP = """import asyncio, aiohttp
async def main():
  async with aiohttp.ClientSession() as session:
    async with session.get("%s") as answer:
      await answer.text()
asyncio.run(main())
"""
PARAMIKO = """import paramiko
t = paramiko.Transport(("%s", 22))
t.start_client(timeout=10)
t.close()
"""
WEBSOCKET = """import asyncio, websockets
async def main():
  async with websockets.connect("%s"):
    pass
asyncio.run(main())
"""
ASYNCSSH = """import asyncio, asyncssh
async def main():
  async with asyncssh.connect("%s", known_hosts=None, username="x", password="y"):
    pass
asyncio.run(main())
"""
NODE = "fetch('%s').then(a => a.text()).then(console.log)"
ASK_SERVICE = """import socket, sys
s = socket.create_connection(("%s", %d), 5)
s.settimeout(5)
s.sendall(%r)
s.recv(4096)
"""
TALK = """import socket
s = socket.create_connection(("%s", %d), 5)
s.settimeout(5)
s.recv(4096)
s.sendall(%r)
s.recv(4096)
"""
SEARCH = """import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(4)
s.sendto(b'M-SEARCH * HTTP/1.1\\r\\nHOST: 239.255.255.250:1900\\r\\nMAN: "ssdp:discover"\\r\\nMX: 1\\r\\nST: ssdp:all\\r\\n\\r\\n', ("239.255.255.250", 1900))
s.recv(2000)
"""
MUMBLE = """import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(4)
s.sendto(bytes(4) + b"onlooker", ("%s", 64738))
s.recv(64)
"""
IRC = b"NICK dora\r\nUSER dora 0 * :Dora\r\n"


def chrome_shows(version):
  """Chromium tells no more than its major version: 142.0.7444.134 → 142.0.0.0."""
  return version.split(".")[0] + ".0.0.0"


def library(title, package, **options):
  return software(title, package, kind="libraries", **options)


def connector_shows(_):
  """It has a version of its own, which the library tells."""
  tell = ctypes.CDLL("libmariadb.so.3").mysql_get_client_info
  tell.restype = ctypes.c_char_p
  return tell().decode()


def tiny_shows(_):
  """It comes with Perl and has a version of its own."""
  return subprocess.run(["perl", "-MHTTP::Tiny", "-e", "print HTTP::Tiny->VERSION"], stdout=subprocess.PIPE, text=True, check=True).stdout


def firefox_shows(version):
  return ".".join(version.split(".")[:1]) + ".0"


def web(host, address):
  """Clients of HTTP written in scripting languages, and of what lies upon it."""
  at = lambda name, port=80: f"http://{name}.{DOMAIN}:{port}/" if port != 80 else f"http://{name}.{DOMAIN}/"
  shop = at("shop")
  os.makedirs(host.path("lists/partial"), exist_ok=True)
  return (
    ((*PY, f"import requests; requests.get('{at('edge')}').raise_for_status()"), library("Requests", "python3-requests")),
    ((*PY, AIOHTTP % at("apps", 8003)), library("aiohttp", "python3-aiohttp"), library("Python", "python3.11", announced=False, shown=2)),
    ((*PY, f"import httpx; httpx.get('{at('apps', 8004)}').raise_for_status()"), library("HTTPX", "python3-httpx")),
    ((*PY, f"import urllib.request as u; u.urlopen('{at('apps', 8005)}').read()"), library("Python urllib", "python3.11", shown=2)),
    (("http", "--ignore-stdin", "GET", at("apps", 8001)), software("HTTPie", "httpie")),
    (("perl", "-MLWP::Simple", "-e", f"getprint('{at('apps', 8002)}')"), library("libwww-perl", "libwww-perl")),
    (("perl", "-MLWP::UserAgent", "-e", f"print LWP::UserAgent->new(ssl_opts => {{verify_hostname => 0, SSL_verify_mode => 0}})->get('https://edge.{DOMAIN}/')->status_line"),
     library("OpenSSL", "libssl3", announced=False)),
    (("ruby", "-rnet/http", "-e", f"Net::HTTP.get(URI('{at('apps', 8000)}'))"), library("Ruby", "ruby3.1", versioned=False)),
    (("node", "-e", NODE % at("edge", 6081)), library("Node.js", "nodejs", versioned=False)),
    (("env", f"HOME={host.folder}", "git", "ls-remote", at("web") + "none.git"), software("Git", "git")),
    *(((*PY, f"import urllib.request as u; u.urlopen('{at('frames', port)}')"),) for port in (8020, 8021, 8023, 8024, 8025)),
    (("nghttp", "-n", at("frames", 8026)), software("nghttp2", "nghttp2-client")),
    ((*PY, f"import pycurl; c = pycurl.Curl(); c.setopt(c.URL, '{at('watch', 2812)}'); c.perform()"), library("PycURL", "python3-pycurl"),
     library("libcurl", "libcurl3-gnutls")),
    (("ruby", "-rrest-client", "-e", f"RestClient.get('{at('frames', 8022)}') rescue 0"), library("rest-client", "ruby-rest-client"),
     library("Ruby", "ruby3.1")),
    ((*PY, f"import urllib3; urllib3.PoolManager().request('GET', '{at('more', 8012)}')"), library("urllib3", "python3-urllib3")),
    ((*PY, WEBSOCKET % f"ws://more.{DOMAIN}:8013/"), library("websockets", "python3-websockets")),
    (("perl", "-MHTTP::Tiny", "-e", f"HTTP::Tiny->new->get('{at('more', 8014)}')"), library("HTTP::Tiny", "perl-modules-5.36", shown=tiny_shows)),
    (("env", f"HOME={host.folder}", "hg", "id", at("more", 8011)), software("Mercurial", "mercurial")),
    (("env", f"HOME={host.folder}", "svn", "ls", "--non-interactive", at("shop")), software("Subversion", "subversion"),
     library("Apache Serf", "libserf-1-1")),
    (("env", f"HOME={host.folder}", "apt-get", "-o", f"Dir::Etc::sourcelist={host.write('sources', f'deb [trusted=yes] {shop}debian x main')}",
      "-o", "Dir::Etc::sourceparts=/none", "-o", f"Dir::State::lists={host.path('lists')}", "-o", "APT::Sandbox::User=root", "update"), software("APT", "apt")),
    ((*PY, f"import pygit2; pygit2.init_repository('r').remotes.create_anonymous('{at('web')}none.git').ls_remotes()"), software("libgit2", "libgit2-1.5", announced=False)),
  )


def desk(host, address):
  """Browsers, small and large, downloaders, load makers."""
  at = lambda name, port=80: f"http://{name}.{DOMAIN}:{port}/" if port != 80 else f"http://{name}.{DOMAIN}/"
  home = ("env", f"HOME={host.folder}", "TERM=xterm")
  return (
    ((*home, "elinks", "-dump", at("edge")), software("ELinks", "elinks")),
    ((*home, "links", "-dump", at("apps", 8006)), software("Links", "links")),
    ((*home, "aria2c", "-q", "--no-conf", "-d", host.folder, "-o", "a", at("apps", 8007) + "index.html"), software("aria2", "aria2")),
    ((*home, "axel", "-q", "-n", "1", "-o", host.path("b"), at("edge") + "index.html"), software("Axel", "axel")),
    ((*home, "siege", "-q", "-r", "1", "-c", "1", at("apps", 3000)), software("Siege", "siege")),
    (("ab", "-q", "-n", "2", at("edge", 2015)), software("ApacheBench", "apache2-utils", shown=lambda _: "2.3")),
    (("sh", "-c", f"echo quit | {' '.join(home)} cadaver {at('edge')}"), software("cadaver", "cadaver"), library("neon", "libneon27-gnutls", announced=False)),
    (("curl", "-sS", at("edge", 8404)), software("curl", "curl")),
    (("curl", "-sS", at("gate")),),
    (("curl", "-sS", "-H", f"Host: {address['edge']}", at("edge", 8405)),),
    (("curl", "-sS", at("more", 2379) + "version"),),
    (("curl", "-sS", "-k", f"sftp://x:y@login.{DOMAIN}/"), library("libssh2", "libssh2-1")),
    (("curl", "-sS", "-x", f"http://edge.{DOMAIN}:3128", at("shop")),),
    (("curl", "-sS", "-x", f"http://edge.{DOMAIN}:8888", at("shop")),),
    (("curl", "-sS", "-x", f"http://more.{DOMAIN}:3129", at("shop")),),
    (("curl", "-sS", at("more", 8222) + "varz"),),
    ((*home, "ncftpls", f"ftp://files.{DOMAIN}/"), software("NcFTP", "ncftp", announced=False)),
    ((*home, "gnutls-cli", "--insecure", "-p", "443", f"edge.{DOMAIN}"), software("GnuTLS", "gnutls-bin", announced=False),
     library("GnuTLS", "libgnutls30", announced=False)),
    (("openssl", "s_client", "-connect", f"edge.{DOMAIN}:443"), library("OpenSSL", "libssl3", announced=False)),
    ((*home, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
      "--disable-component-update", "--disable-background-networking", "--ignore-certificate-errors",
      f"--user-data-dir={host.path('chromium')}", "--dump-dom", at("web")),
     software("Chromium", "chromium", shown=chrome_shows),
     library("WebKit", "chromium", announced=False, shown=lambda _: "537.36"), library("Blink", "chromium", announced=False)),
    ((*home, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
      "--disable-component-update", "--disable-background-networking", "--ignore-certificate-errors",
      f"--user-data-dir={host.path('chromium')}", "--dump-dom", f"https://web.{DOMAIN}/"),
     library("BoringSSL", "chromium", announced=False)),
  )


def fox(host, address):
  """Firefox stays open until it is ended; a page each over HTTP and TLS."""
  host.write("fox/user.js", "".join(f'user_pref("{name}", {value});\n' for name, value in (
    ("browser.shell.checkDefaultBrowser", "false"), ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("app.normandy.enabled", "false"), ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"), ("browser.aboutwelcome.enabled", "false"), ("network.trr.mode", "5"))))
  go = lambda url: ("timeout", "--preserve-status", "-k", "2", "9", "env", f"HOME={host.folder}", "MOZ_HEADLESS=1", "MOZ_DISABLE_CONTENT_SANDBOX=1",
                    "firefox-esr", "--headless", "--no-remote", "--profile", host.path("fox"), url)
  return ((go(f"http://shop.{DOMAIN}/"), software("Firefox", "firefox-esr", shown=firefox_shows),
           library("Gecko", "firefox-esr", announced=False, shown=firefox_shows)),
          (go(f"https://web.{DOMAIN}/"), library("NSS", "firefox-esr", announced=False)))


def shell(host, address):
  """Remote shells, databases, mail, talk, management."""
  home = ("env", f"HOME={host.folder}")
  letter = host.write("letter.txt", f"From: emil@{DOMAIN}\nTo: anna@{DOMAIN}\nSubject: x\n\nx\n")
  host.write(".muttrc", f"set smtp_url=smtp://chat.{DOMAIN}/\nset ssl_starttls=no\nset ssl_force_tls=no\nset from=emil@{DOMAIN}\nset user_agent=yes\nset copy=no\nset use_from=yes\n")
  ask = lambda name, port, text: (*PY, ASK_SERVICE % (f"{name}.{DOMAIN}", port, text))
  quiet = dict(announced=False)
  dig = lambda n: ("dig", "+short", "+tries=1", "+timeout=5", f"@{address[n]}", "version.bind", "CH", "TXT")
  names = tuple((dig(n),) for n in ("names1", "names2", "names3", "names4", "names5"))
  plain = tuple((("dig", "+short", "+tries=1", f"@{address[n]}", f"web.{DOMAIN}"),) for n in ("names1", "names2", "names3", "names4", "names5"))
  return names + plain + (
    ((*home, "plink", "-batch", f"root@login.{DOMAIN}", "true"), software("PuTTY", "putty-tools")),
    ((*home, "dbclient", "-y", f"root@edge.{DOMAIN}", "true"), software("Dropbear", "dropbear-bin")),
    ((*PY, PARAMIKO % f"files.{DOMAIN}"), library("Paramiko", "python3-paramiko")),
    ((*PY, ASYNCSSH % f"login.{DOMAIN}"), library("AsyncSSH", "python3-asyncssh")),
    (ask("more", 4222, b"PING\r\n"),),
    (ask("edge", 9999, b"show info\n"),),
    (("turnutils_stunclient", address["more"]), software("coturn", "coturn", **quiet)),
    ((*home, "mariadb", "--no-defaults", "--skip-ssl", "-h", f"data.{DOMAIN}", "-u", "root", "-e", "select 1"), software("MariaDB", "mariadb-client", announced=False),
     library("MariaDB Connector/C", "libmariadb3", announced=False, shown=connector_shows)),
    ((*home, "psql", "-h", f"data.{DOMAIN}", "-U", "postgres", "-c", "select 1", "postgres"), software("psql", "postgresql-client-15", versioned=False)),
    ((*home, "redis-cli", "-h", f"data.{DOMAIN}", "info", "server"), software("Redis", "redis-tools", **quiet)),
    (ask("data", 11211, b"version\r\n"),),
    (("curl", "-sS", f"http://watch.{DOMAIN}:9100/metrics"),),
    ((*PY, TALK % (f"watch.{DOMAIN}", 4949, b"version\n")),),
    (ask("watch", 10050, b"ZBXD\1\x0d\0\0\0\0\0\0\0agent.version"),),
    (("curl", "-4", "-sS", f"tftp://files.{DOMAIN}/pxelinux.cfg"), software("curl", "curl", announced=False)),
    (ask("watch", 4730, b"version\n"),),
    (ask("watch", 11300, b"stats\r\n"),),
    (ask("watch", 3301, b""),),
    ((*PY, TALK % (f"watch.{DOMAIN}", 2947, b"?VERSION;\n")),),
    ((*PY, MUMBLE % f"watch.{DOMAIN}"),),
    (("timeout", "3", "mosquitto_sub", "-h", f"data.{DOMAIN}", "-t", "$SYS/broker/version", "-C", "1"), software("Mosquitto", "mosquitto-clients", **quiet)),
    (("ldapsearch", "-x", "-H", f"ldap://data.{DOMAIN}", "-s", "base", "-b", "", "+", "*"), software("OpenLDAP", "ldap-utils", **quiet)),
    ((*home, "smbclient", "-N", "-L", f"files.{DOMAIN}"), software("Samba", "smbclient", **quiet)),
    (("rsync", f"rsync://files.{DOMAIN}/"), software("rsync", "rsync", **quiet)),
    (("ipptool", "-T", "10", f"ipp://files.{DOMAIN}:631/", "get-printers.test"), software("CUPS", "cups-ipp-utils")),
    (("lpstat", "-h", f"files.{DOMAIN}:631", "-r"),),
    (ask("chat", 6667, IRC),),
    (("timeout", "8", *home, "TERM=xterm", "script", "-qc", f"irssi -c chat.{DOMAIN} -n emil", "/dev/null"), software("irssi", "irssi", **quiet)),
    (ask("chat", 5222, f"<?xml version='1.0'?><stream:stream to='{DOMAIN}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>".encode()),),
    (("sipsak", "-s", f"sip:ben@{address['chat']}"), software("sipsak", "sipsak")),
    (("curl", "-sS", f"http://chat.{DOMAIN}:8000/"), software("curl", "curl")),
    (("snmpget", "-v2c", "-c", "public", f"chat.{DOMAIN}", "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0"), software("Net-SNMP", "snmp", **quiet)),
    ((*home, "sh", "-c", f"echo x | s-nail -:/ -Sv15-compat -Smta=smtp://chat.{DOMAIN} -Ssmtp-auth=none -Ssmtp-config=-all -Sfrom=emil@{DOMAIN} -s x ben@{DOMAIN}"), software("S-nail", "s-nail")),
    ((*home, "sh", "-c", f"echo x | mutt -n -F {host.path('.muttrc')} -s x ben@{DOMAIN}"), software("Mutt", "mutt")),
    (("swaks", "-4", "--server", f"chat.{DOMAIN}", "--from", f"emil@{DOMAIN}", "--to", f"ben@{DOMAIN}"), software("swaks", "swaks")),
    (("sh", "-c", f"msmtp --host=chat.{DOMAIN} --from=emil@{DOMAIN} ben@{DOMAIN} <{letter}"), software("msmtp", "msmtp", **quiet)),
    ((*PY, SEARCH),),
    (("curl", "-sS", f"http://files.{DOMAIN}:8200/rootDesc.xml"),),
  )


def desk_of_tools(host, address):
  """What fetches the many things of one host, and clients of mail, databases, talk and telephony."""
  at = lambda port, path="": f"http://kinds.{DOMAIN}:{port}/{path}"
  home = ("env", f"HOME={host.folder}", "TERM=xterm", f"NEW={at(8030)}")
  kinds, chat = address["kinds"], address["chat"]
  ruby = lambda text: (*home, "ruby", "-e", text)
  node = lambda text: (*home, "NODE_PATH=/usr/share/nodejs:/usr/lib/nodejs", "node", "-e", text)
  host.write("offlineimap.conf", f"[general]\naccounts=a\n[Account a]\nlocalrepository=l\nremoterepository=r\n[Repository l]\ntype=Maildir\n"
             f"localfolders={host.path('mail')}\n[Repository r]\ntype=IMAP\nremotehost=mail.{DOMAIN}\nremoteuser=anna\nremotepass=correct-horse\nssl=no\n"
             "starttls=no\n")
  host.write("neomuttrc", f"set smtp_url=smtp://chat.{DOMAIN}/\nset ssl_starttls=no\nset ssl_force_tls=no\nset from=gina@{DOMAIN}\nset user_agent=yes\nset copy=no\n"
             "set use_from=yes\n")
  return (
    *((("curl", "-sS", "-o", "/dev/null", at(port, path)),) for port, path in (
      (9093, "metrics"), (9092, "metrics"), (9121, "metrics"), (9115, "metrics"), (5000, "v2/"), (8086, "ping"), (8030, ""), (5232, ".web/"), (9091, ""),
      (8384, ""), (7070, ""))),
    (("curl", "-sS", "-o", "/dev/null", at(8030)), software("curl", "curl")),
    (ruby("require 'faraday'; Faraday.get(ENV['NEW'])"), library("Faraday", "ruby-faraday")),
    (ruby("require 'typhoeus'; Typhoeus.get(ENV['NEW'])"), library("Typhoeus", "ruby-typhoeus", versioned=False)),
    (ruby("require 'excon'; Excon.get(ENV['NEW'])"), library("excon", "ruby-excon")),
    (ruby("require 'mechanize'; Mechanize.new.get(ENV['NEW'])"), library("Mechanize", "ruby-mechanize"), library("Ruby", "ruby3.1")),
    (ruby("require 'http'; HTTP.get(ENV['NEW'])"), library("http.rb", "ruby-http")),
    (ruby("require 'httpclient'; HTTPClient.new.get(ENV['NEW'])"), library("HTTPClient", "ruby-httpclient"), library("Ruby", "ruby3.1")),
    (("tclsh8.6", host.write("get.tcl", f"package require http; http::geturl {at(8030)}\n")), library("Tcl", "tcl8.6")),
    ((*home, "pip", "download", "--retries", "0", "--no-cache-dir", "--disable-pip-version-check", "--trusted-host", f"kinds.{DOMAIN}", "-i", at(8030), "x"),
     software("pip", "python3-pip"), library("Python", "python3.11"), library("OpenSSL", "libssl3")),
    (("puf", "-P", host.folder, at(8030)), software("puf", "puf")),
    (("tnftp", "-o", "/dev/null", at(8030)), software("tnftp", "tnftp")),
    (node("require('axios').get(process.env.NEW)"), library("axios", "node-axios")),
    (node("require('got')(process.env.NEW)"), library("got", "node-got", versioned=False)),
    ((*PY, f"import httplib2; httplib2.Http().request('{at(8030)}')"), library("httplib2", "python3-httplib2")),
    ((*PY, f"import feedparser; feedparser.parse('{at(8030)}')"), library("feedparser", "python3-feedparser")),
    ((*home, "rclone", "--http-url", at(8030), "lsf", ":http:"), software("rclone", "rclone", versioned=False)),
    ((*home, "newsboat", "-u", host.write("urls", at(8030) + "\n"), "-c", host.path("feeds.db"), "-x", "reload"), software("Newsboat", "newsboat", shown=lambda version: version + ".0")),
    ((*home, "USER=gina", "fossil", "clone", at(8031), host.path("x.fossil")), software("Fossil", "fossil")),
    ((*PY, f"import pymysql; pymysql.connect(host='data.{DOMAIN}', user='root')"), library("PyMySQL", "python3-pymysql")),
    (("psql", "-h", f"data.{DOMAIN}", "-p", "6432", "-U", "postgres", "-c", "show version", "pgbouncer"), software("psql", "postgresql-client-15", versioned=False)),
    ((*home, "offlineimap", "-o", "-c", host.path("offlineimap.conf")), software("OfflineIMAP", "offlineimap3", shown=lambda _: "8.0.0")),
    ((*home, "sh", "-c", f"echo x | neomutt -n -F {host.path('neomuttrc')} -s x ben@{DOMAIN}"), software("NeoMutt", "neomutt")),
    (("sipp", "-sn", "uac", chat, "-i", address[host.name], "-m", "1", "-d", "100", "-nostdin"), software("SIPp", "sip-tester", versioned=False)),
    ((*PY, ASK_SERVICE % (kinds, 3310, b"zVERSION\0")),),
    ((*home, "timeout", "8", "weechat-headless", "-d", host.path("weechat"), "-r", f"/server add x {kinds}/6667 -notls;/connect x;/wait 3 /quit"),
     software("WeeChat", "weechat-headless")),
    (("dig", "+short", "+tries=1", "+timeout=5", f"@{address['names6']}", "version.bind", "CH", "TXT"),),
  )


HOSTS = (("carl-pc", 41, web), ("dora-pc", 42, desk), ("fred-pc", 44, fox), ("emil-pc", 43, shell), ("gina-pc", 50, desk_of_tools))

def run_all(hosts, address):
  """Every errand: {host name: truth entries}, and the commands whose status was not 0 (some servers say no)."""
  said, failed = {}, []
  for name, _, errands in HOSTS:
    said[name] = []
    for command, *items in errands(hosts[name], address):
      try:
        hosts[name].do(*command, timeout=25)
      except (RuntimeError, subprocess.TimeoutExpired) as error:
        failed.append(f"{name}: {str(error)[:600]}")
      said[name] += [item for item in items if item not in said[name]]
  return said, failed
