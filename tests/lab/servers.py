"""The servers of the lab: how each Debian package is set up in a folder of its own and started in the foreground.

Each function takes the host it runs on; nothing of the packages' own configuration is read or written.
"""
import os
import shutil

from network import run

DOMAIN = "lab.test"
PASSIVE_PORTS = (50000, 50010)


def page(title, text):
  return f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1><p>{text}</p></body></html>\n"


def dnsmasq(host, network4, network6, records):
  """Names, leases and router advertisements."""
  lines = ["keep-in-foreground", "user=root", "no-resolv", "no-hosts", "interface=eth0", "bind-interfaces",
           f"domain={DOMAIN}", f"local=/{DOMAIN}/", "dhcp-authoritative", "no-ping", "dhcp-fqdn",
           f"dhcp-leasefile={host.path('leases')}", f"dhcp-range={network4}.100,{network4}.150,255.255.255.0,12h",
           f"dhcp-option=option:router,{network4}.1", f"dhcp-option=option:dns-server,{network4}.1",
           "enable-ra", f"dhcp-range={network6}::,ra-only,64,12h", f"mx-host={DOMAIN},mail.{DOMAIN},10",
           "log-facility=-"]
  lines += [f"host-record={name}.{DOMAIN},{v4},{v6}" for name, v4, v6 in records]
  host.write("dnsmasq.conf", "\n".join(lines) + "\n")
  host.spawn("dnsmasq", "-C", host.path("dnsmasq.conf"))
  host.await_ports("udp/53", "udp/67")


def nginx(host):
  run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj",
      f"/O=Onlooker Lab/CN={host.name}.{DOMAIN}", "-addext", f"subjectAltName=DNS:{host.name}.{DOMAIN}", "-keyout",
      host.path("key.pem"), "-out", host.path("cert.pem"))
  host.write("www/index.html", page("Intranet", "News of the day."))
  host.write("nginx.conf", f"""daemon off;
user www-data;
worker_processes 1;
pid {host.path('nginx.pid')};
error_log {host.path('nginx-error.log')};
events {{ worker_connections 64; }}
http {{
  types {{ text/html html; }}
  access_log off;
  client_body_temp_path {host.path('t1')}; proxy_temp_path {host.path('t2')}; fastcgi_temp_path {host.path('t3')};
  uwsgi_temp_path {host.path('t4')}; scgi_temp_path {host.path('t5')};
  server {{
    listen 80; listen [::]:80;
    listen 443 ssl; listen [::]:443 ssl;
    server_name {host.name}.{DOMAIN};
    ssl_certificate {host.path('cert.pem')};
    ssl_certificate_key {host.path('key.pem')};
    root {host.path('www')};
  }}
}}
""")
  host.spawn("nginx", "-c", host.path("nginx.conf"), "-p", host.folder)
  host.await_ports("tcp/80", "tcp/443")


def apache(host):
  host.write("www/index.html", page("Shop", "Everything must go."))
  modules = "".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n"
                    for m in ("mpm_event", "authz_core", "dir", "mime"))
  host.write("apache.conf", f"""{modules}ServerRoot {host.folder}
ServerName {host.name}.{DOMAIN}
ServerTokens OS
Listen 80
PidFile {host.path('apache.pid')}
ErrorLog {host.path('apache-error.log')}
User www-data
Group www-data
TypesConfig /etc/mime.types
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 16
DocumentRoot {host.path('www')}
DirectoryIndex index.html
<Directory {host.path('www')}>
  Require all granted
</Directory>
""".replace("TypesConfig /etc/mime.types\n", f"TypesConfig {host.write('mime.types', 'text/html html' + chr(10))}\n"))
  host.spawn("apache2", "-f", host.path("apache.conf"), "-DFOREGROUND")
  host.await_ports("tcp/80")


def avahi(host, service=None, port=None):
  if service:
    host.write("avahi-services/lab.service", f"""<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name replace-wildcards="yes">%h</name>
<service><type>{service}</type><port>{port}</port></service></service-group>
""")
  host.write("avahi.conf", f"""[server]
host-name={host.name}
use-ipv4=yes
use-ipv6=yes
enable-dbus=no
allow-interfaces=eth0
[publish]
publish-workstation=yes
""")
  host.spawn("avahi-daemon", "-f", host.path("avahi.conf"), "--no-drop-root", "--no-chroot", "--no-rlimits")


def sshd(host, authorized_key):
  for kind in ("ed25519", "rsa"):
    run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", host.path(f"host_{kind}"))
  shutil.copy(authorized_key, host.path("authorized_keys"))
  host.write("sshd_config", f"""HostKey {host.path('host_ed25519')}
HostKey {host.path('host_rsa')}
AuthorizedKeysFile {host.path('authorized_keys')}
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
UsePAM no
PidFile none
""")
  host.spawn("/usr/sbin/sshd", "-D", "-e", "-f", host.path("sshd_config"))
  host.await_ports("tcp/22")


def vsftpd(host):
  host.write("ftp/readme.txt", "Nothing to see here.\n")
  host.write("ftp/pub/list.txt", "one\ntwo\nthree\n")
  host.write("vsftpd.conf", f"""listen=NO
listen_ipv6=YES
background=NO
anonymous_enable=YES
local_enable=NO
anon_root={host.path('ftp')}
secure_chroot_dir=/run/vsftpd/empty
pasv_min_port={PASSIVE_PORTS[0]}
pasv_max_port={PASSIVE_PORTS[1]}
xferlog_enable=NO
seccomp_sandbox=NO
""")
  host.spawn("vsftpd", host.path("vsftpd.conf"))
  host.await_ports("tcp/21")


POSTFIX_SERVICES = """smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def postfix(host, users):
  for folder in ("queue", "data", "mail", "postfix"):
    os.makedirs(host.path(folder), exist_ok=True)
  shutil.chown(host.path("data"), "postfix", "postfix")
  shutil.chown(host.path("mail"), "mail", "mail")
  boxes = ", ".join(f"{{ {u}@{DOMAIN} = {u}/Maildir/ }}" for u in users)
  host.write("postfix/master.cf", POSTFIX_SERVICES)
  host.write("postfix/main.cf", f"""compatibility_level = 3.6
myhostname = {host.name}.{DOMAIN}
mydestination =
mynetworks = 127.0.0.0/8
queue_directory = {host.path('queue')}
data_directory = {host.path('data')}
maillog_file = {host.path('postfix-mail.log')}
maillog_file_prefixes = {host.folder}
smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {host.path('mail')}
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_minimum_uid = 1
virtual_uid_maps = static:8
virtual_gid_maps = static:8
alias_maps =
alias_database =
biff = no
""")
  host.spawn("postfix", "-c", host.path("postfix"), "start-fg")
  host.await_ports("tcp/25")


def dovecot(host, users):
  host.write("users", "".join(f"{name}:{{PLAIN}}{password}\n" for name, password in users.items()))
  host.write("dovecot.conf", f"""protocols = imap pop3
listen = *, ::
base_dir = /run/dovecot
log_path = {host.path('dovecot-mail.log')}
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{host.path('mail')}/%u/Maildir
first_valid_uid = 8
mail_privileged_group = mail
passdb {{
  driver = passwd-file
  args = username_format=%u {host.path('users')}
}}
userdb {{
  driver = static
  args = uid=8 gid=8 home={host.path('mail')}/%u
}}
""")
  host.spawn("dovecot", "-F", "-c", host.path("dovecot.conf"))
  host.await_ports("tcp/143", "tcp/110")
