"""Child processes and temp directories that always end with the test.

Each child gets SIGTERM when this process dies, however it dies, so spawn
from the main thread only (the kernel ties it to the thread).
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time


class Timeout(AssertionError):
    """A condition did not come true in time."""


def wait_for(what, condition, seconds=90.0, step=0.01):
    """Waits until condition() is true, and gives its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"no {what} within {seconds} s")
        time.sleep(step)


def setpriv(uid=None, gid=None, groups=()):
    """A command line that drops rights and dies with its parent."""
    words = ["setpriv", "--pdeathsig", "TERM"]
    if uid is not None:
        words += ["--reuid", str(uid), "--regid", str(gid)]
        words += ["--groups", ",".join(map(str, groups))] if groups \
            else ["--clear-groups"]
    return words + ["--"]


class Process:
    """One child; its output goes to a file that a failure shows."""

    def __init__(self, name, command, log, env=None):
        self.name = name
        self.log = log
        with open(log, "ab") as out:
            self.begins = out.tell()    # another may have written before it
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, env={**os.environ, **(env or {})})

    @property
    def pid(self):
        return self.child.pid

    def alive(self):
        return self.child.poll() is None

    def signal(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def said(self):
        """Its own output, without that of one before it."""
        with open(self.log, "rb") as file:
            file.seek(self.begins)
            return file.read().decode("utf-8", "replace")

    def wait(self, seconds=60):
        return self.child.wait(seconds)

    def kill(self):
        """SIGKILL, and gone when this returns."""
        self.signal(signal.SIGKILL)
        self.child.wait(10)

    def stop(self, seconds=60):
        """SIGTERM, then SIGKILL; the exit status."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.child.returncode


class Workspace:
    """A temp directory, and what must be undone, in the reverse order."""

    def __init__(self, prefix="rcptguard-test-", parent=None):
        self.path = tempfile.mkdtemp(prefix=prefix, dir=parent)
        os.chmod(self.path, 0o755)
        self.undo = []

    def file(self, *parts):
        return os.path.join(self.path, *parts)

    def directory(self, *parts, mode=0o755, uid=0, gid=0):
        path = self.file(*parts)
        os.makedirs(path, exist_ok=True)
        os.chown(path, uid, gid)
        os.chmod(path, mode)
        return path

    def write(self, text, *parts, mode=0o644):
        path = self.file(*parts)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def at_end(self, action):
        self.undo.append(action)

    def close(self):
        errors = []
        while self.undo:
            try:
                self.undo.pop()()
            except Exception as error:      # the rest must still be undone
                errors.append(error)
        try:
            shutil.rmtree(self.path)
        except OSError as error:
            errors.append(error)
        if errors:
            raise errors[0]
