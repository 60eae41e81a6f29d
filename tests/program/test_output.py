#!/usr/bin/env python3
"""Whatever prints tells when what it printed did not get out: a line on standard error, and status 1."""
import os
import re
import subprocess

import tap

try:
  import roles
except ImportError:
  roles = None

TEXT = '{"field": "http.server", "value": "nginx/1.22.1"}\n'


def run(p, words, output, stdin=None):
  """`output` None: it is closed."""
  def close():
    os.close(1)
  with open(output or "/dev/null", "wb") as out:
    done = subprocess.run([p.path, *words], input=stdin or b"", stdout=out, stderr=subprocess.PIPE, cwd=p.folder.name, timeout=60,
                          check=False, preexec_fn=None if output else close)
  return tap.Result(done.returncode, b"", done.stderr)


def tells(t, p, words, stdin=None):
  name = " ".join(words).replace(p.folder.name + "/", "")
  result = run(p, words, "/dev/full", stdin)
  t.point(result.status == 1 and result.clean() and len(result.lines) == 1 and "standard output" in result.err,
          f"a full disk: {name}", result)
  result = run(p, words, None, stdin)
  t.point(result.status == 1 and result.clean() and "standard output" in result.err, f"closed: {name}", result)


def commands(p):
  """Those that help lists."""
  return [name for name in re.findall(r"^  ([a-z]+) ", p.run("--help").out.decode(), re.M) if name != "onlooker"]


def helps(t, p):
  tells(t, p, ["--help"])
  tells(t, p, ["--version"])
  names = commands(p)
  t.point(len(names) >= 11, "commands are listed", names)
  for name in names:
    for words in ([name, "--help"], ["help", name], [name, "--version"]):
      tells(t, p, words)


def alone(t, p):
  """Without a fabric."""
  database = "sqlite:" + p.file("out.db")
  result = p.observe("-r", tap.LAB, "--repository", database, "--json", p.file("lab.jsonl"))
  t.point(result.status == 0, "a repository is made", result)
  first = p.run("inventory", "--json", "--repository", database).out.split(b"\n")[0].decode()
  one = re.search(r'"endpointIdentifier": ?"([^"]+)"', first).group(1)
  p.run("keys", "make", "fabric")
  inventory, kept = ["inventory", "--repository", database], ["--repository", database]
  for words, stdin in (
      (["observe", "-r", tap.LAB], None), (["observe", "-r", tap.LAB, "--json", "-"], None),
      (["doctor"], None), (["doctor", "--json"], None), (["keys", "list"], None),
      (["signatures", "list"], None), (["signatures", "test"], None), (["signatures", "explain", "http.server", "nginx/1.22.1"], None),
      (["signatures", "explain", "--batch"], TEXT.encode()),
      (inventory, None), (inventory + ["--json"], None), (inventory + ["show", one], None), (inventory + ["show", one, "--json"], None),
      (inventory + ["show", one, "--explain"], None), (inventory + ["show", one, "--explain", "--json"], None),
      (inventory + ["history", one], None), (inventory + ["diff", "--since", "2000-01-01T00:00:00Z"], None),
      (inventory + ["diff", "--since", "2000-01-01T00:00:00Z", "--json"], None), (inventory + ["reinfer"], None),
      (["repository", "query", "endpoints"] + kept, None), (["repository", "import", p.file("lab.jsonl")] + kept, None),
      (["repository", "prune", "--retain", "30000"] + kept, None), (["repository", "upgrade"] + kept, None), (["repository", "reinfer"] + kept, None)):
    tells(t, p, words, stdin)


def not_a_file(t, p):
  """What is opened while standard output is closed does not get what is printed."""
  database = p.file("closed.db")
  result = run(p, ["observe", "-r", tap.LAB, "--repository", "sqlite:" + database], None)
  t.point(result.status == 0 and result.clean(), "closed, and nothing to print: all is well", result)
  t.equal(p.run("inventory", "--json", "--repository", "sqlite:" + database).status, 0, "closed: the database is whole")


def on_a_fabric(t, p):
  site = roles.Site(p, "output", plain=True)
  site.fabric()
  site.manager("--pulse", "1")
  site.repository()
  roles.until(lambda: site.ask("manager", "roster").out.count(b"active") >= 2, 20)
  there = ["--fabric", site.url]
  result = p.run("repository", "import", p.file("lab.jsonl"), *there)
  t.point(result.status == 0, "a repository has something to tell", result)
  site.ask("orchestrate", "watch", "some", "--attribute", "softwareInstance")
  result = run(p, ["orchestrate", "start", "full", *there], "/dev/full")
  t.point(result.status == 1 and "standard output" in result.err, "a full disk: orchestrate start", result)
  for words in (["manager", "roster"], ["manager", "roster", "--json"], ["orchestrate", "list"],
                ["orchestrate", "list", "--json"], ["orchestrate", "watches"], ["orchestrate", "watches", "--json"],
                ["watch", "--snapshot", "--count", "5"], ["watch", "--snapshot", "--count", "5", "--json"]):
    tells(t, p, words + there)
  site.stop()
  t.point(site.clean(), "no sanitizer spoke", site.said()[-3000:])
  result = run(p, ["up", "-r", tap.LAB, "--plain", "--state", p.file("up-state")], "/dev/full")
  t.point(result.status == 1 and result.clean() and "standard output" in result.err, "a full disk: up", result)


def test(t, p):
  if not os.path.exists("/dev/full"):
    t.skip("what cannot be written", "there is no /dev/full")
    return
  helps(t, p)
  alone(t, p)
  not_a_file(t, p)
  if roles:
    on_a_fabric(t, p)
  else:
    t.skip("commands that ask a fabric", "python3-zmq is not installed")


tap.main(test)
