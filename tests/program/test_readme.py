#!/usr/bin/env python3
"""What the README and the man pages say is what the program says."""
import json
import os
import re

import tap

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def text(*path):
  with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
    return f.read()


def options_in_man(name):
  page = text("man", f"onlooker-{name}.1").replace("\\-", "-")
  lists = re.findall(r"\.(?:It |Op |Bk )?Fl ([^\n]*)", page) + re.findall(r"\bFl ([^\n]*)", page)
  return {"-" + word.rstrip(",") for line in lists for word in line.split() if re.match(r"-[a-z]", word)}


def commands(p):
  return re.findall(r"^  ([a-z]+)  ", p.run("--help").out.decode(), re.M)


def inventory_is_todays(t, p):
  block = re.search(r"<!-- inventory -->\n```\n(.*?)```\n", text("README.md"), re.S).group(1)
  os.environ["COLUMNS"] = "110"
  printed = p.observe("-r", tap.LAB).out.decode()
  t.equal(block.splitlines(), printed.splitlines(), "the README's inventory is what the program prints")


def options_are_in_man(t, p):
  names = commands(p)
  t.point(len(names) > 8, "--help names the commands", names)
  main_page = text("man", "onlooker.1")
  t.equal([n for n in names if f".It Cm {n}\n" not in main_page], [], "onlooker(1) has every command")
  common = {"--help", "--version", "--config", "--read", "--interface", "--filter"}
  for name in names:
    helps = [p.run(name, "--help").out.decode()]
    if name == "repository":
      helps.append(p.run(name, "import", "--help").out.decode())
    shown = {o for h in helps for o in re.findall(r"^ +(?:-\w, )?(--[a-z][a-z0-9-]*)", h, re.M)}
    t.equal(sorted(shown - options_in_man(name) - common), [], f"onlooker-{name}(1) has every option of --help")


def help_of(p, name):
  out = p.run(name, "--help").out.decode()
  return out + (p.run(name, "import", "--help").out.decode() if name == "repository" else "")


def man_is_no_more(t, p):
  """What a man page describes is in --help, and where both name a default it is the same."""
  for name in commands(p):
    shown = help_of(p, name)
    entries = re.findall(r"^\.It (Fl [^\n]*)", text("man", f"onlooker-{name}.1"), re.M)
    said = {"-" + o for entry in entries for o in re.findall(r"(?<![\w-])-[a-z][a-z-]+", entry)}
    t.equal(sorted(said - set(OPTION.findall(shown))), [], f"every option of onlooker-{name}(1) is in --help")
    page = text("man", f"onlooker-{name}.1").replace("\\-", "-")
    wrong = []
    for option, default in re.findall(r"^ +(?:-\w, )?--([a-z-]+) .*\(default:? ([0-9]+|sqlite:\S+|tcp:\S+|urn:\S+)\)", shown, re.M):
      entry = re.search(rf"^\.It (?:Fl \w , )?Fl -{option}\b(.*?)(?=^\.It |^\.El|\Z)", page, re.M | re.S)
      stated = entry and re.search(r"default\s+(?:\.(?:Ar|Cm|Pa)\s+)?(\S+)", entry.group(1).replace("\n", " "))
      if stated and stated.group(1).rstrip(".,;") != default:
        wrong.append((option, default, stated.group(1)))
    t.equal(wrong, [], f"defaults of onlooker-{name}(1) are those of --help")


def options_exist(t, p):
  known = set()
  for name in commands(p):
    known |= set(OPTION.findall(p.run(name, "--help").out.decode()))
  known |= set(OPTION.findall(p.run("repository", "import", "--help").out.decode()))
  said = {o for o in OPTION.findall(re.sub(r"--(?:no-huge|no-pci|vdev|now|collect)\b|<!--.*?-->", "", text("README.md")))}
  t.equal(sorted(said - known), [], "every option the README names is there")


def example_of_signatures_holds(t, p):
  """The file that docs/signatures.md shows passes `signatures test`."""
  block = re.search(r"## A file\n\n((?:    [^\n]*\n)+)", text("docs", "signatures.md")).group(1)
  p.file("shown.yaml", re.sub(r"^    ", "", block, flags=re.M).encode())
  result = p.run("signatures", "test", "--signatures", "shown.yaml")
  t.point(result.status == 0, "the example of docs/signatures.md is true", f"{result}\n{result.out.decode()[-500:]}")


def explanation_is_todays(t, p):
  """What the README shows of `signatures explain`; … stands for what it leaves out."""
  shown = re.search(r"\$ onlooker signatures explain http.server '([^']*)'\n((?:    [^\n]*\n)+)", text("README.md"))
  said = p.run("signatures", "explain", "http.server", shown.group(1)).out.decode().splitlines()
  wanted = [line[4:] for line in shown.group(2).splitlines() if line.strip() not in ("…", "")]
  lost = [w for w in wanted if not any(re.fullmatch(".*".join(map(re.escape, w.split("…"))), s) for s in said)]
  t.equal(lost, [], "what the README shows of an explanation is what the program says")


def names_in(value):
  """The names of all members in a piece of JSON."""
  if isinstance(value, dict):
    return set(value) | {name for v in value.values() for name in names_in(v)}
  return {name for v in value for name in names_in(v)} if isinstance(value, list) else set()


def members_are_told(t, p):
  """Each member of what the program writes as JSON has its name in the manual or the documents."""
  told = text("man", "onlooker-observe.1") + "".join(text("docs", name) for name in ("repository.md", "fabric.md", "elements.md"))
  result, stats = p.stats("-r", tap.LAB, "--json", "-", "--flows", "flows.ipfix")
  inventory = p.inventory("-r", tap.LAB)[1]
  for what, lines in (("--stats", [json.dumps(stats)]), ("--json", result.out.splitlines()), ("inventory --json", inventory.splitlines())):
    names = {name for line in lines for name in names_in(json.loads(line))}
    unknown = sorted(name for name in names if not re.search(rf"\b{re.escape(name)}\b", told))
    t.point(names and not unknown, f"every member of {what} is documented", unknown)


def test(t, p):
  inventory_is_todays(t, p)
  options_are_in_man(t, p)
  man_is_no_more(t, p)
  options_exist(t, p)
  example_of_signatures_holds(t, p)
  explanation_is_todays(t, p)
  members_are_told(t, p)


tap.main(test)
