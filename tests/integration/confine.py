"""Runs a program as a unit of systemd would have it run, without systemd.

    confine.py UNIT UID GID KEEP [FROM=TO...] -- PROGRAM [ARGUMENT...]

KEEP: the directory of the test, to be seen though /tmp is private. FROM=TO: a
directory that the unit names, and the test's in its place; or a file of the
system, and what is to be seen there.

What the kernel does for a directive is done here the same way: mounts,
resource limits, capabilities and system call filters. But a call that the unit
takes away ends the program with SIGSYS, where systemd would have it fail: so
that no test passes because nobody looked at an error. Directives that this
does not know are refused: none is there untested.
"""

import ctypes
import functools
import os
import re
import resource
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_BIND = 1, 2, 4, 4096
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18
SYS_MOUNT_SETATTR, AT_RECURSIVE = 442, 0x8000
NEWNS, NEWNET = 0x20000, 0x40000000
NAMESPACES = (0x80, NEWNS, 0x2000000, 0x4000000, 0x8000000, 0x10000000,
              0x20000000, NEWNET)
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
SET_ID = 0o6000
PROT_WRITE, PROT_EXEC, SHM_EXEC = 2, 4, 0o100000
O_CREAT = 0o100

# The manager's own, or no more than capabilities, mounts and calls that
# others here take away already.
NOT_HERE = """Type User Group ExecStart ExecReload Restart RestartSec
    RestartPreventExitStatus TimeoutStartSec WatchdogSec AmbientCapabilities
    DevicePolicy ProtectHostname ProtectClock ProtectKernelTunables
    ProtectKernelModules ProtectKernelLogs ProtectControlGroups
    RestrictRealtime RemoveIPC SystemCallArchitectures
    SystemCallErrorNumber""".split()


def directives(path, section="Service"):
    """(name, value) of each line of a section of a unit."""
    found, here = [], None
    with open(path, encoding="utf-8") as file:
        for line in file.read().replace("\\\n", " ").splitlines():
            if line.startswith("["):
                here = line.strip("[]")
            elif here == section and line and line[0] not in "#;":
                name, _, value = line.partition("=")
                found.append((name, value))
    return found


def must(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


# --- what is seen of the file system ---------------------------------------

def mount(source, target, kind="", flags=0, data=""):
    must(libc.mount(source.encode(), target.encode(), kind.encode(), flags,
                    data.encode()), f"mount {target}")


def set_read_only(path, on, flags=0):
    attr = (ctypes.c_uint64 * 4)(1 if on else 0, 0 if on else 1, 0, 0)
    must(libc.syscall(SYS_MOUNT_SETATTR, -100, path.encode(), flags, attr,
                      ctypes.sizeof(attr)), f"mount_setattr {path}")


def hide(path, keep):
    """An empty directory in its place, but for what is kept below it."""
    if not os.path.isdir(path):
        return
    kept = [(k, os.open(k, os.O_PATH)) for k in keep
            if k.startswith(path + "/")]
    mount("none", path, "tmpfs", MS_NOSUID | MS_NODEV,
          "mode=755" if kept else "mode=000")
    for name, fd in kept:
        if os.path.isdir(f"/proc/self/fd/{fd}"):
            os.makedirs(name, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(name), exist_ok=True)
            os.close(os.open(name, os.O_CREAT, 0o600))
        mount(f"/proc/self/fd/{fd}", name, flags=MS_BIND | MS_REC)
        os.close(fd)


def private_devices():
    names = "null zero full random urandom tty log".split()
    hide("/dev", [f"/dev/{n}" for n in names if os.path.exists(f"/dev/{n}")])
    os.mkdir("/dev/shm")
    mount("none", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")


def file_system(unit, keep, places):
    must(libc.unshare(NEWNS), "unshare")
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    if unit.get("PrivateTmp") == "yes":
        for path in ("/tmp", "/var/tmp"):
            hide(path, [keep])
    if unit.get("ProtectHome") == "yes":
        for path in ("/home", "/root", "/run/user"):
            hide(path, [keep])
    if unit.get("PrivateDevices") == "yes":
        private_devices()
    writable = [places[p.lstrip("-")]
                for p in unit.get("ReadWritePaths", "").split()
                if p[0] != "-" or p[1:] in places]
    for path, source in places.items():
        if os.path.isfile(source):
            mount(source, path, flags=MS_BIND)
    for path in writable:
        mount(path, path, flags=MS_BIND | MS_REC)
    if unit.get("ProtectSystem") == "strict":
        set_read_only("/", True, AT_RECURSIVE)
        for path in writable:
            set_read_only(path, False)
    options = []
    if unit.get("ProtectProc") == "invisible":
        options.append("hidepid=2")
    if unit.get("ProcSubset") == "pid":
        options.append("subset=pid")
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV, ",".join(options))


# --- system calls ----------------------------------------------------------

@functools.cache
def call_sets():
    out = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"],
                         check=True, capture_output=True, text=True).stdout
    sets, name = {}, None
    for line in out.splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif line.startswith("#"):
            name = None                 # calls that are in no set
        elif name and line.strip() and not line.strip().startswith("#"):
            sets[name].append(line.strip())
    return sets


def calls_of(word):
    if not word.startswith("@"):
        return {word}
    return set().union(*(calls_of(w) for w in call_sets()[word]))


def allowed_calls(lines):
    """The first line allows; one with "~" takes away from what is there."""
    allowed = set()
    for line in lines:
        named = set().union(*(calls_of(w) for w in line.lstrip("~").split()))
        allowed = allowed - named if line[0] == "~" else allowed | named
    return allowed


class Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def masked(arg, mask, value):
    return Comparison(arg, 7, mask, value)


def equal(arg, value):
    return Comparison(arg, 4, value, 0)


class Filter:
    KILL, ALLOW = 0x80000000, 0x7FFF0000
    ENOSYS = 0x50000 | 38

    def __init__(self, default):
        self.lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.ctx = ctypes.c_void_p(self.lib.seccomp_init(
            ctypes.c_uint32(default)))

    def rule(self, action, call, *comparisons):
        number = self.lib.seccomp_syscall_resolve_name(call.encode())
        if number < 0:
            return                      # of another processor
        array = (Comparison * len(comparisons))(*comparisons)
        rc = self.lib.seccomp_rule_add_array(
            self.ctx, ctypes.c_uint32(action), number, len(comparisons),
            array)
        if rc != 0:
            raise OSError(-rc, f"seccomp rule on {call}")

    def load(self):
        rc = self.lib.seccomp_load(self.ctx)
        if rc != 0:
            raise OSError(-rc, "seccomp_load")


def deny_by_arguments(unit, families):
    f = Filter(Filter.ALLOW)
    if families is not None:
        for family in range(64):
            if family not in [FAMILIES[w] for w in families]:
                f.rule(Filter.KILL, "socket", equal(0, family))
    if unit.get("MemoryDenyWriteExecute") == "yes":
        both = PROT_WRITE | PROT_EXEC
        f.rule(Filter.KILL, "mmap", masked(2, both, both))
        f.rule(Filter.KILL, "mprotect", masked(2, PROT_EXEC, PROT_EXEC))
        f.rule(Filter.KILL, "pkey_mprotect", masked(2, PROT_EXEC, PROT_EXEC))
        f.rule(Filter.KILL, "shmat", masked(2, SHM_EXEC, SHM_EXEC))
    if unit.get("RestrictNamespaces") == "yes":
        f.rule(Filter.KILL, "unshare")
        f.rule(Filter.KILL, "setns")
        f.rule(Filter.ENOSYS, "clone3")     # its flags cannot be looked at
        for flag in NAMESPACES:
            f.rule(Filter.KILL, "clone", masked(0, flag, flag))
    if unit.get("RestrictSUIDSGID") == "yes":
        for bit in (0o4000, 0o2000):
            for call, arg in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2),
                              ("mkdir", 1), ("mkdirat", 2), ("mknod", 1),
                              ("mknodat", 2), ("creat", 1)):
                f.rule(Filter.KILL, call, masked(arg, bit, bit))
            for call, arg in (("open", 1), ("openat", 2)):
                f.rule(Filter.KILL, call, masked(arg, O_CREAT, O_CREAT),
                       masked(arg + 1, bit, bit))
    if unit.get("LockPersonality") == "yes":
        f.rule(Filter.KILL, "personality")
    f.load()


def allow_only(lines):
    f = Filter(Filter.KILL)
    for call in sorted(allowed_calls(lines)):
        f.rule(Filter.ALLOW, call)
    f.load()


# --- the whole -------------------------------------------------------------

def limits(unit):
    for name, value in unit.items():
        if name.startswith("Limit"):
            which = getattr(resource, "RLIMIT_" + name[5:])
            n, hard = int(value), resource.getrlimit(which)[1]
            if hard != resource.RLIM_INFINITY:
                n = min(n, hard)        # a container's root cannot raise it
            resource.setrlimit(which, (n, n))
    os.umask(int(unit["UMask"], 8))


def become(uid, gid):
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    must(libc.prctl(PR_SET_PDEATHSIG, 15, 0, 0, 0), "pdeathsig")


def lists_of(lines):
    """Each directive's value; lines of one that is a list are joined."""
    unit = {}
    for name, value in lines:
        joined = name == "ReadWritePaths" and name in unit
        unit[name] = f"{unit[name]} {value}" if joined else value
    return unit


HERE = """UMask LimitNOFILE LimitCORE ProtectSystem ReadWritePaths ProtectHome
    PrivateTmp PrivateDevices ProtectProc ProcSubset PrivateNetwork
    CapabilityBoundingSet NoNewPrivileges LockPersonality
    MemoryDenyWriteExecute RestrictNamespaces RestrictSUIDSGID
    SystemCallFilter RestrictAddressFamilies""".split()


def confine(lines, uid, gid, keep, places):
    unit = lists_of(lines)
    unknown = [n for n in unit if n not in HERE + NOT_HERE]
    if unknown:
        sys.exit("confine: no test knows " + ", ".join(unknown))
    filters = [v for n, v in lines if n == "SystemCallFilter"]
    allowed_calls(filters)
    limits(unit)
    file_system(unit, keep, places)
    if unit.get("PrivateNetwork") == "yes":
        must(libc.unshare(NEWNET), "unshare network")
    if unit.get("CapabilityBoundingSet") == "":
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    become(uid, gid)
    if unit.get("NoNewPrivileges") == "yes":
        must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    deny_by_arguments(unit, unit["RestrictAddressFamilies"].split())
    allow_only(filters)


def main(words):
    end = words.index("--")
    unit, uid, gid, keep, *places = words[:end]
    places = dict(p.split("=", 1) for p in places)
    program = words[end + 1:]
    if not re.fullmatch(r"\d+", uid + gid):
        sys.exit(__doc__)
    confine(directives(unit), int(uid), int(gid), keep, places)
    os.execv(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
