#!/usr/bin/env python3
"""Real servers and clients from Debian in network namespaces, recorded on the bridge between them, then observed.

  lab.py                      everything: observed live on the bridge while it is recorded, then replayed; both scored
  lab.py --small              the hosts of the bundled recording alone; not one fault is let pass
  lab.py --record FOLDER      record the small lab only: FOLDER/lab.pcap and FOLDER/truth.json
  lab.py --keep FOLDER        leaves the recording, the truth and what Onlooker said there

Needs root and the packages of the section [lab]; no Internet, no resolver; bounded in time. What it makes it
removes, also when it fails or is interrupted.
"""
import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import errands  # noqa: E402
import programs  # noqa: E402
import servers  # noqa: E402
import truth  # noqa: E402
from network import Network, run  # noqa: E402
from servers import DOMAIN, PASSIVE_PORTS  # noqa: E402

NET4, NET6 = "10.20.30", "fd5e:1ab0:20:1"
SERVERS = (("ns", 1), ("web", 10), ("shop", 11), ("login", 12), ("mail", 13))
CLIENTS = (("anna-desk", 21), ("ben-laptop", 22))
WIDE = tuple(row[:2] for row in programs.HOSTS + errands.HOSTS)
USERS = {"anna": "correct-horse", "ben": "battery-staple"}
SECONDS = {False: 120, True: 300}  # by wide: nothing takes longer

LEASE_UDHCPC = """#!/bin/sh
case $1 in
deconfig) ip link set eth0 up ;;
bound | renew) ip address replace "$ip/$mask" dev eth0 && ip route replace default via "${router%% *}" ;;
esac
"""
LEASE_DHCLIENT = """#!/bin/sh
case $reason in
PREINIT) ip link set eth0 up ;;
BOUND | RENEW | REBIND | REBOOT)
  ip address replace "$new_ip_address/24" dev eth0 && ip route replace default via "${new_routers%% *}" ;;
esac
exit 0
"""
ASK_VERSION = """import socket, struct
query = struct.pack('>6H', 0x2a17, 0x0100, 1, 0, 0, 0) + b'\\x07version\\x04bind\\x00' + struct.pack('>2H', 16, 3)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
s.sendto(query, (%r, 53))
assert b'dnsmasq' in s.recv(512)
"""


def mac(number):
  return f"00:16:3e:20:30:{number:02x}"


def plug_in(network, wide):
  """Hosts, and the recorder before the first of them says a word."""
  for name, number in SERVERS + CLIENTS + (WIDE if wide else ()):
    network.add(name, mac(number))


def settle(network, members):
  for name, number in members:
    host = network.hosts[name]
    host.ip("address", "add", f"{NET4}.{number}/24", "dev", "eth0")
    host.ip("address", "add", f"{NET6}::{number:x}/64", "dev", "eth0")
    if name != "ns":
      host.setting("net/ipv6/conf/eth0/accept_ra", 0)
    host.ip("link", "set", "eth0", "up")
    if name != "ns":
      host.ip("route", "add", "default", "via", f"{NET4}.1")


def raise_servers(network, key, wide):
  hosts = network.hosts
  settle(network, SERVERS + (WIDE if wide else ()))
  time.sleep(2)  # duplicate address detection, or the daemons cannot bind
  records = [(name, f"{NET4}.{n}", f"{NET6}::{n:x}") for name, n in SERVERS + (WIDE if wide else ())]
  servers.dnsmasq(hosts["ns"], NET4, NET6, records)
  servers.nginx(hosts["web"])
  servers.apache(hosts["shop"])
  servers.avahi(hosts["shop"], "_http._tcp", 80)
  servers.sshd(hosts["login"], key + ".pub")
  servers.vsftpd(hosts["login"])
  servers.postfix(hosts["mail"], USERS)
  servers.dovecot(hosts["mail"], USERS)


def await_lease(host, seconds=15):
  end = time.monotonic() + seconds
  while not any(a.startswith(NET4) for a in host.addresses()["inet"]):
    if time.monotonic() > end:
      raise RuntimeError(f"{host.name} got no lease\n{host.logs()}")
    time.sleep(0.1)


