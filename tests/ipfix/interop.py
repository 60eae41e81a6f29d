#!/usr/bin/env python3
"""Flow records as others read them: ipfixDump and tshark a file, nfcapd and nfdump what comes over UDP.

  interop.py BENCH_FLOW_EXPORT ELEMENTS_XML     exit status 77 when none of the tools is installed

The benchmark's writer makes the flows, so that their number is known.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

RECORDS = 1000
DATAGRAM_RECORDS = 300  # all in a socket's buffer: the writer is faster than a collector reads
PEN = "32473"


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                          timeout=60).stdout


def expect(what, got, wanted):
    print(f"# {what}: {got}")
    if got != wanted:
        sys.exit(f"{what}: {got}, expected {wanted}")


def ipfix_dump(writer, xml, directory):
    for pen, extra in (("0", ["--rfc5610"]), (PEN, ["--rfc5610"]), (PEN, ["-e", xml])):
        path = os.path.join(directory, f"dump-{pen}.ipfix")
        run(writer, path, str(RECORDS), pen)
        text = run("ipfixDump", "--in", path, *extra)
        expect(f"ipfixDump {extra[0]}, octets", len(re.findall(r"\s(?:\(1\)\s+)?octetDeltaCount : ", text)), RECORDS)
        expect(f"ipfixDump {extra[0]}, flags", len(re.findall(r"\binitialTCPFlags : 2\b", text)), RECORDS)
        for name, value in (("exportedFlowRecordTotalCount", RECORDS), ("observedFlowTotalCount", RECORDS),
                            ("ignoredPacketTotalCount", 0), ("notSentFlowTotalCount", 0)):
            expect(f"ipfixDump {extra[0]}, {name}", re.findall(rf"\s(?:\(\d+\)\s+)?{name} : (\d+)", text), [str(value)])
        expect(f"ipfixDump {extra[0]}, segment", len(re.findall(r"\bnetworkSegment : ", text)), RECORDS * (pen == PEN))
    return True


def tshark(writer, xml, directory):
    path = os.path.join(directory, "shark.ipfix")
    run(writer, path, str(RECORDS), "0")
    text = run("tshark", "-r", path, "-T", "fields", "-e", "cflow.protocol", "-E", "aggregator=,")
    expect("tshark, flows", sum(line.split(",").count("6") for line in text.split("\n")), RECORDS)
    for name, value in (("flowsexp", RECORDS), ("ignore_packets", 0), ("notsent_flows", 0)):
        expect(f"tshark, {name}", run("tshark", "-r", path, "-T", "fields", "-e", f"cflow.{name}").split(), [str(value)])
    expect("tshark, malformed", run("tshark", "-r", path, "-Y", "_ws.malformed").count("\n"), 0)
    return True


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def nfdump(writer, xml, directory):
    port = free_port()
    collector = subprocess.Popen(["nfcapd", "-w", directory, "-p", str(port), "-b", "127.0.0.1", "-t", "3600"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        run(writer, f"udp://127.0.0.1:{port}", str(DATAGRAM_RECORDS))
        time.sleep(1)
    finally:
        collector.send_signal(signal.SIGTERM)
        collector.wait(20)
    text = run("nfdump", "-R", directory, "-I")
    expect("nfdump, flows", int(re.search(r"^Flows: (\d+)", text, re.M).group(1)), DATAGRAM_RECORDS)
    expect("nfdump, sequence failures", int(re.search(r"^Sequence failures: (\d+)", text, re.M).group(1)), 0)
    return True


def main():
    writer, xml = sys.argv[1:]
    read = 0
    for tools, test in ((["ipfixDump"], ipfix_dump), (["tshark"], tshark), (["nfcapd", "nfdump"], nfdump)):
        if not all(shutil.which(tool) for tool in tools):
            print(f"# {' and '.join(tools)} not installed: skipped")
            continue
        with tempfile.TemporaryDirectory() as directory:
            read += test(writer, xml, directory)
    return 0 if read else 77


if __name__ == "__main__":
    sys.exit(main())
