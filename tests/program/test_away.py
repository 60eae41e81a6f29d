#!/usr/bin/env python3
"""A repository that is away for an hour: its collectors go on, what they find waits in their spools and then arrives in order, once; what
finds no room is counted and named. The hour is one of the recording's, played in ONLOOKER_AWAY seconds (default 20; ./dev soak takes 3600, an
hour as long as any), and the repository comes back with a clock that is an hour on."""
import json
import os
import struct
import sys
import time

import tap

try:
  import roles
except ImportError:
  roles = None

HOUR = 3600
SECONDS = int(os.environ.get("ONLOOKER_AWAY", "20"))
RATE = 3  # new endpoints a second
FIRST = 0x6A000000  # the recording's time of day, seconds
ROLES = (("manager", "manager"), ("repository", "repository"), ("admin", "admin"), ("collector", "collector"), ("viewer", "viewer"))


def announcement(number):
  """A frame of an endpoint nobody has seen."""
  mac = b"\x00\x1b\x21" + struct.pack("!I", number)[1:]
  address = struct.pack("!I", 0x0A000000 + 256 + number)
  return b"\xff" * 6 + mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + address + bytes(6) + address + bytes(18)


def recording(p):
  """An hour with new endpoints in every second."""
  out = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
  for i in range(HOUR * RATE):
    frame = announcement(i)
    out += struct.pack("<IIII", FIRST + i // RATE, i % RATE * (1000000 // RATE), len(frame), len(frame)) + frame
  return p.file("hour.pcap", bytes(out))


def identifiers(lines):
  return [line["assertionId"] for line in map(json.loads, lines) if "assertionId" in line]


def stored(client):
  """Identifiers of what the repository has, in the order it was stored."""
  found, after, more = [], 0, True
  while more:
    header, body = client.ask("changes", "service:repository", {"after": after, "limit": 10000}, seconds=60)
    found += identifiers(body.splitlines())
    more, after = header.get("last", 0) > after and header["last"] < header["sequence"], header.get("last", 0)
  return found


def repository(site, library, step=None):
  if library and step:
    os.environ.update(LD_PRELOAD=library, STEP_CLOCK=step, ASAN_OPTIONS="verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", ""))
  site.repository()
  os.environ.pop("LD_PRELOAD", None)


def away(t, p, name, library, pcap, *more):
  """(what was made, what is stored, the counters, what was said, status messages, the site), the repository having been away."""
  site = roles.Site(p, name)
  for key, role in ROLES:
    site.key(key, role)
  site.fabric()
  site.manager("--pulse", "1")
  repository(site, None)
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") == 2, 20)
  viewer, admin = site.client("viewer", "viewer"), site.client("admin", "admin")
  viewer.subscribe("/notification/status/")
  viewer.note("subscribed")
  site.start("collector", "observe", "-r", pcap, "--pace", str(HOUR / SECONDS), "--workers", "1", "--publish", site.url, "--key",
             site.path("keys", "collector.key"), "--spool", site.path("spool"), "--drain", "120", "--json", site.path("made.jsonl"),
             "--stats", site.path("stats"), *more)
  t.point(roles.until(lambda: admin.ask("changes", "service:repository", {"after": 0, "limit": 1})[1], 60), f"{name}: it begins with the repository there")
  site.kill("repository")
  time.sleep(SECONDS)
  t.point(site.running["collector"].poll() is None, f"{name}: the collector goes on and waits", site.said()[-1000:])
  codes = []
  while (frames := viewer.hear(0.5)):
    codes.append(json.loads(frames[2]).get("code"))
  repository(site, library, p.file("step", str(HOUR).encode()))
  status = site.running.pop("collector").wait(SECONDS + 240)
  with open(site.path("stats"), encoding="utf-8") as f:
    stats = json.load(f)
  with open(site.path("made.jsonl"), "rb") as f:
    made = identifiers(f)
  found = stored(admin)
  for c in (viewer, admin):
    c.close()
  return made, found, stats, status, codes, site


def sums(t, name, stats, made):
  s = stats["sinks"]["fabric"]
  t.point(s["offered"] == s["delivered"] + sum(s["dropped"].values()) == stats["assertions"]["made"] == len(made), f"{name}: every count adds up", s)
  t.point(stats["packets"]["received"] == HOUR * RATE and not stats["packets"]["lost"], f"{name}: no packet was lost", stats["packets"])


def over(t, name, site):
  t.equal(set(site.stop().values()), {0}, f"{name}: all end well")
  t.point(site.clean(), f"{name}: no sanitizer spoke", site.said()[-3000:])


def an_hour(t, p, library, pcap):
  made, found, stats, status, _, site = away(t, p, "away", library, pcap)
  t.equal(status, 0, "away: the collector ends well")
  sums(t, "away", stats, made)
  t.equal((len(found), stats["sinks"]["fabric"]["delivered"]), (len(made), len(made)), "away: everything is stored, and acknowledged")
  t.point(found == made, "away: in the order it was made")
  spool = sum(os.path.getsize(site.path("spool", f)) for f in os.listdir(site.path("spool")))
  t.point(spool < 8 << 20, "away: the spool is empty again, but for the segment in use", spool)
  _, alone = p.inventory("-r", pcap)
  t.point(p.run("inventory", "--json", "--repository", "sqlite:" + site.path("repository.db")).out == alone != b"",
          "away: the inventory is that of an undisturbed run")
  over(t, "away", site)


def no_room(t, p, library, pcap):
  """A spool that an hour fills."""
  made, found, stats, status, codes, site = away(t, p, "no room", library, pcap, "--spool-size", "2")
  dropped = stats["sinks"]["fabric"]["dropped"]
  t.point(status == 3 and dropped.get("spoolFull", 0) > 0, "no room: what found none is counted by name", (status, dropped))
  sums(t, "no room", stats, made)
  t.point("overflow" in codes, "no room: a status message names it", codes)
  t.equal(len(found), stats["sinks"]["fabric"]["delivered"], "no room: what was acknowledged is stored")
  places = {identifier: i for i, identifier in enumerate(made)}
  order = [places[identifier] for identifier in found]
  t.point(order == sorted(order), "no room: in the order it was made")
  over(t, "no room", site)


def test(t, p):
  if not roles:
    t.skip("a repository away", "python3-zmq is not installed")
    return
  library = next((os.path.abspath(a) for a in sys.argv[2:] if a.endswith(".so")), None)
  pcap = recording(p)
  chosen = [a for a in sys.argv[2:] if not a.endswith(".so")]
  for part in (an_hour, no_room):
    if not chosen or part.__name__ in chosen:
      part(t, p, library, pcap)


tap.main(test)
