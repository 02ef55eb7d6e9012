#!/usr/bin/env python3
"""The units and what goes with them name what there is, and no more."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import confine
from guard import BUILD, PROGRAMS, missing
from probe_site import tap

TOP = pathlib.Path(__file__).resolve().parents[2]
SYSTEMD = TOP / "contrib" / "systemd"
UNITS = {name: pathlib.Path(BUILD, "contrib/systemd", name + ".service")
         for name in ("rcptguard-probe", "rcptguard-milter")}
NOTICES = TOP / "contrib/notices/rcptguard-notices.service"
POSTFIX_GID = 117
MOST_EXPOSURE = 20          # tenths, as systemd-analyze counts


def text(*parts):
    return TOP.joinpath(*parts).read_text(encoding="utf-8")


def commands(unit):
    """The words of each command that a unit runs."""
    return [value.split() for name, value in confine.directives(unit)
            if name.startswith("Exec")]


def values(unit, name, section="Service"):
    return " ".join(v for n, v in confine.directives(unit, section)
                    if n == name).split()


def page(name):
    """The page of the manual."""
    return text(name.removeprefix("rcptguard-"), name + ".8")


def section(manual, title):
    return re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", manual,
                     re.M | re.S).group(1)


def fields(path):
    """The fields of each line of a file of sysusers.d or tmpfiles.d."""
    return [re.findall(r'"[^"]*"|\S+', line)
            for line in path.read_text(encoding="utf-8").splitlines()
            if line and line[0] != "#"]


def users():
    return {f[1]: f[2].split(":")[-1]
            for f in fields(SYSTEMD / "sysusers.d/rcptguard.conf")
            if f[0] == "u"}


def directories():
    """path: (mode, user, group), as systemd-tmpfiles makes them."""
    return {f[1]: (f[2], f[3], f[4])
            for f in fields(SYSTEMD / "tmpfiles.d/rcptguard.conf")}


def made_by_readme():
    """The same, as the commands in README make them."""
    made = {}
    words = text("README").replace("\\\n", " ")
    for mode, user, group, paths in re.findall(
            r"install -d -m (\d+) -o (\S+) -g (\S+)((?: +/\S+)+)", words):
        for path in paths.split():
            made[path] = (mode.zfill(4), user, group)
    return made


def settings():
    """What is in force with the file that make install puts there."""
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory, "rcptguard.conf")
        file.write_text(re.sub(r"^#(\t(?:helo|sender) )", r"\1",
                               text("etc/rcptguard.conf"), flags=re.M),
                        encoding="utf-8")
        shown = subprocess.run(
            [os.path.join(BUILD, "cli", "rcptguard"), "config", "--show",
             "--json", "--config", file], check=True, capture_output=True,
            timeout=60).stdout
    return json.loads(shown)


def named(have, key):
    """The value of a key such as "log.verdicts"."""
    for word in key.split("."):
        have = have[word]
    return have["value"]


def socket_directory(have):
    return os.path.dirname(
        named(have, "milter.socket").removeprefix("unix:"))


def make_variable(name):
    found = dict(re.findall(r"^(\w+) = (.*)$",
                            pathlib.Path(BUILD, "Makefile").read_text(
                                encoding="utf-8"), re.M))
    value = found[name]
    while "${" in value:
        value = re.sub(r"\$\{(\w+)\}", lambda m: found[m.group(1)], value)
    return value


class Names(unittest.TestCase):
    def test_programs_and_options(self):
        for unit in UNITS.values():
            for program, *words in commands(unit):
                with self.subTest(f"{unit.name}: {' '.join(words)}"):
                    if program == "/bin/kill":
                        continue
                    directory, name = os.path.split(program)
                    self.assertEqual(directory, make_variable("sbindir"))
                    self.assertEqual(name, unit.stem)
                    usage = subprocess.run(
                        [os.path.join(BUILD, PROGRAMS[name], name),
                         "--help"], check=True, capture_output=True,
                        text=True, timeout=60).stdout
                    for option in words:
                        self.assertIn(f" {option} ", usage)

    def test_the_signal_of_a_reload_reads_settings(self):
        for name, unit in UNITS.items():
            kill = [w for w in commands(unit) if w[0] == "/bin/kill"]
            self.assertEqual(len(kill), 1)
            signal = "SIG" + kill[0][1].lstrip("-")
            with self.subTest(f"{name} {signal}"):
                self.assertEqual(kill[0][2:], ["$MAINPID"])
                self.assertRegex(
                    section(page(name), "SIGNALS"),
                    rf"\.It Dv {signal}\b.*\nRead.* settings")

    def test_no_restart_after_wrong_settings(self):
        for name, unit in UNITS.items():
            for status in values(unit, "RestartPreventExitStatus"):
                with self.subTest(f"{name} {status}"):
                    self.assertRegex(section(page(name), "EXIT STATUS"),
                                     rf"\.It {status}\n.*(wrong)")

    def test_pages_of_the_manual(self):
        for unit in UNITS.values():
            for place in values(unit, "Documentation", "Unit"):
                with self.subTest(place):
                    name, number = re.fullmatch(r"man:(\S+)\((\d)\)",
                                                place).groups()
                    self.assertTrue(list(TOP.glob(f"*/{name}.{number}")))

    def test_users_and_groups(self):
        for name, unit in UNITS.items():
            self.assertEqual(values(unit, "User"), [name])
            self.assertEqual(values(unit, "Group"), [users()[name]])
        readme = re.findall(r"useradd --system --gid (\w+) .* (\S+)$",
                            text("README"), re.M)
        self.assertEqual({u: g for g, u in readme}, users())
        for _, user, group in directories().values():
            self.assertIn(user, users())
            self.assertIn(group, {*users().values(), "postfix"})

    def test_groups_of_the_settings(self):
        have = settings()
        self.assertEqual(named(have, "probe.group"),
                         users()["rcptguard-probe"])
        self.assertEqual(named(have, "milter.group"),
                         directories()[socket_directory(have)][2])


class Places(unittest.TestCase):
    def test_directories_are_those_of_the_settings(self):
        have = settings()
        state = named(have, "state_dir")
        need = {
            "rcptguard-probe": {state, named(have, "run_dir"),
                                os.path.dirname(named(have, "log.verdicts"))},
            "rcptguard-milter": {state, socket_directory(have)},
        }
        for name, paths in need.items():
            writable = {p.lstrip("-")
                        for p in values(UNITS[name], "ReadWritePaths")}
            with self.subTest(name):
                self.assertLessEqual(paths, writable)
                self.assertLessEqual(writable, set(directories()))

    def test_directories_are_those_of_readme(self):
        made = made_by_readme()
        self.assertGreaterEqual(len(made), 5)
        for path, how in made.items():
            with self.subTest(path):
                mode, user, group = directories()[path]
                self.assertEqual((mode.zfill(4), user, group), how)

    def test_the_notices_go_where_the_probe_may_write(self):
        spool = values(NOTICES, "ExecStart")[1]
        self.assertEqual(values(NOTICES, "User"), ["rcptguard-probe"])
        self.assertIn(spool, directories())
        self.assertIn("-" + spool, values(UNITS["rcptguard-probe"],
                                          "ReadWritePaths"))

    def test_the_log_that_is_rotated_is_the_one_that_is_written(self):
        rules = text("contrib/logrotate/rcptguard")
        log = named(settings(), "log.verdicts")
        self.assertEqual(re.findall(r"^(/\S+) \{$", rules, re.M), [log])
        self.assertEqual(re.search(r"\bsu (\S+) (\S+)", rules).groups(),
                         directories()[os.path.dirname(log)][1:])


class Systemd(unittest.TestCase):
    """What systemd itself says of them, below a root of their own."""

    def setUp(self):
        self.root = pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="rcptguard-test-")))
        self.root.chmod(0o755)

    def put(self, source, *place):
        path = self.root.joinpath(*place)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, path)

    def run_tool(self, *words):
        done = subprocess.run(words, capture_output=True, text=True,
                              check=False, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def test_units_are_verified(self):
        for name, unit in UNITS.items():
            self.put(unit, "etc/systemd/system", unit.name)
            self.put(os.path.join(BUILD, PROGRAMS[name], name),
                     make_variable("sbindir").lstrip("/"), name)
        for program in ("/bin/kill", "/bin/sh"):
            self.put(program, program.lstrip("/"))
        names = [unit.name for unit in UNITS.values()]
        for unit in (TOP / "contrib/notices").glob("*.[sp]*"):
            self.put(unit, "etc/systemd/system", unit.name)
            names.append(unit.name)
        script = values(NOTICES, "ExecStart")[0]
        self.put(TOP / "contrib/notices" / os.path.basename(script),
                 script.lstrip("/"))
        self.assertEqual(len(names), 4)
        self.assertEqual(self.run_tool(
            "systemd-analyze", "verify", f"--root={self.root}", "--man=no",
            "--recursive-errors=no", *names), (0, ""))

    def test_exposure_is_small(self):
        for unit in UNITS.values():
            with self.subTest(unit.stem):
                self.assertEqual(0, *self.run_tool(
                    "systemd-analyze", "security", "--offline=yes",
                    "--no-pager", f"--threshold={MOST_EXPOSURE}", unit))

    def users(self, groups):
        self.root.joinpath("etc").mkdir()
        self.root.joinpath("etc/group").write_text(groups, encoding="ascii")
        self.root.joinpath("etc/passwd").touch()
        for kind in ("sysusers", "tmpfiles"):
            self.put(SYSTEMD / f"{kind}.d/rcptguard.conf",
                     f"usr/lib/{kind}.d/rcptguard.conf")
        self.assertEqual(self.run_tool(
            "systemd-sysusers", f"--root={self.root}")[0], 0)

    def made(self):
        """Each directory's mode, user and group, by its names below root."""
        def names(file):
            rows = [line.split(":") for line in self.root.joinpath(
                "etc", file).read_text(encoding="ascii").splitlines()]
            return {int(r[2]): r[0] for r in rows}
        user, group, found = names("passwd"), names("group"), {}
        for path in directories():
            try:
                st = self.root.joinpath(path.lstrip("/")).stat()
            except FileNotFoundError:
                continue
            found[path] = (f"{st.st_mode & 0o7777:04o}",
                           user.get(st.st_uid), group.get(st.st_gid))
        return found

    def create(self):
        return self.run_tool("systemd-tmpfiles", f"--root={self.root}",
                             "--create", "rcptguard.conf")

    def test_users_and_directories_are_made(self):
        self.users(f"root:x:0:\npostfix:x:{POSTFIX_GID}:\n")
        self.assertEqual(self.create(), (0, ""))
        self.assertEqual(self.made(), directories())

    def test_without_postfix_the_others_are_made(self):
        self.users("root:x:0:\n")
        self.assertIn("postfix", self.create()[1])
        want = {p: d for p, d in directories().items() if d[2] != "postfix"}
        self.assertEqual(self.made(), want)


def cannot():
    if os.geteuid() != 0:
        return "directories of other users take root"
    if not shutil.which("systemd-analyze"):
        return "systemd is not installed: apt-get install systemd"
    return None


if __name__ == "__main__":
    if missing():
        raise SystemExit(f"Bail out! {missing()}")
    if cannot():
        tap.skip_all(cannot())
    tap.main()
