#!/usr/bin/env python3
"""Makes what the build and people need out of the element registry, ipfix/elements.csv.

  elements.py c FILE          the C table (struct element, ipfix/element.h)
  elements.py xml FILE [PEN]  the registry as libfixbuf, ipfixDump and other collectors read it
  elements.py md FILE         docs/elements.md
  elements.py check FILE [docs/elements.md]

Every form is made only from a registry that passes the checks.
"""
import csv
import re
import sys
from xml.sax.saxutils import escape

TYPES = ("octetArray unsigned8 unsigned16 unsigned32 unsigned64 signed8 signed16 signed32 signed64 float32 float64 "
         "boolean macAddress string dateTimeSeconds dateTimeMilliseconds dateTimeMicroseconds dateTimeNanoseconds "
         "ipv4Address ipv6Address basicList subTemplateList subTemplateMultiList").split()
SEMANTICS = "default quantity totalCounter deltaCounter identifier flags list snmpCounter snmpGauge".split()
UNITS = ("none bits octets packets flows seconds milliseconds microseconds nanoseconds fourOctetWords messages hops "
         "entries frames ports inferred").split()
LIMITS = {"iana": (1, 32767), "cert": (1, 16383), "own": (1, 16383)}
PEN = {"iana": 0, "cert": 6871}
DOCUMENTATION_PEN = 32473  # RFC 5612: for examples, never for a product


def read(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def problems(rows):
    names, numbers = {}, {}
    for r in rows:
        where = f"{r['origin']} {r['number']} {r['name']}"
        if None in r or None in r.values():
            yield f"{where}: not nine columns"
            continue
        if r["origin"] not in LIMITS:
            yield f"{where}: unknown origin"
            continue
        low, high = LIMITS[r["origin"]]
        if not r["number"].isdigit() or not low <= int(r["number"]) <= high:
            yield f"{where}: number is not in {low}-{high}"
        for column, known in (("type", TYPES), ("semantics", SEMANTICS), ("units", UNITS), ("reversible", ("yes", "no"))):
            if r[column] not in known:
                yield f"{where}: {column} {r[column]} is not known"
        if not re.fullmatch(r"[a-z][A-Za-z0-9]*", r["name"]):
            yield f"{where}: a name is camel case and begins with a small letter"
        if r["name"].startswith("reverse"):
            yield f"{where}: names that begin with reverse belong to RFC 5103"
        if len(r["name"]) > 48 or not r["meaning"]:
            yield f"{where}: name too long or no meaning given"
        if plain(r["name"]) in names:
            yield f"{where}: name collides with {names[plain(r['name'])]}"
        names[plain(r["name"])] = where
        key = r["origin"], r["number"]
        if key in numbers:
            yield f"{where}: number collides with {numbers[key]}"
        numbers[key] = where


def c(rows):
    yield "/* Made by scripts/elements.py from ipfix/elements.csv. */"
    yield '#include "ipfix/element.h"'
    yield ""
    yield "const struct element elements[] = {"
    for r in rows:
        yield (f'\t{{"{r["name"]}", ELEMENT_{r["origin"].upper()}, {r["number"]}, {TYPES.index(r["type"])}, '
               f'{SEMANTICS.index(r["semantics"])}, {UNITS.index(r["units"])}, {int(r["reversible"] == "yes")}}},')
    yield "};"
    yield ""
    yield "const size_t n_elements = sizeof elements / sizeof elements[0];"


def xml(rows, pen):
    yield "<?xml version='1.0' encoding='UTF-8'?>"
    yield f"<!-- Onlooker's own information elements under enterprise number {pen}. Made by elements.py."
    yield "     32473 is the number for documentation (RFC 5612): put yours, or run elements.py xml FILE PEN. -->"
    yield '<registry id="onlooker" xmlns="http://www.iana.org/assignments" xmlns:cert="http://www.cert.org/ipfix">'
    yield '\t<registry id="onlooker-information-elements">'
    for r in rows:
        if r["origin"] == "iana":
            continue
        yield "\t\t<record>"
        yield f"\t\t\t<name>{r['name']}</name>"
        yield f"\t\t\t<dataType>{r['type']}</dataType>"
        yield f"\t\t\t<dataTypeSemantics>{r['semantics']}</dataTypeSemantics>"
        if r["units"] != "none":
            yield f"\t\t\t<units>{r['units']}</units>"
        yield f"\t\t\t<cert:enterpriseId>{PEN.get(r['origin'], pen)}</cert:enterpriseId>"
        if r["reversible"] == "yes":
            yield "\t\t\t<cert:reversible>true</cert:reversible>"
        yield f"\t\t\t<elementId>{r['number']}</elementId>"
        yield "\t\t\t<status>current</status>"
        yield f"\t\t\t<description><paragraph>{escape(r['meaning'])}</paragraph></description>"
        yield "\t\t</record>"
    yield "\t</registry>"
    yield "</registry>"


HEADINGS = (("iana", "IANA's elements"), ("cert", "CERT's elements (enterprise 6871)"), ("own", "Onlooker's own elements"))
TEXT = """# Information elements

Made by `scripts/elements.py md` from `ipfix/elements.csv`; change that file, not this one.

Numbers of Onlooker's own elements stand under a private enterprise number that the configuration gives; there is no
default. Bit 14 of an enterprise element's number says that it tells of the reverse direction (CERT's convention);
IANA's elements tell of the reverse direction under enterprise number 29305 (RFC 5103)."""


def md(rows):
    yield from TEXT.split("\n")
    for origin, heading in HEADINGS:
        yield ""
        yield f"## {heading}"
        yield ""
        yield "| number | name | type | semantics | units | reverse | source | meaning |"
        yield "|---|---|---|---|---|---|---|---|"
        for r in (r for r in rows if r["origin"] == origin):
            cells = [r[k] for k in ("number", "name", "type", "semantics", "units", "reversible", "source", "meaning")]
            yield "| " + " | ".join(cells) + " |"


def main(args):
    if len(args) < 2 or args[0] not in ("c", "xml", "md", "check"):
        sys.exit(__doc__)
    rows = read(args[1])
    wrong = list(problems(rows))
    for sentence in wrong:
        print(f"{args[1]}: {sentence}", file=sys.stderr)
    if wrong:
        return 1
    if args[0] == "check":
        return check(rows, args[2:])
    lines = {"c": lambda: c(rows), "md": lambda: md(rows),
             "xml": lambda: xml(rows, int(args[2]) if len(args) > 2 else DOCUMENTATION_PEN)}[args[0]]()
    print("\n".join(lines))
    return 0


def check(rows, documents):
    for path in documents:
        with open(path, encoding="utf-8") as f:
            if f.read() != "\n".join(md(rows)) + "\n":
                print(f"{path}: is not what elements.csv says; run scripts/elements.py md", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
