#!/usr/bin/env python3
"""Bad input: one line that says what, where and how to mend it; the right status; what was read is delivered."""
import json
import os
import resource
import socket
import sqlite3
import subprocess

import captures
import tap
from assertions import check


def refused(t, result, name, statuses=(2,), names=None):
  """Nothing was done: one line on standard error, nothing on standard output."""
  t.point(result.clean() and result.status in statuses and len(result.lines) == 1 and not result.out and
          (names is None or names in result.err), name, f"{result}\n{len(result.lines)} lines, out {result.out[:200]!r}")


def files(t, p):
  refused(t, p.observe("-r", "no-such.pcap"), "a file that does not exist", names="no-such.pcap")
  refused(t, p.observe("-r", p.folder.name), "a folder", names=p.folder.name)
  p.file("empty.pcap", b"")
  refused(t, p.observe("-r", "empty.pcap"), "an empty file", names="empty.pcap")
  p.file("text.pcap", b"This is no capture, however long one looks at it.\n" * 20)
  refused(t, p.observe("-r", "text.pcap"), "a file that is no capture", names="text.pcap")
  for name, octets in (("xz", b"\xfd7zXZ\0"), ("bzip2", b"BZh91AY&SY"), ("lz4", b"\x04\x22\x4d\x18"), ("zip", b"PK\x03\x04")):
    p.file("packed.pcap", octets + bytes(100))
    refused(t, p.observe("-r", "packed.pcap"), f"a capture in {name}", names=f"is packed with {name}: unpack it on the way")
  p.file("short.pcap", captures.header()[:11])
  refused(t, p.observe("-r", "short.pcap"), "a file cut in its header", names="short.pcap")
  p.file("link.pcap", captures.pcap(captures.web(), link=147))
  refused(t, p.observe("-r", "link.pcap"), "an unknown link type", names="link.pcap")
  refused(t, p.observe("-r", "-", stdin=b""), "nothing on standard input")
  refused(t, p.observe("-r", "good.pcap", "-r", "no-such.pcap"), "one file of two does not exist", names="no-such.pcap")
  p.file("none.pcap", captures.header())
  result = p.observe("-r", "none.pcap", "--json", "none.jsonl")
  t.point(result.clean() and result.status == 0 and not result.lines, "a capture without packets is no error", result)


def many(t, p):
  """More files than a shell lets a program open."""
  _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
  count = 200
  for n in range(count):
    p.file(f"many-{n}.pcap", captures.pcap(captures.web()))
  named = [word for n in range(count) for word in ("-r", f"many-{n}.pcap")]
  soft, hard = (["prlimit", f"--nofile={n}", p.path, "observe", *named, "--stats", "-", "--json", "/dev/null"]
                for n in (f"100:{most}", "100:100"))
  done = subprocess.run(soft, capture_output=True, check=False, cwd=p.folder.name, timeout=60)
  received = json.loads(done.stderr)["packets"]["received"] if done.returncode == 0 else done.stderr
  t.equal(received, count * len(captures.web()), "more captures than the soft limit of open files are read")
  done = subprocess.run(hard, capture_output=True, check=False, cwd=p.folder.name, timeout=60)
  refused(t, tap.Result(done.returncode, done.stdout, done.stderr), "more captures than the machine allows", names="ulimit -n")


