"""The truth of a lab recording: what ran where, from dpkg-query and the addresses given out, never from the traffic.

`version` is the upstream version when the program announces it in its traffic, else null; `announced` false means
that nothing in the traffic names the program: it need not be found, yet it is no mistake to find it. Addresses are
those given to a host of which a packet is in the recording.
"""
import ipaddress
import os
import re
import struct
import subprocess

DEBIAN = "Debian GNU/Linux"


def package_version(package):
  return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], stdout=subprocess.PIPE, text=True,
                        check=True).stdout


def upstream(version):
  """1:9.2p1-2+deb12u6 → 9.2p1, 3.1.7+really3.1.2-1 → 3.1.2: without epoch, Debian revision and what was withdrawn."""
  return re.sub(r"^\d+:|^.*\+really", "", version).rsplit("-", 1)[0]


def cut(version, parts):
  """The first components: 2.4.2 → 2.4."""
  return ".".join(version.split(".")[:parts])


def software(title, package, announced=True, versioned=True, port=None, transport="tcp", shown=None, kind=None):
  """One entry; `shown` where a program tells less than its whole version: how many components, or a function of it.

  `kind` "libraries" is for what a server or client is made of or passes on, and names in passing.
  """
  full = package_version(package)
  version = upstream(full)
  if callable(shown):
    version = shown(version)
  elif shown:
    version = cut(version, shown)
  item = {"title": title, "version": version if announced and versioned else None, "announced": announced,
          "package": package, "packageVersion": full, "upstreamVersion": version}
  if kind:
    item["kind"] = kind
  if port:
    item.update(port=port, transport=transport)
  return item


def lynx_libraries():
  """What Lynx says it was built of, as its user agent has it: libwww-FM 2.14, SSL-MM 1.4.1, GNUTLS 3.7.8."""
  said = subprocess.run(["lynx", "-version"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[1]
  return [{"title": "GnuTLS" if title == "GNUTLS" else title, "version": None, "announced": False, "package": "lynx",
           "packageVersion": package_version("lynx"), "upstreamVersion": version}
          for title, version in re.findall(r"(libwww-FM|SSL-MM|GNUTLS) (\S+?),", said)]


def debian_release():
  with open("/etc/debian_version", encoding="ascii") as f:
    return f.read().strip().split(".")[0]


def platform():
  """What every host of the lab is in truth: a claim of any of these is right."""
  return {"titles": [DEBIAN, "Debian", "Linux"], "version": debian_release(), "kernel": os.uname().release.split("-")[0],
          "release": os.uname().release}


def os_announced(versioned):
  return {"title": DEBIAN, "version": debian_release() if versioned else None}


def frames(path):
  """(data) of every Ethernet frame of a classic little-endian pcap file."""
  with open(path, "rb") as f:
    f.read(24)
    while len(head := f.read(16)) == 16:
      yield f.read(struct.unpack("<4I", head)[2])


def senders(path):
  """The (MAC, address) pairs of the recording: who sent from which address."""
  seen = set()
  for data in frames(path):
    mac = ":".join(f"{b:02x}" for b in data[6:12])
    kind = data[12:14]
    if kind == b"\x08\x00":
      seen.add((mac, str(ipaddress.ip_address(data[26:30]))))
    elif kind == b"\x86\xdd":
      seen.add((mac, str(ipaddress.ip_address(data[22:38]))))
  return seen


def host_truth(host, seen, said):
  """One host of the list: its addresses by the kernel, what it said by the lab's plan."""
  given = host.addresses()
  used = lambda family: [a for a in given[family] if (host.mac, a) in seen]
  entry = {"name": host.name, "mac": host.mac, "ipv4": used("inet"), "ipv6": used("inet6"),
           "unused": sorted(a for f in given.values() for a in f if (host.mac, a) not in seen), "hostname": None, "os": None,
           "servers": [], "clients": [], "libraries": [], "services": []}
  entry.update(said)
  return entry
