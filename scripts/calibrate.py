#!/usr/bin/env python3
"""How often what Onlooker says is right, by how sure it says it is.

  calibrate.py --truth FILE --assertions FILE
  calibrate.py --truth FILE --onlooker PROGRAM --corpus DIR [--jobs N] [--methods] [--wrong FILE]

TRUTH is JSON Lines of facts known from elsewhere:
  {"pcap": name, "endpoint": {"ip", "mac", "port"}, "kind": …, "value": …, "version": …, "raw": …}
with the kinds software-server, software-client, os, os-build, os-declared and device. With --assertions one file of
`onlooker observe --json` is held against all of it; with --corpus every capture named is observed.

Operating systems of hosts of which more than one family is said are a kind of their own: the fact was then mostly read
from the very words that may be a lie. So is what a doubtful user agent says: whether it is true no fact read from it tells.

A claim is judged when there is a fact about the same thing, and left out otherwise: server software by address and
port, a client by the text that it was read from, an operating system by address, hardware by address. It is right when
it names what the fact names, and the version agrees where both have one. Per confidence band: how many claims, how sure
they were on average, how many were right, and the difference in points. Standard library only.
"""
import argparse
import collections
import concurrent.futures
import json
import re
import subprocess
import sys

BANDS = ((0, 49), (50, 74), (75, 89), (90, 96), (97, 100))
FAMILIES = (("windows",), ("android", "linux", "ubuntu", "debian", "fedora", "centos", "redhat", "raspbian", "suse", "openwrt"),
            ("macos", "macosx", "darwin", "ios", "ipados"), ("freebsd",), ("openbsd",), ("netbsd",), ("solaris", "sunos"))
WITHDRAWN = 1  # percent: it was said in error
DOUBTFUL = "http.doubtfulUserAgent"
OS_KINDS = ("os", "os-build", "os-declared", "os-smb")


def norm(text):
    return re.sub(r"[^a-z0-9]+", "", str(text or "").lower())


def same_name(fact, title, creator):
    """Either contains the other; a name of few letters has to be the title, or a word of it."""
    a, b = norm(fact), norm(title)
    if not a or not b:
        return False
    return a in b or (len(b) >= 4 and b in a) or a in norm(creator) + b


def versions_agree(fact, said):
    """One is the other, cut at a dot, a dash or a letter; nothing said is not wrong."""
    a, b = sorted((re.sub(r"^v(?=\d)", "", str(x or "").lower()) for x in (fact, said)), key=len)
    return not a or b == a or (b.startswith(a) and not (a[-1].isdigit() and b[len(a)].isdigit()))


def family(title):
    name = norm(title)
    for i, names in enumerate(FAMILIES):
        if any(name.startswith(n) or (n == "linux" and n in name) for n in names):
            return i
    return None


class Truth:
    """The facts about one capture, by what they are about."""

    def __init__(self, facts):
        self.server, self.client, self.system, self.device = (collections.defaultdict(list) for _ in range(4))
        for f in facts:
            e, kind = f.get("endpoint", {}), f["kind"]
            hosts = [str(e[k]).lower() for k in ("ip", "mac") if e.get(k)]
            if kind == "software-server" and e.get("port"):
                for h in hosts:
                    self.server[h, int(e["port"])].append(f)
            elif kind == "software-client" and f.get("raw"):
                self.client[f["raw"][:80]].append(f)
            elif kind in OS_KINDS:
                for h in hosts:
                    self.system[h].append(f)
            elif kind == "device":
                for h in hosts:
                    self.device[h].append(f)

    def judge(self, hosts, name, value, evidence, contested):
        """(kind, right or not), or None when there is no fact about it."""
        role, title = value.get("role"), value.get("softwareTitle")
        if name == "hardware" and value.get("model"):
            facts = [f for h in hosts for f in self.device.get(h, ())]
            text = norm(value.get("manufacturer")) + norm(value["model"])
            return ("hardware", any(norm(f["value"]) in text or norm(value["model"]) in norm(f["value"]) for f in facts)) if facts else None
        if name != "softwareInstance":
            return None
        if role == "server":
            facts = [f for h in hosts for f in self.server.get((h, value.get("port")), ())]
        elif role == "client":
            facts = [f for e in evidence for f in self.client.get(str(e.get("value"))[:80], ())]
        elif role == "operatingSystem":
            verdict = self.judge_system(hosts, value)
            return ("contested system", verdict[1]) if verdict and contested else verdict
        else:
            return None
        if not facts:
            return None
        return ("software", any(same_name(f["value"], title, value.get("softwareCreator")) and
                                versions_agree(f.get("version"), value.get("softwareVersion")) for f in facts))

    def judge_system(self, hosts, value):
        facts = [f for h in hosts for f in self.system.get(h, ())]
        said = family(value.get("softwareTitle"))
        named = [f for f in facts if f["kind"] in ("os", "os-smb") and family(f["value"]) is not None]
        builds = [f for f in facts if f["kind"] == "os-build" and f.get("version")]
        if said is None or not (named or builds):
            return None
        ok = any(family(f["value"]) == said for f in named) or (builds and said == 0)
        version = value.get("softwareVersion")
        known = [f["version"] for f in named + builds if f.get("version")]
        if ok and version and known:
            ok = any(versions_agree(k, version) for k in known)
        return "operating system", bool(ok)


