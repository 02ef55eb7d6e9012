"""A real Postfix of the test's own: directories, ports, queue and log.

Three services: a guarded one on the network's address .250, as an
application's submission service would be; one like it on .249, whose listener
is named OTHER; and an unguarded one that shows what Postfix does by itself.
All mail that is accepted goes to one host of the simnet, so that delivery,
and the lack of it, can be proved.
"""

import grp
import os
import pwd
import re
import subprocess

from processes import Process, setpriv, wait_for

NUMBER, OTHER_NUMBER = 250, 249
MASTER = "/usr/lib/postfix/sbin/master"
MILTER = "unix:rcptguard/milter.sock"

# The master changes its effective user, at which the kernel forgets that it
# should die with us; a shell in between does not forget.
SUPERVISE = """\
"$@" & master=$!
trap 'kill -TERM $master' TERM
while kill -0 $master 2>/dev/null; do wait $master; done
"""

MAIN = """\
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
maillog_file = {root}/maillog
maillog_file_prefixes = {root}
myhostname = mta.test.example
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
# XCLIENT gives clients of any address; all of them are on this machine.
mynetworks = 0.0.0.0/0
inet_protocols = ipv4
inet_interfaces = 127.0.0.1
default_transport = smtp:[{sink}]:{sink_port}
relay_transport = smtp:[{sink}]:{sink_port}
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_client_port_logging = yes
smtpd_soft_error_limit = 100
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
smtputf8_enable = yes
smtputf8_autodetect_classes = all
smtp_tls_security_level = none
bounce_queue_lifetime = 0
maximal_queue_lifetime = 0
notify_classes =
2bounce_notice_recipient = postmaster@test.example
soft_bounce = no
# Cases that end before DATA must not look like a flood of mail.
in_flow_delay = 0
disable_dns_lookups = yes
smtp_host_lookup = native
{extra}
"""

# service type private unpriv chroot wakeup maxproc command
MASTER_CF = """\
{guarded} inet n - n - {maxproc} smtpd
  -o syslog_name=postfix/guarded
  -o milter_macro_daemon_name={listener}
{milters}
{other} inet n - n - {maxproc} smtpd
  -o syslog_name=postfix/other
  -o milter_macro_daemon_name=OTHER
{milters}
{plain} inet n - n - - smtpd
  -o syslog_name=postfix/plain
pickup unix n - n 60 1 pickup
{pickup}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
{services}
"""


def missing():
    """Why there can be no Postfix here; or None."""
    if os.geteuid() != 0:
        return "a private Postfix needs root"
    if not os.path.exists(MASTER):
        return "Postfix is not installed (Debian package postfix)"
    return None


class Postfix:
    group = "postfix"

    def __init__(self, workspace, network, sink, with_guard=True,
                 listener="SIGNUP", milter_options=(), maxproc=100,
                 main_cf="", master_cf="", pickup=""):
        """main_cf, master_cf, pickup: more settings, services, and options
        of pickup; each is a text, or a function of the network.
        """
        self.workspace, self.network = workspace, network
        self.address = network.address(NUMBER)
        self.other_address = network.address(OTHER_NUMBER)
        self.port, self.plain_port = network.mta_port, network.extra_port
        self.config = workspace.directory("postfix")
        self.queue = workspace.directory("postfix-queue")
        user = pwd.getpwnam("postfix")
        self.data = workspace.directory("postfix-data", mode=0o700,
                                        uid=user.pw_uid, gid=user.pw_gid)
        self.maillog = workspace.file("maillog")
        self.process = None
        self.socket_directory = os.path.join(self.queue, "rcptguard")
        self.socket_owner = {"mode": 0o2750,
                             "gid": grp.getgrnam(self.group).gr_gid}
        self.sink, self.listener = sink, listener
        self.with_guard = with_guard
        self.milter_options = milter_options
        self.maxproc = maxproc
        self.main_cf, self.master_cf, self.pickup = (
            text(network) if callable(text) else text
            for text in (main_cf, master_cf, pickup))

    def milter_lines(self):
        if not self.with_guard:
            return ""
        options = ", ".join(("connect_timeout=2s", "command_timeout=12s",
                             "default_action=accept") + self.milter_options)
        return f"  -o {{ smtpd_milters = {{ {MILTER}, {options} }} }}"

    def write_config(self):
        at = self.address
        self.workspace.write(MAIN.format(
            queue=self.queue, data=self.data, root=self.workspace.path,
            sink=self.sink, sink_port=self.network.smtp_port,
            extra=self.main_cf),
            "postfix", "main.cf")
        self.workspace.write(MASTER_CF.format(
            guarded=f"{at}:{self.port}",
            other=f"{self.other_address}:{self.port}",
            plain=f"{at}:{self.plain_port}",
            listener=self.listener, milters=self.milter_lines(),
            maxproc=self.maxproc, services=self.master_cf,
            pickup=self.pickup),
            "postfix", "master.cf")

    def start(self):
        self.write_config()
        check = subprocess.run(["postfix", "-c", self.config, "check"],
                               capture_output=True, text=True, check=False)
        if check.returncode:
            raise RuntimeError("postfix check: " + check.stderr + self.log())
        self.process = Process("postfix", setpriv() + [
            "sh", "-c", SUPERVISE, "sh", MASTER, "-c", self.config, "-s"],
            self.workspace.file("master.out"))
        self.workspace.at_end(self.stop)
        wait_for("Postfix", self.ready)
        return self

    def ready(self):
        if not self.process.alive():
            raise RuntimeError("Postfix ended: " + self.log()
                               + self.process.output())
        return "daemon started" in self.log()

    def log(self):
        try:
            with open(self.maillog, encoding="utf-8",
                      errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def sendmail(self, sender, recipients, text):
        """The sendmail command, as PHP's mail() calls it."""
        subprocess.run(["sendmail", "-C", self.config, "-i", "-f", sender,
                        *recipients], input=text, text=True, check=True,
                       env={**os.environ, "MAIL_CONFIG": self.config})

    def queued(self):
        """Messages that are still in the queue, as postqueue -j tells it."""
        done = subprocess.run(["postqueue", "-c", self.config, "-j"],
                              capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    def delivered(self, queue_id):
        """recipient -> status, of what has left the queue under this id."""
        found = re.findall(rf"{queue_id}: to=<([^>]*)>.*?status=(\w+)",
                           self.log())
        return dict(found)

    def stop(self):
        """Ends the master; its children end a little later."""
        if self.process is not None:
            self.process.stop()
            wait_for("end of Postfix", lambda: not self.running())

    def running(self):
        """Processes that stand in the queue directory, as all of them do."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                where = os.readlink(f"/proc/{pid}/cwd")
            except OSError:
                continue
            if where.startswith(self.queue):
                found.append(int(pid))
        return found
