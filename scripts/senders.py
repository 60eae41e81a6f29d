#!/usr/bin/env python3
"""Endpoints that no packet came from, as another program reads the captures: there must be none.

  senders.py --onlooker PROGRAM --corpus DIR [--match TEXT] [--jobs N]

Every capture below DIR is observed into a repository of its own, and every endpoint of its inventory looked up among
the senders that tshark sees at any depth: source MACs of Ethernet, 802.11 and cooked captures, source addresses of
every IP header, tunnels' insides and those quoted in none but an ICMP error taken out, senders of ARP, clients of DHCP
and targets of neighbour advertisements. An endpoint of which no MAC and no address ever sent is printed with its
capture. What is left over is to be looked at by hand: tshark and Onlooker do not decode the same tunnels. Standard
library only.
"""
import argparse
import concurrent.futures
import ipaddress
import json
import os
import subprocess
import tempfile

FIELDS = ("eth.src", "wlan.sa", "wlan.ta", "sll.src.eth", "ip.src", "ipv6.src", "arp.src.hw_mac", "arp.src.proto_ipv4",
          "dhcp.hw.mac_addr", "icmpv6.nd.na.target_address", "tr.src", "fddi.src")
MAGIC = {b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x0a\x0d\x0d\x0a", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"}


def captures(folder, match):
  for place, _, names in os.walk(folder):
    for name in names:
      path = os.path.join(place, name)
      if match not in path:
        continue
      with open(path, "rb") as f:
        if f.read(4) in MAGIC:
          yield path


def norm(text):
  try:
    return str(ipaddress.ip_address(text))
  except ValueError:
    return text.lower()


def senders(path):
  command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "occurrence=a", "-E", "separator=,"]
  for field in FIELDS:
    command += ["-e", field]
  out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode(errors="replace")
  return {norm(word) for word in out.replace("\n", ",").split(",") if word}


def inventory(onlooker, path):
  with tempfile.TemporaryDirectory() as folder:
    url = "sqlite:" + os.path.join(folder, "r.db")
    subprocess.run([onlooker, "observe", "-r", path, "--repository", url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    out = subprocess.run([onlooker, "inventory", "--json", "--repository", url], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL).stdout
  return [json.loads(line) for line in out.splitlines()]


def names_of(endpoint):
  return {d["value"] for d in endpoint["designation"] if d["name"] in ("macAddress", "ipv4Address", "ipv6Address")}


def judge(onlooker, path):
  sent = senders(path)
  found = [names_of(e) for e in inventory(onlooker, path)]
  return path, len(found), [sorted(names) for names in found if not {norm(n) for n in names} & sent]


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--onlooker", required=True)
  parser.add_argument("--corpus", required=True)
  parser.add_argument("--match", default="")
  parser.add_argument("--jobs", type=int, default=1)
  options = parser.parse_args()
  files = endpoints = silent = 0
  with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
    for path, n, left in pool.map(lambda c: judge(options.onlooker, c), sorted(captures(options.corpus, options.match))):
      files, endpoints, silent = files + 1, endpoints + n, silent + len(left)
      for names in left:
        print(os.path.relpath(path, options.corpus), *(names or ["no address at all"]), flush=True)
  print(f"{files} captures, {endpoints} endpoints, {silent} that tshark saw no packet of")


main()