def statements(lines):
    """(hosts, attribute, value) of every attribute that is a thing with members."""
    for line in lines:
        a = json.loads(line)
        hosts = [str(d["value"]).lower() for d in a.get("endpoint", {}).get("designation", ())
                 if d["name"] in ("ipv4Address", "ipv6Address", "macAddress")]
        for x in a.get("attributes", ()):
            if isinstance(x["value"], dict):
                yield hosts, x, x["value"]


def judged(truth, lines):
    """(kind, confidence, right, method, text) of every claim there is a fact about, once."""
    out, families = {}, collections.defaultdict(set)
    said = list(statements(lines))
    for hosts, x, value in said:
        if value.get("role") == "operatingSystem" and family(value.get("softwareTitle")) is not None:
            for h in hosts:
                families[h].add(family(value["softwareTitle"]))
    for hosts, x, value in said:
        contested = any(len(families[h]) > 1 for h in hosts)
        verdict = truth.judge(hosts, x["name"], value, x.get("evidence") or (), contested)
        if verdict and x.get("method") == DOUBTFUL:
            verdict = ("doubtful words", verdict[1])
        if verdict:
            # what is said again, with another confidence, is one claim: as it stood last; what is withdrawn is none
            text = json.dumps([hosts, x["name"], value], sort_keys=True)
            if x["confidence"] == WITHDRAWN:
                out.pop(text, None)
            else:
                out[text] = (verdict[0], x["confidence"], verdict[1], x.get("method", ""), text)
    return out.values()


def observe(args, capture, facts):
    run = subprocess.run([args.onlooker, "observe", "-r", f"{args.corpus}/{capture}", "--json", "-"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300, check=False)
    return judged(Truth(facts), run.stdout.decode("utf-8", "replace").splitlines())


def claims_of(args, facts):
    if args.assertions:
        with open(args.assertions, encoding="utf-8") as f:
            return list(judged(Truth(facts), f))
    by_capture = collections.defaultdict(list)
    for f in facts:
        by_capture[f["pcap"]].append(f)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        runs = [pool.submit(observe, args, c, by_capture[c]) for c in sorted(by_capture)]
        return [claim for r in runs for claim in r.result()]


def table(head, groups):
    print(f"{head:26}{'band':>9}{'claims':>8}{'says':>7}{'right':>8}{'points':>8}")
    for name, claims in groups:
        for low, high in BANDS:
            band = [c for c in claims if low <= c[1] <= high]
            if band:
                says = sum(c[1] for c in band) / len(band)
                right = 100 * sum(c[2] for c in band) / len(band)
                print(f"{name:26}{f'{low}-{high}':>9}{len(band):8}{says:7.1f}{right:8.1f}{right - says:+8.1f}")


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--truth", required=True)
    ap.add_argument("--assertions")
    ap.add_argument("--onlooker")
    ap.add_argument("--corpus")
    ap.add_argument("--jobs", type=int, default=1)
    ap.add_argument("--methods", action="store_true", help="a table by method too")
    ap.add_argument("--wrong", help="write the claims that are wrong to this file")
    args = ap.parse_args()
    if not args.assertions and not (args.onlooker and args.corpus):
        ap.error("give --assertions, or --onlooker and --corpus")
    with open(args.truth, encoding="utf-8") as f:
        facts = [json.loads(line) for line in f if line.strip()]
    claims = claims_of(args, facts)
    kinds = sorted({c[0] for c in claims})
    table("kind", [(k, [c for c in claims if c[0] == k]) for k in kinds] +
          [("all others", [c for c in claims if not c[0].startswith(("contested", "doubtful"))])])
    if args.methods:
        print()
        table("method", [(m, [c for c in claims if c[3] == m]) for m in sorted({c[3] for c in claims})])
    if args.wrong:
        with open(args.wrong, "w", encoding="utf-8") as f:
            for c in claims:
                if not c[2]:
                    f.write(json.dumps(c) + "\n")
    return 0 if claims else 1


if __name__ == "__main__":
    sys.exit(main())
