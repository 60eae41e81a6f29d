#!/usr/bin/env python3
"""The registry generator refuses what is wrong: one thing broken a case.   registry.py ELEMENTS_PY ELEMENTS_CSV DOC"""
import os
import subprocess
import sys
import tempfile

GOOD = "own,9000,goodName,string,default,none,no,own,something\n"
BROKEN = {
    "a number twice": "own,9000,otherName,string,default,none,no,own,x\n",
    "a name twice": "own,9001,goodName,string,default,none,no,own,x\n",
    "a name that differs in case only": "own,9001,Goodname,string,default,none,no,own,x\n".replace("G", "g"),
    "a name of IANA's": "own,9001,octetDeltaCount,unsigned64,default,none,no,own,x\n",
    "a number with the reverse bit": "own,16384,otherName,string,default,none,no,own,x\n",
    "number zero": "own,0,otherName,string,default,none,no,own,x\n",
    "an unknown type": "own,9001,otherName,text,default,none,no,own,x\n",
    "unknown semantics": "own,9001,otherName,string,odd,none,no,own,x\n",
    "unknown units": "own,9001,otherName,string,default,miles,no,own,x\n",
    "a name with a capital first": "own,9001,OtherName,string,default,none,no,own,x\n",
    "a name that begins with reverse": "own,9001,reverseName,string,default,none,no,own,x\n",
    "an unknown origin": "cisco,9001,otherName,string,default,none,no,own,x\n",
    "a missing column": "own,9001,otherName,string,default,none,no,own\n",
}


def status(script, *arguments):
    return subprocess.run([sys.executable, script, *arguments], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode


def main():
    script, registry, document = sys.argv[1:]
    if status(script, "check", registry, document):
        sys.exit(f"{document} is not made from {registry}: run scripts/elements.py md")
    with open(registry, encoding="utf-8") as f:
        whole = f.read()
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "elements.csv")
        for what, row in {"nothing wrong": "", **BROKEN}.items():
            with open(path, "w", encoding="utf-8") as f:
                f.write(whole + GOOD + row)
            if (status(script, "check", path) == 0) != (row == ""):
                sys.exit(f"{what}: not told apart")
            print(f"# {what}: ok")


if __name__ == "__main__":
    main()