def raise_clients(network):
  """Two clients, two DHCP programs; IPv6 from router advertisements."""
  anna, ben = network.hosts["anna-desk"], network.hosts["ben-laptop"]
  script = anna.write("lease.sh", LEASE_UDHCPC, 0o755)
  anna.ip("link", "set", "eth0", "up")
  anna.spawn("udhcpc", "-f", "-i", "eth0", "-x", f"hostname:{anna.name}", "-s", script)
  script = ben.write("lease.sh", LEASE_DHCLIENT, 0o755)
  ben.write("dhclient.conf", f'send host-name "{ben.name}";\nrequest subnet-mask, broadcast-address, time-offset, routers,\n'
            "  domain-name, domain-name-servers, domain-search, host-name, interface-mtu, ntp-servers;\n")
  ben.ip("link", "set", "eth0", "up")
  ben.spawn("dhclient", "-4", "-d", "-cf", ben.path("dhclient.conf"), "-sf", script, "-lf", ben.path("leases"),
            "-pf", ben.path("pid"), "eth0")
  await_lease(anna)
  await_lease(ben)
  servers.avahi(ben)
  time.sleep(3)  # router solicitation and address detection
  for host in (anna, ben):
    if not any(a.startswith(NET6) for a in host.addresses()["inet6"]):
      raise RuntimeError(f"{host.name} got no IPv6 address\n{host.logs()}")


def anna_works(anna, key):
  web, shop, login, mail = (f"{n}.{DOMAIN}" for n in ("web", "shop", "login", "mail"))
  letter = anna.write("letter.txt", f"From: anna@{DOMAIN}\nTo: ben@{DOMAIN}\nSubject: lunch\n\nAt noon?\n")
  anna.do("python3", "-c", ASK_VERSION % f"{NET4}.1")
  anna.do("curl", "-sSf", "-4", f"http://{web}/")
  anna.do("curl", "-sSf", "-6", f"http://{shop}/")
  anna.do("curl", "-sSf", "-k", f"https://{web}/")
  anna.do("lynx", "-dump", f"http://{shop}/")
  anna.do("ssh", "-4", "-i", key, "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-F", "none",
          "-o", "LogLevel=ERROR", f"root@{login}", "uptime")
  anna.do("curl", "-sSf", f"smtp://{mail}/{anna.name}", "--mail-from", f"anna@{DOMAIN}", "--mail-rcpt", f"ben@{DOMAIN}",
          "--upload-file", letter)


def ben_works(ben):
  web, shop, login, mail = (f"{n}.{DOMAIN}" for n in ("web", "shop", "login", "mail"))
  ben.do("ping", "-c", "2", "-i", "0.2", f"{NET4}.1")
  ben.do("wget", "-q", "-6", "-O", "-", f"http://{web}/")
  ben.do("wget", "-q", "--no-check-certificate", "-O", "-", f"https://{web}/")
  ben.do("w3m", "-dump", f"http://{web}/")
  ben.do("wget", "-q", "-4", "-O", "-", f"http://{shop}/")
  ben.do("lftp", "-c", f"set net:timeout 5; set net:max-retries 1; open {login}; ls; cat readme.txt")
  mailbox = f"ben:{USERS['ben']}"
  for _ in range(50):  # until the letter has been delivered
    if "EXISTS" in ben.do("curl", "-sS", "-v", "--user", mailbox, "-X", "EXAMINE INBOX", f"imap://{mail}/"):
      break
    time.sleep(0.2)
  ben.do("curl", "-sSf", "--user", mailbox, f"imap://{mail}/INBOX;MAILINDEX=1")
  ben.do("curl", "-sSf", "-4", "--user", mailbox, f"pop3://{mail}/")


def ports(*wanted):
  return [{"transport": t, "port": p, "required": r} for t, p, r in wanted]


