"""Driving `terrier` from the outside: one folder and one store per case.

A check is one TAP line. Every run is measured: how long it took, how much
memory the parent held, which processes and temporary folders it left behind.
"""
import csv
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TERRIER = os.path.abspath(os.environ.get(
    "TERRIER", os.path.join(TREE, "build/terrier")))
MIB = 1024 * 1024

counts = {"passed": 0, "failed": 0, "skipped": 0}


def check(good, name, why=""):
    """One TAP line. `why` is shown when it fails."""
    counts["passed" if good else "failed"] += 1
    n = sum(counts.values())
    print(f"{'ok' if good else 'not ok'} {n} - {name}")
    if not good:
        for line in str(why).splitlines()[:30]:
            print("#   " + line[:600])
    sys.stdout.flush()
    return bool(good)


def equal(got, expected, name):
    return check(got == expected, name, f"got      {got!r}\nexpected "
                                        f"{expected!r}")


def skip(name, why):
    counts["skipped"] += 1
    print(f"ok {sum(counts.values())} # SKIP {name}: {why}")


class Run:
    """What a finished process said and cost."""

    def __init__(self, code, out, err, seconds, work, mib, left):
        self.code, self.out, self.err = code, out, err
        self.seconds, self.work = seconds, work  # on the clock, of a processor
        self.mib, self.left = mib, left

    def is_quick(self, seconds):
        """On a machine that is busy with other things, by its own work."""
        return self.seconds < seconds or self.work < seconds / 2

    @property
    def said(self):
        return self.out + self.err

    def __str__(self):
        return f"exit {self.code}\n{self.out}{self.err}"


def processes_of(session):
    """The live processes of a session: [(pid, name)]."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                name, rest = f.read().rsplit(")", 1)
        except OSError:
            continue
        fields = rest.split()
        if int(fields[3]) == session and fields[0] != "Z":
            found.append((int(pid), name.split("(")[1]))
    return found


def high_water(pid):
    try:
        with open(f"/proc/{pid}/status") as f:
            return next((int(line.split()[1]) / 1024 for line in f
                         if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def work_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(argv, cwd, env, seconds=60, limits=None, before=None):
    """Run to the end, in a session of its own, and measure."""
    def prepare():
        for what, value in (limits or {}).items():
            resource.setrlimit(what, (value, value))
        if limits and resource.RLIMIT_FSIZE in limits:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        if before:
            before()

    peak = 0
    start, worked = time.monotonic(), work_of_children()
    p = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         start_new_session=True, preexec_fn=prepare)
    texts = {}
    readers = [threading.Thread(target=lambda k=k, f=f: texts.update(
        {k: f.read()})) for k, f in (("out", p.stdout), ("err", p.stderr))]
    for r in readers:
        r.start()
    while p.poll() is None:
        peak = max(peak, high_water(p.pid))
        if time.monotonic() - start > seconds:
            os.killpg(p.pid, signal.SIGKILL)
        time.sleep(0.005)
    took = time.monotonic() - start
    left = processes_of(p.pid)
    for pid, _ in left:
        os.kill(pid, signal.SIGKILL)
    for r in readers:
        r.join()
    return Run(p.returncode, texts["out"].decode("utf-8", "replace"),
               texts["err"].decode("utf-8", "replace"), took,
               work_of_children() - worked, peak, left)


PLACE = """place: testing
title: A place of the tests
prefix: tst
time_zone: Europe/London
default_sets: [localities]
"""
ORGANISATIONS = """organisations:
  - {code: test-council, name: Test Council, legend: Council}
  - {code: test-fire, name: Test Fire, legend: Fire}
"""


class Case:
    """A folder with a place, and a store in it. Use with `with`."""

    def __init__(self, grid=True):
        self.dir = tempfile.mkdtemp(prefix="terrier-formats-")
        os.chmod(self.dir, 0o755)
        self.tmp = os.path.join(self.dir, "tmp")
        os.mkdir(self.tmp)
        os.chmod(self.tmp, 0o777)
        self.env = {"PATH": "/usr/bin:/bin", "HOME": self.dir,
                    "TMPDIR": self.tmp, "TERRIER_STORE": "t.db",
                    "TERRIER_GRID_DIR": grid_dir() if grid else self.tmp}
        self.write("place.yaml", PLACE)
        self.write("organisations.yaml", ORGANISATIONS)
        self.prefix = []
        self.limits = self.before = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as f:
            f.write(content if isinstance(content, bytes)
                    else content.encode())
        return name

    def run(self, *args, env=None, seconds=60):
        return run(self.prefix + [TERRIER, *args], self.dir,
                   {**self.env, **(env or {})}, seconds, self.limits,
                   self.before)

    def load(self, *args, **kw):
        return self.run("load", *args, **kw)

    def report(self, *args, **kw):
        """Load with --json: the run, and the report of the first layer."""
        r = self.run("load", "--json", *args, **kw)
        try:
            layers = json.loads(r.out)["layers"]
        except (ValueError, KeyError):
            layers = []
        return r, layers[0] if layers else {}

    def issues(self, profile, *args):
        r = self.load(profile, "--issues", "issues.csv", *args)
        try:
            with open(self.path("issues.csv"), newline="") as f:
                return r, list(csv.DictReader(f))
        except OSError:
            return r, []

    def query(self, *args):
        r = self.run("query", "--format", "csv", *args)
        return list(csv.DictReader(io.StringIO(r.out))) if r.code == 0 else []

    def state(self):
        """All that an operator can ask of the store, to compare."""
        return "".join(self.run(*args).out for args in (
            ("query", "--format", "csv"), ("layers", "--json"),
            ("summary", "--json")))

    def version(self):
        out = self.run("summary", "--json").out
        found = re.search(r'"version": ?"([0-9a-f]+)"', out)
        return found.group(1) if found else None

    def left_over(self):
        return os.listdir(self.tmp)


_grid = []


def grid_dir():
    """The OSTN15 grid, built once for all cases."""
    if not _grid:
        ready = os.path.join(TREE, "build/grid")
        if not os.path.exists(os.path.join(
                ready, "uk_os_OSTN15_NTv2_OSGBtoETRS.tif")):
            ready = tempfile.mkdtemp(prefix="terrier-formats-grid-")
            os.chmod(ready, 0o755)
            subprocess.run([TERRIER, "grid", ready], check=True,
                           stderr=subprocess.DEVNULL)
        _grid.append(ready)
    return _grid[0]


def clear_up():
    for path in _grid:
        if "terrier-formats-grid-" in path:
            shutil.rmtree(path, ignore_errors=True)


SITES = """layer: sites1
kind: sites
partner: test-council
tier: public
"""


def is_sentence(text):
    """One line that a person can read, and no path of this machine."""
    jargon = re.search(r"/tmp/|/dev/shm|terrier-formats|terrier-vector|"
                       r"\bOGR[A-Z]|GDAL|sqlite3_|errno|0x[0-9a-f]{4}|"
                       r"input\.[a-z]|ERROR|Failed to",
                       text.replace("a GDAL virtual file (VRT)", "that"))
    return (0 < len(text) <= 300 and "\n" not in text and not jargon and
            all(c.isprintable() for c in text))