def damaged(t, p):
  """Cut files: status 3, and what was whole is there."""
  good = captures.pcap(captures.web())
  whole = p.observe("-r", "good.pcap", "--json", "-")
  t.point(whole.status == 0 and whole.clean(), "the capture before it is cut", whole)
  frames = len(captures.unpack(good))
  p.file("cut.pcap", good[:-20])
  result, stats = p.stats("-r", "cut.pcap", "--json", "cut.jsonl")
  t.point(result.clean() and result.status == 3 and "cut.pcap" in result.err, "a cut capture ends with status 3", result)
  t.equal(stats.get("packets", {}).get("received"), frames - 1, "a cut capture: every whole packet was read")
  with open(p.file("cut.jsonl"), "rb") as f:
    faults, assertions = check(f.read())
  t.point(not faults and any("nginx" in str(a) for a in assertions), "a cut capture: what it told is delivered", faults)
  p.file("junk.pcap", good + b"\xff" * 64)
  result, stats = p.stats("-r", "junk.pcap", "--json", "junk.jsonl")
  t.point(result.clean() and result.status == 3 and stats.get("packets", {}).get("received") == frames,
          "a capture with junk behind it", f"{result}\n{stats}")
  for command, name in ((("gzip", "-c"), "cut.pcap.gz"), (("zstd", "-qc"), "cut.pcap.zst")):
    many = captures.pcap(captures.web() * 3000)
    packed = subprocess.run(command, input=many, stdout=subprocess.PIPE, check=True).stdout
    p.file(name, packed[:len(packed) * 2 // 3])
    result = p.observe("-r", name, "--json", "packed.jsonl")
    t.point(result.clean() and result.status in (2, 3) and name in result.err, f"{name} is cut", result)
    p.file(name, packed)
    result, stats = p.stats("-r", name, "--json", "packed.jsonl")
    t.equal((result.status, stats.get("packets", {}).get("received")), (0, frames * 3000), f"{name[4:]} is read whole")


def usage(t, p):
  refused(t, p.observe("-r", "good.pcap", "-f", "tcp and and"), "a bad filter")
  refused(t, p.observe("-r", "good.pcap", "-f", "no such words"), "a filter of unknown words")
  refused(t, p.observe("-r", "good.pcap", "--no-such-option"), "an unknown option", names="--no-such-option")
  refused(t, p.observe(), "no input named")
  refused(t, p.observe("-r"), "an option without its value")
  for value in ("0", "-1", "many", "99999999999999999999"):
    refused(t, p.observe("-r", "good.pcap", "--workers", value), f"--workers {value}")
  refused(t, p.observe("-r", "good.pcap", "--local", "10.0.0.0/33"), "--local with a wrong prefix")
  refused(t, p.observe("-r", "good.pcap", "--exclude", "not-an-address"), "--exclude of no address")
  refused(t, p.observe("-r", "good.pcap", "--privacy", "userName=sell"), "--privacy with an unknown treatment")
  refused(t, p.observe("-r", "good.pcap", "--repository", "teapot:x"), "a repository of an unknown kind")
  refused(t, p.observe("-r", "good.pcap", "--publish", "teapot://x"), "a publish address of an unknown kind")
  refused(t, p.observe("-r", tap.LAB, "--flows", "udp://127.0.0.1:70000"), "a port that is none")
  refused(t, p.observe("--collect", "udp://127.0.0.1:4739"), "an option that is not there yet")
  refused(t, p.run("no-such-command"), "an unknown command", names="no-such-command")
  refused(t, p.run("evaluate"), "a command that is not there yet")
  p.observe("-r", "good.pcap", "--repository", "sqlite:verbs.db")
  words = ["query", "endpoints"]
  behind, before = p.run("repository", *words, "--repository", "sqlite:verbs.db"), p.run("repository", "--repository", "sqlite:verbs.db", *words)
  t.point(before.status == 0 and before.out == behind.out and before.out, "a verb of repository stands before or behind options", before)
  refused(t, p.run("repository", "--repository", "sqlite:verbs.db", "qeury"), "a verb of repository that is none", names="qeury")
  for arguments in (("--help",), ("observe", "--help"), ("inventory", "--help"), ("--version",)):
    result = p.run(*arguments)
    t.point(result.status == 0 and result.out and not result.lines, f"{' '.join(arguments)} answers", result)


def databases(t, p):
  path = p.file("foreign.db")
  with sqlite3.connect(path) as db:
    db.execute("CREATE TABLE recipes (name TEXT)")
    db.execute("INSERT INTO recipes VALUES ('soup')")
  db.close()
  with open(path, "rb") as f:
    before = f.read()
  refused(t, p.observe("-r", "good.pcap", "--repository", "sqlite:foreign.db"), "a foreign database", (1, 2), "foreign.db")
  with open(path, "rb") as f:
    t.point(f.read() == before, "a foreign database is left as it was")
  p.file("text.db", b"no database at all\n" * 100)
  refused(t, p.observe("-r", "good.pcap", "--repository", "sqlite:text.db"), "a file that is no database", (1, 2), "text.db")
  refused(t, p.observe("-r", "good.pcap", "--repository", "sqlite:no/such/folder/x.db"), "a database in no folder", (1, 2))
  refused(t, p.run("inventory", "--repository", "sqlite:none.db"), "the inventory of no database", (1, 2), "none.db")
  for words in (["show", "a", "--software", "b"], ["history", "a", "--name", "b"], ["history", "a", "--at", "now"], ["diff"], ["list", "--since", "now"],
                ["--latest", "--at", "now"], ["diff", "--since", "24h", "--latest"]):
    refused(t, p.run("inventory", *words), "inventory " + " ".join(words), (2,), "onlooker inventory: ")
  t.point(not os.path.exists(p.file("none.db")), "asking for an inventory makes no database")
  p.observe("-r", "good.pcap", "--repository", "sqlite:locked.db")
  holder = sqlite3.connect(p.file("locked.db"), isolation_level=None)
  holder.execute("PRAGMA locking_mode = EXCLUSIVE")
  holder.execute("BEGIN EXCLUSIVE")
  result = p.observe("-r", "good.pcap", "--repository", "sqlite:locked.db", seconds=60)
  holder.close()
  refused(t, result, "a locked database", (1, 2), "locked.db")


def begun_at_once(t, p):
  """Several that find no repository make it together: each stores what it found."""
  versions = [f"1.{n}.1" for n in range(6)]
  for n, version in enumerate(versions):
    p.file(f"begun-{n}.pcap", captures.pcap(captures.web(b"nginx/" + version.encode())))
  missing = []
  for turn in range(4):
    url = f"sqlite:begun-{turn}.db"
    runs = [subprocess.Popen([p.path, "observe", "-r", f"begun-{n}.pcap", "--repository", url], cwd=p.folder.name,
                             stderr=subprocess.PIPE) for n in range(len(versions))]
    said = [run.communicate(timeout=60)[1] for run in runs]
    found = p.run("repository", "--repository", url, "query", "software", "software=nginx").out.decode()
    missing += [(turn, v, said) for v in versions if f'"softwareVersion":"{v}"' not in found]
  t.equal(missing, [], "six that begin one repository at once each store what they found")


def outputs(t, p):
  for option, value in (("--json", "/dev/full"), ("--flows", "/dev/full"), ("--stats", "/dev/full")):
    result = p.observe("-r", "good.pcap", option, value)
    t.point(result.clean() and result.status in (1, 3) and len(result.lines) == 1 and "/dev/full" in result.err,
            f"a full disk under {option}", result)
  result = p.observe("-r", "good.pcap", "--json", "/dev/full", "--flows", "kept.ipfix", "--repository", "sqlite:kept.db")
  t.point(result.status in (1, 3) and os.path.getsize(p.file("kept.ipfix")) > 0 and
          b"nginx" in p.run("inventory", "--json", "--repository", "sqlite:kept.db").out,
          "a sink that fails does not stop the others", result)
  full_disk(t, p)
  for option in ("--json", "--flows", "--stats"):
    refused(t, p.observe("-r", "good.pcap", option, "no/such/folder/file"), f"{option} into no folder", (1, 2), "no/such/folder")
  with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
    refused(t, p.observe("-r", "good.pcap", "--publish", "bind:" + address), "a publish address in use", (1, 2), address[6:])


def full_disk(t, p):
  """A repository on a disk that fills while it is written."""
  if os.geteuid():
    t.skip("a full disk under --repository", "making one needs root")
    return
  folder = p.file("disk")
  os.makedirs(folder)
  script = f"mount -t tmpfs -o size=$1 tmpfs {folder} && shift && exec \"$@\""
  for size in ("16k", "64k"):
    command = ["unshare", "-m", "sh", "-c", script, "sh", size, p.path, "observe", "-r", tap.LAB, "--repository",
               f"sqlite:{folder}/full.db"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                          check=False)
    result = tap.Result(done.returncode, done.stdout, done.stderr)
    if "unshare:" in result.err or "mount:" in result.err:
      t.skip(f"a full disk of {size} under --repository", "no file system can be mounted here")
      continue
    t.point(result.clean() and result.status in (1, 2, 3) and len(result.lines) == 1 and "full.db" in result.err,
            f"a full disk of {size} under --repository", result)


def files_are_spared(t, p):
  """What is read is not written over, whatever it is called; and no file gets two kinds of output."""
  with open(p.file("good.pcap"), "rb") as f:
    before = f.read()
  os.symlink("good.pcap", p.file("link-to-good.pcap"))
  for words in (("--json", "good.pcap"), ("--flows", "./good.pcap"), ("--stats", "link-to-good.pcap"), ("--repository", "sqlite:good.pcap")):
    refused(t, p.observe("-r", "good.pcap", *words), f"{words[0]} over the capture", names="good.pcap")
  with open(p.file("good.pcap"), "rb") as f:
    t.point(f.read() == before, "the capture is as it was")
  refused(t, p.observe("-r", "good.pcap", "--json", "both.out", "--flows", "both.out"), "two outputs into one file", names="both.out")
  result = p.observe("-r", "good.pcap", "--json", "/dev/null", "--flows", "/dev/null")
  t.point(result.status == 0, "a device takes both", result)
  if os.path.exists("/dev/full"):
    with open("/dev/full", "wb") as full:
      done = subprocess.run([p.path, "observe", "-r", "good.pcap"], stdout=full, stderr=subprocess.PIPE, cwd=p.folder.name, check=False)
    t.point(done.returncode == 1 and done.stderr.count(b"\n") == 1, "a table that cannot be written is a failure", done)


def test(t, p):
  p.file("good.pcap", captures.pcap(captures.web()))
  for part in (files, many, damaged, usage, databases, begun_at_once, outputs, files_are_spared):
    part(t, p)


tap.main(test)
