#!/usr/bin/env python3
"""Flows to a collector over TLS: who is trusted, who is not, and that what was sent has arrived."""
import os
import socket
import ssl
import subprocess
import threading

import tap
from test_flows import messages


def certificates(p):
  """Two authorities, and what the first signed: a collector, one of another name, and an exporter."""
  def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

  def authority(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", p.file(f"{name}.key"), "-out", p.file(f"{name}.pem"))

  def leaf(name, alternative):
    p.file("ext", f"subjectAltName={alternative}\n".encode())
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", p.file(f"{name}.key"), "-out", p.file("request"))
    openssl("x509", "-req", "-in", p.file("request"), "-CA", p.file("authority.pem"), "-CAkey", p.file("authority.key"),
            "-CAcreateserial", "-days", "2", "-extfile", p.file("ext"), "-out", p.file(f"{name}.pem"))

  authority("authority")
  authority("stranger")
  leaf("collector", "DNS:localhost,IP:127.0.0.1")
  leaf("elsewhere", "DNS:collector.example")
  leaf("exporter", "DNS:sensor.example")


class Collector:
  """Takes one connection and keeps what comes over it. Without `handshake` it hangs up on whoever says hello."""

  def __init__(self, p, certificate="collector", mutual=False, version=ssl.TLSVersion.TLSv1_3, handshake=True):
    self.data, self.failure, self.handshake = b"", None, handshake
    self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    self.context.load_cert_chain(p.file(f"{certificate}.pem"), p.file(f"{certificate}.key"))
    self.context.maximum_version = version
    if mutual:
      self.context.verify_mode = ssl.CERT_REQUIRED
      self.context.load_verify_locations(p.file("authority.pem"))
    self.socket = socket.create_server(("127.0.0.1", 0))
    self.socket.settimeout(5)
    self.port = self.socket.getsockname()[1]
    self.thread = threading.Thread(target=self.serve, daemon=True)
    self.thread.start()

  def serve(self):
    try:
      plain, _ = self.socket.accept()
      plain.settimeout(30)
      if not self.handshake:
        plain.recv(5)
        plain.close()
        return
      with self.context.wrap_socket(plain, server_side=True) as s:
        while part := s.recv(65536):
          self.data += part
    except OSError as e:
      self.failure = str(e)

  def join(self):
    self.socket.close()
    self.thread.join(30)


def taken(t, p, name, collector, *options, host="127.0.0.1"):
  """What the collector has is what a file has, but for export times."""
  result, stats = p.stats("-r", tap.LAB, "--workers", "1", "--flows", f"tls://{host}:{collector.port}", "--flows-ca",
                          p.file("authority.pem"), *options)
  collector.join()
  sink = stats.get("sinks", {}).get("flows", {})
  t.point(result.clean() and result.status == 0 and not collector.failure, name, f"{result}\n{collector.failure}")
  t.point(sink.get("delivered") and sink["offered"] == sink["delivered"], f"{name}: all is delivered", sink)
  path = p.file("got.ipfix", collector.data)
  whole = p.file("file.ipfix")
  p.observe("-r", tap.LAB, "--workers", "1", "--flows", whole)
  got, wanted = (sum(len(m) for m in messages(x)) for x in (path, whole))
  dump = subprocess.run(["ipfixDump", "--rfc5610", "--data", "--in", path], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                        errors="replace", timeout=60, check=False)
  t.equal(dump.stdout.count("flowEndReason :"), sink.get("delivered"), f"{name}: every flow has arrived")
  t.point(abs(got - wanted) < 200, f"{name}: as much as in a file", f"{got} {wanted}")


def refused(t, p, name, said, status, *arguments, collector=None):
  port = collector.port if collector else 9
  result, stats = p.stats("-r", tap.LAB, "--workers", "1", "--flows", f"tls://127.0.0.1:{port}", *arguments)
  if collector:
    collector.join()
  t.point(result.clean() and result.status == status and len(result.lines) == 1 and said in result.err, name, result)
  t.point(not collector or not collector.data, f"{name}: nothing is given away")


def test(t, p):
  certificates(p)
  trust = ("--flows-ca", p.file("authority.pem"))
  ours = ("--flows-certificate", p.file("exporter.pem"), "--flows-private-key", p.file("exporter.key"))
  taken(t, p, "TLS 1.3", Collector(p))
  taken(t, p, "TLS 1.2", Collector(p, version=ssl.TLSVersion.TLSv1_2))
  taken(t, p, "a collector by name", Collector(p), host="localhost")
  taken(t, p, "both show certificates", Collector(p, mutual=True), *ours)
  with open(p.file("both.pem"), "wb") as f:
    for end in ("pem", "key"):
      with open(p.file(f"exporter.{end}"), "rb") as part:
        f.write(part.read())
  taken(t, p, "certificate and key in one file", Collector(p, mutual=True), "--flows-certificate", p.file("both.pem"))
  refused(t, p, "an authority we do not trust", "not accepted", 1, "--flows-ca", p.file("stranger.pem"), collector=Collector(p))
  refused(t, p, "without an authority the system's count", "not accepted", 1, collector=Collector(p))
  refused(t, p, "a certificate of another name", "not accepted", 1, *trust, collector=Collector(p, "elsewhere"))
  refused(t, p, "a collector that wants a certificate", "refuses us", 1, *trust, collector=Collector(p, mutual=True))
  refused(t, p, "the same in TLS 1.2", "no TLS with the collector", 1, *trust,
          collector=Collector(p, mutual=True, version=ssl.TLSVersion.TLSv1_2))
  refused(t, p, "a collector that hangs up", "no TLS with the collector", 1, *trust, collector=Collector(p, handshake=False))
  refused(t, p, "nobody listens", "is a collector listening there?", 1, *trust)
  missing = p.file("missing.pem")
  for option in ("ca", "certificate"):
    refused(t, p, f"--flows-{option} of a file that is not there", f"{missing} cannot be used: No such file or directory", 2,
            f"--flows-{option}", missing)
  refused(t, p, "a certificate that is none", "cannot be used", 2, "--flows-certificate", tap.LAB)
  refused(t, p, "a key of another certificate", "cannot be used", 2, "--flows-certificate", p.file("exporter.pem"),
          "--flows-private-key", p.file("collector.key"))
  result = p.observe("-r", tap.LAB, "--flows", p.file("x.ipfix"), *trust)
  t.point(result.status == 2 and len(result.lines) == 1 and not os.path.exists(p.file("x.ipfix")), "a file needs no authority", result)


if __name__ == "__main__":
  tap.main(test)