def plan():
  """What each host says of itself in the traffic, by name: written from the packages, beside the commands above."""
  item = truth.software
  tcp = lambda *numbers: [("tcp", n, True) for n in numbers]
  mdns = ("udp", 5353, False)
  curl, ssh = item("curl", "curl"), item("OpenSSH", "openssh-client")
  openssl = item("OpenSSL", "libssl3", announced=False)
  gnutls = item("GnuTLS", "libgnutls30", announced=False)
  return {
    "ns": {"servers": [item("dnsmasq", "dnsmasq-base", port=53, transport="udp")],
           "services": ports(("udp", 53, True), ("udp", 67, False), ("tcp", 53, False))},
    "web": {"servers": [item("nginx", "nginx", port=80), item("nginx", "nginx", announced=False, port=443)],
            "libraries": [openssl], "services": ports(*tcp(80, 443))},
    "shop": {"hostname": "shop", "os": truth.os_announced(False),
             "servers": [item("Apache httpd", "apache2", port=80),
                         item("Avahi", "avahi-daemon", announced=False, port=5353, transport="udp")],
             "services": ports(*tcp(80), mdns)},
    "login": {"os": truth.os_announced(True),
              "servers": [item("OpenSSH", "openssh-server", port=22), item("vsFTPd", "vsftpd", port=21)],
              "libraries": [openssl],
              "services": ports(*tcp(22, 21)) + [{"transport": "tcp", "port": n, "required": False}
                                                  for n in range(PASSIVE_PORTS[0], PASSIVE_PORTS[1] + 1)]},
    "mail": {"os": truth.os_announced(False),
             "servers": [item("Postfix", "postfix", versioned=False, port=25),
                         item("Dovecot", "dovecot-core", versioned=False, port=143),
                         item("Dovecot", "dovecot-core", versioned=False, port=110)],
             "services": ports(*tcp(25, 143, 110))},
    "anna-desk": {"hostname": "anna-desk", "os": truth.os_announced(True),
                  "clients": [curl, ssh, item("Lynx", "lynx"), item("udhcp", "busybox")],
                  "libraries": [openssl, gnutls] + truth.lynx_libraries(),
                  "services": ports(("udp", 68, False))},
    "ben-laptop": {"hostname": "ben-laptop",
                   "clients": [item("Wget", "wget"), item("w3m", "w3m"), item("curl", "curl", announced=False),
                               item("lftp", "lftp", announced=False),
                               item("ISC DHCP client", "isc-dhcp-client", announced=False)],
                   "servers": [item("Avahi", "avahi-daemon", announced=False, port=5353, transport="udp")],
                   "libraries": [gnutls, openssl], "services": ports(mdns, ("udp", 68, False))},
  }


def by_kind(items, kind):
  """The entries under `kind`, and those that are of a kind of their own under theirs."""
  entry = {kind: [], "libraries": []}
  for item in items:
    entry.setdefault(item.get("kind", kind), []).append(item)
  return entry


def plan_wide(said):
  """The truth of the wide lab's hosts from what their programs say of themselves."""
  whole = {}
  for name, _, _, _ in programs.HOSTS:
    required = {(s["transport"], s["port"]) for s in said[name] if "port" in s} - programs.QUIET
    whole[name] = {**by_kind(said[name], "servers"), "services": ports(*((t, p, True) for t, p in sorted(required)), *programs.maybe(name))}
  for name, _, _ in errands.HOSTS:
    whole[name] = by_kind(said[name], "clients")
  return whole


def write_truth(network, recording, path, said):
  seen = truth.senders(recording)
  whole = {"domain": DOMAIN, "platform": truth.platform(),
           "hosts": [truth.host_truth(host, seen, said[name]) for name, host in network.hosts.items()]}
  with open(path, "w", encoding="utf-8") as f:
    json.dump(whole, f, indent=1)
    f.write("\n")


def go_wide(network):
  """The many programs; errands may fail (some are turned away at a door), which is told."""
  records = [(name, f"{NET4}.{n}") for name, n in SERVERS + WIDE]
  said = programs.raise_all(network.hosts, records)
  of_clients, failed = errands.run_all(network.hosts, dict(records))
  for text in failed:
    print("status not 0:", " ".join(text.split())[:400])
  return plan_wide({**said, **of_clients})


