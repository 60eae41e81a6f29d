"""A little network of namespaces on one bridge, which is gone when the `with` block ends, however it ends.

Every host is a network namespace with one interface, its own MAC and host name; what runs in it sees /run, the
resolver's files and the process table of a machine of its own. The bridge has a namespace too, so that nothing of
the machine's own network is touched. Names begin with ol-PID-.
"""
import ctypes
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

ENTER = """set -e
hostname "$1"
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/vsftpd/empty /run/dovecot /run/avahi-daemon
for f in hosts resolv.conf nsswitch.conf; do
  [ -e /etc/$f ] || : >/etc/$f
  mount --bind "$2/$f" /etc/$f
done
[ ! -e /etc/mailname ] || mount --bind "$2/mailname" /etc/mailname
[ ! -d /etc/avahi/services ] || mount --bind "$2/avahi-services" /etc/avahi/services
shift 2
"$@" & # not exec: the first process of the namespace inherits orphans, and vsftpd dies of children it does not know
wait $!
"""


def run(*command, **options):
  """Runs a command that must succeed; what it printed is shown when it does not."""
  done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                        errors="replace", timeout=options.pop("timeout", 20), check=False, **options)
  if done.returncode:
    raise RuntimeError(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}")
  return done.stdout


def die_with_parent():
  PR_SET_PDEATHSIG = 1
  ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Host:
  """One namespace: `spawn` starts a daemon in it, `do` runs a command to its end."""

  def __init__(self, network, name, mac):
    self.network, self.name, self.mac = network, name, mac
    self.namespace = network.prefix + name
    self.folder = os.path.join(network.folder, name)
    os.makedirs(os.path.join(self.folder, "avahi-services"))
    self.write("hosts", "127.0.0.1 localhost\n::1 localhost\n")
    self.write("nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n")
    self.write("resolv.conf", network.resolver)
    self.write("mailname", name + "\n")  # what mail programs call the machine, where a package of this one has set it
    self.write("enter.sh", ENTER)

  def path(self, *parts):
    return os.path.join(self.folder, *parts)

  def write(self, name, text, mode=0o644):
    path = self.path(name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
      f.write(text)
    os.chmod(path, mode)
    return path

  def ip(self, *arguments):
    return run("ip", "-n", self.namespace, *arguments)

  def setting(self, name, value):
    run("ip", "netns", "exec", self.namespace, "sh", "-c", f"echo {value} >/proc/sys/{name}")

  def entered(self, command):
    return ["ip", "netns", "exec", self.namespace, "unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child",
            "--mount-proc", "sh", self.path("enter.sh"), self.name, self.folder, *command]

  def spawn(self, *command):
    log = open(self.path(os.path.basename(command[0]) + ".log"), "ab")
    process = subprocess.Popen(self.entered(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                               cwd=self.folder, preexec_fn=die_with_parent)
    log.close()
    self.network.processes.append((self, command[0], process))

  def do(self, *command, timeout=15):
    return run(*self.entered(command), timeout=timeout, cwd=self.folder)

  def await_ports(self, *ports, seconds=15):
    """Waits until something listens on every "tcp/25"; looks into the kernel, sends nothing."""
    end = time.monotonic() + seconds
    missing = set(ports)
    while missing:
      open_now = run("ip", "netns", "exec", self.namespace, "ss", "-Hlntu")
      for line in open_now.splitlines():
        fields = line.split()
        missing.discard(f"{fields[0]}/{fields[4].rsplit(':', 1)[1]}")
      if time.monotonic() > end:
        raise RuntimeError(f"{self.name}: nothing listens on {', '.join(sorted(missing))}\n{self.logs()}")
      if missing:
        time.sleep(0.1)

  def logs(self):
    out = []
    for name in sorted(os.listdir(self.folder)):
      if name.endswith(".log"):
        with open(self.path(name), encoding="utf-8", errors="replace") as f:
          out.append(f"--- {self.name}/{name}\n{f.read()[-2000:]}")
    return "\n".join(out)

  def addresses(self):
    """{"inet": […], "inet6": […]} of eth0, as the kernel has them now."""
    found = {"inet": [], "inet6": []}
    for link in json.loads(self.ip("-j", "address", "show", "dev", "eth0")):
      for a in link.get("addr_info", []):
        if a.get("local"):
          found[a["family"]].append(a["local"])
    return found


class Network:
  def __init__(self, resolver):
    self.prefix = f"ol-{os.getpid()}-"
    self.resolver = resolver
    self.hosts, self.processes = {}, []
    self.recorder = self.observer = None

  def __enter__(self):
    remove_orphans()
    self.folder = tempfile.mkdtemp(prefix="onlooker-lab-")
    os.chmod(self.folder, 0o711)
    self.switch = self.prefix + "sw"
    try:
      self.make_switch()
    except BaseException:
      self.close()
      raise
    return self

  def __exit__(self, *_):
    self.close()

  def make_switch(self):
    run("ip", "netns", "add", self.switch)
    run("ip", "netns", "exec", self.switch, "sh", "-c",
        "for f in all default; do echo 1 >/proc/sys/net/ipv6/conf/$f/disable_ipv6; done")
    run("ip", "-n", self.switch, "link", "add", "br0", "type", "bridge", "stp_state", "0", "mcast_snooping", "0")
    run("ip", "-n", self.switch, "link", "set", "br0", "up", "promisc", "on")

  def add(self, name, mac):
    """A host whose cable is plugged in and whose interface is still down."""
    host = Host(self, name, mac)
    run("ip", "netns", "add", host.namespace)
    port = "p-" + name[:12]
    host.ip("link", "add", "eth0", "address", mac, "type", "veth", "peer", "name", port, "netns", self.switch)
    for namespace, interface in ((host.namespace, "eth0"), (self.switch, port)):
      run("ip", "netns", "exec", namespace, "ethtool", "-K", interface, "tx", "off", "rx", "off", "tso", "off",
          "gso", "off", "gro", "off")
    run("ip", "-n", self.switch, "link", "set", port, "master", "br0", "up")
    host.ip("link", "set", "lo", "up")
    self.hosts[name] = host
    return host

  def record(self, path):
    self.recorder = subprocess.Popen(
        ["ip", "netns", "exec", self.switch, "tcpdump", "-i", "br0", "-n", "-U", "-s", "0", "-B", "16384",
         "--immediate-mode", "-Z", "root", "-w", path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=die_with_parent)
    for line in self.recorder.stderr:
      if "listening on" in line:
        return
    raise RuntimeError("tcpdump did not start")

  def observe(self, command, seconds=20):
    """Starts Onlooker on the bridge and waits until it has its packet sockets."""
    sockets = lambda: len(run("ip", "netns", "exec", self.switch, "cat", "/proc/net/packet").splitlines())
    before, end = sockets(), time.monotonic() + seconds
    self.observer = subprocess.Popen(["ip", "netns", "exec", self.switch, *command], stdin=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
    while sockets() == before:
      if self.observer.poll() is not None or time.monotonic() > end:
        raise RuntimeError("onlooker does not observe the bridge")
      time.sleep(0.1)

  def stop_observing(self):
    """It must have lost nothing: status 0."""
    self.observer.send_signal(signal.SIGINT)
    said = self.observer.communicate(timeout=30)[1]
    if self.observer.returncode:
      raise RuntimeError(f"onlooker on the bridge: status {self.observer.returncode}\n{said}")

  def stop_recording(self):
    time.sleep(0.5)
    if self.observer:
      self.stop_observing()
    self.recorder.send_signal(signal.SIGINT)
    said = self.recorder.communicate(timeout=10)[1]
    if "0 packets dropped by kernel" not in said:
      raise RuntimeError("tcpdump lost packets: " + said)

  def failed_daemons(self):
    return [(host, name) for host, name, process in self.processes if process.poll() is not None]

  def close(self):
    for watcher in (self.recorder, self.observer):
      if watcher and watcher.poll() is None:
        watcher.kill()
    remove(self.prefix)
    for _, _, process in self.processes:
      process.wait()
    if self.recorder:
      self.recorder.wait()
    shutil.rmtree(self.folder, ignore_errors=True)


def namespaces():
  return [line.split()[0] for line in run("ip", "netns", "list").splitlines() if line]


def remove(prefix):
  """Ends all that runs in the namespaces of this prefix, then the namespaces.

  By the kernel's list of processes: a daemon that changes its user is no longer killed with its parent.
  """
  mine = [name for name in namespaces() if name.startswith(prefix)]
  for name in mine:
    for pid in run("ip", "netns", "pids", name).split():
      try:
        os.kill(int(pid), signal.SIGKILL)
      except ProcessLookupError:
        pass
  for name in mine:
    subprocess.run(["ip", "netns", "delete", name], check=False)


def remove_orphans():
  """What a lab left behind that was itself killed without a chance to clean up."""
  for name in namespaces():
    parts = name.split("-")
    if parts[0] == "ol" and len(parts) > 2 and parts[1].isdigit() and not os.path.exists(f"/proc/{parts[1]}"):
      remove(f"ol-{parts[1]}-")