def record(folder, wide=False, observer=None):
  """The recording; `observer` is a command that watches the bridge meanwhile."""
  recording, started = os.path.join(folder, "lab.pcap"), time.monotonic()
  with Network(f"nameserver {NET4}.1\nsearch {DOMAIN}\n") as network:
    try:
      plug_in(network, wide)
      key = os.path.join(network.folder, "key")
      run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "anna", "-f", key)
      network.record(recording)
      if observer:
        network.observe(observer)
      raise_servers(network, key, wide)
      raise_clients(network)
      anna_works(network.hosts["anna-desk"], key)
      ben_works(network.hosts["ben-laptop"])
      said = plan()
      if wide:
        said.update(go_wide(network))
      network.stop_recording()
    except Exception:
      for host in network.hosts.values():
        print(host.logs(), file=sys.stderr)
      raise
    for host, name in network.failed_daemons():
      raise RuntimeError(f"{name} of {host.name} ended early\n{host.logs()}")
    write_truth(network, recording, os.path.join(folder, "truth.json"), said)
  print(f"recorded {os.path.getsize(recording)} octets in {time.monotonic() - started:.0f} s: {recording}")
  return recording


def observing(program, folder, name, *source):
  """The command; what it says goes to NAME.jsonl and NAME.db."""
  return [program, "observe", *source, "--json", os.path.join(folder, name + ".jsonl"), "--repository",
          "sqlite:" + os.path.join(folder, name + ".db")]


def judge(program, folder, name, *floors):
  """0 when the program found what the truth says and nothing else, or as much of it as the floors ask."""
  inventory = os.path.join(folder, name + ".json")
  with open(inventory, "wb") as f:
    subprocess.run([program, "inventory", "--json", "--repository", "sqlite:" + os.path.join(folder, name + ".db")], check=True,
                   timeout=60, stdin=subprocess.DEVNULL, stdout=f)
  here = os.path.dirname(os.path.abspath(__file__))
  return subprocess.run([sys.executable, os.path.join(here, "score.py"), *floors, os.path.join(folder, "truth.json"), inventory,
                         os.path.join(folder, name + ".jsonl")], check=False).returncode


def observe(program, folder, wide):
  """Records, live too when wide, replays, judges; 0 when all is well."""
  floors, status = ("--floors",) if wide else (), 0
  for name in ("live", "lab"):
    for ending in (".db", ".db-wal", ".db-shm"):  # of a run before: what stands in a repository is remembered
      with contextlib.suppress(FileNotFoundError):
        os.remove(os.path.join(folder, name + ending))
  recording = record(folder, wide, observing(program, folder, "live", "-i", "br0") if wide else None)
  if wide:
    print("live:", flush=True)
    status |= judge(program, folder, "live", *floors)
    print("replayed:", flush=True)
  subprocess.run(observing(program, folder, "lab", "-r", recording), check=True, timeout=60, stdin=subprocess.DEVNULL)
  return status | judge(program, folder, "lab", *floors)


def use_debian():
  """Debian's programs before others of the same name: the truth is dpkg's."""
  os.environ["PATH"] = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin:" + os.environ.get("PATH", "")
  os.environ.pop("PYTHONPATH", None)


def interrupt(number, _):
  raise SystemExit(128 + number)


def main():
  parser = argparse.ArgumentParser(description="the lab: record, observe, score")
  parser.add_argument("--record", metavar="FOLDER", help="only record: FOLDER/lab.pcap and FOLDER/truth.json")
  parser.add_argument("--small", action="store_true", help="only the hosts of the bundled recording")
  parser.add_argument("--keep", metavar="FOLDER", help="leave the recording and what was said of it there")
  parser.add_argument("--program", default="build/onlooker")
  args = parser.parse_args()
  if os.geteuid():
    sys.exit("lab: network namespaces need root: run ./dev lab as root or with sudo")
  use_debian()
  for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
    signal.signal(number, interrupt)
  wide = not (args.small or args.record)
  signal.alarm(SECONDS[wide])
  if args.record:
    os.makedirs(args.record, exist_ok=True)
    record(args.record)
    return 0
  if args.keep:
    os.makedirs(args.keep, exist_ok=True)
    return observe(args.program, args.keep, wide)
  with tempfile.TemporaryDirectory(prefix="onlooker-lab-") as folder:
    return observe(args.program, folder, wide)


if __name__ == "__main__":
  sys.exit(main())
