"""What the tests of the running program share: TAP, stores, servers, requests.

TERRIER names the program (build/terrier). The real estate is loaded once into
build/test-stores/ and used again as long as program, layers and data are the
same; a test that writes works on a copy.
"""
import atexit
import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
os.chdir(TREE)
TERRIER = os.path.abspath(os.environ.get("TERRIER", "build/terrier"))
SHARED = "../shared/data/trafford"
STORES = "build/test-stores"
WORK = tempfile.mkdtemp(prefix="terrier-served-")
ENV = {"PATH": "/usr/bin:/bin", "HOME": WORK, "TMPDIR": WORK, "LC_ALL": "C",
       "TERRIER_GRID_DIR": os.path.join(TREE, "build/grid")}

counts = {"passed": 0, "failed": 0, "skipped": 0}
servers = []


# ---- TAP ----

def check(good, name, why=""):
    counts["passed" if good else "failed"] += 1
    print(f"{'ok' if good else 'not ok'} {sum(counts.values())} - {name}")
    if not good:
        for line in str(why).splitlines()[:20]:
            print("#   " + line[:600])
    sys.stdout.flush()
    return bool(good)


def equal(got, want, name):
    return check(got == want, name, f"got  {got!r}\nwant {want!r}")


def skip(name, why):
    counts["skipped"] += 1
    print(f"ok {sum(counts.values())} # SKIP {name}: {why}")


def main(*tests):
    """Run each test; one that raises has failed. Ends the process."""
    for test in tests:
        began = time.monotonic()
        try:
            test()
        except Exception:
            check(False, test.__name__, traceback.format_exc())
        print(f"# {test.__name__}: {time.monotonic() - began:.1f} s")
    print(f"1..{sum(counts.values())}")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    sys.exit(counts["failed"] > 0)


@atexit.register
def clear_up():
    for server in list(servers):
        server.stop()
    shutil.rmtree(WORK, ignore_errors=True)


# ---- the program ----

def run(*args, store=None, env=None, **how):
    """Run to the end: code, out (bytes), err (text)."""
    argv = [TERRIER, *(("--store", store) if store else ()), *map(str, args)]
    p = subprocess.run(argv, env={**ENV, **(env or {})}, timeout=120,
                       stdin=how.pop("stdin", subprocess.DEVNULL),
                       stdout=how.pop("stdout", subprocess.PIPE),
                       stderr=subprocess.PIPE, **how)
    p.out, p.err = p.stdout, p.stderr.decode("utf-8", "replace")
    p.code = p.returncode
    return p


def must(*args, **how):
    p = run(*args, **how)
    if p.code:
        raise RuntimeError(f"{args} ended with {p.code}: {p.err}")
    return p.out


def has_real_data():
    return os.path.exists(os.path.join(SHARED, "postcodes.csv"))


def newest(*roots):
    return max(os.path.getmtime(os.path.join(d, f)) for root in roots
               for d, _, files in os.walk(root) for f in files)


def make_real(path):
    must("load", "layers/trafford", "--source-root", SHARED, "--quiet",
         store=path)
    for audience in ("public", "partnership"):
        must("classify", "--rules", "layers/rules/open-data.yaml", "--audience",
             audience, "--adopt", "--quiet", store=path)


def make_sample(path):
    must("load", "layers/sample", "--quiet", store=path)
    for audience in ("public", "partnership"):
        must("classify", "--rules", "layers/rules/default.yaml", "--audience",
             audience, "--adopt", "--quiet", store=path)


def store(name):
    """The path of a ready store, "real" or "sample": not to be written."""
    os.makedirs(STORES, exist_ok=True)
    path = os.path.abspath(os.path.join(STORES, name + ".db"))
    with open(path + ".making", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        since = max(os.path.getmtime(TERRIER), newest("layers"))
        if not os.path.exists(path) or os.path.getmtime(path) < since:
            for old in (path, path + "-lock", path + "-journal"):
                if os.path.exists(old):
                    os.remove(old)
            making = os.path.join(WORK, name + ".db")
            {"real": make_real, "sample": make_sample}[name](making)
            shutil.move(making, path)
            os.utime(path)
    return path


def copy_of(name):
    path = os.path.join(WORK, f"{name}-{time.monotonic_ns()}.db")
    shutil.copy(store(name), path)
    return path


# ---- a server ----

class Answer:
    def __init__(self, r):
        self.status, self.body = r.status, r.read()
        self.headers = {k.lower(): v for k, v in r.getheaders()}

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:300]!r}"


class Server:
    """A server on a free port; stopped at the end at the latest."""

    def __init__(self, path, audience="public", *args, env=None):
        self.log = open(os.path.join(WORK, f"log-{time.monotonic_ns()}"), "w+")
        self.process = subprocess.Popen(
            [TERRIER, "--store", path, "serve", "--listen", "127.0.0.1:0",
             "--audience", audience, *args], env={**ENV, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self.log)
        servers.append(self)
        self.port = self.wait_for_port()

    def said(self):
        self.log.flush()
        with open(self.log.name) as f:
            return f.read()

    def wait_for_port(self):
        for _ in range(300):
            found = re.search(r"http://\S+:(\d+)/", self.said())
            if found:
                return int(found.group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("the server did not start: " + self.said())

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path, method="GET", body=None, **headers):
        c = self.connect()
        c.request(method, path, body, {k.replace("_", "-"): v
                                       for k, v in headers.items()})
        answer = Answer(c.getresponse())
        c.close()
        return answer

    def json(self, path):
        answer = self.get(path)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer}")
        return answer.json()

    def stop(self, how=signal.SIGTERM):
        """End it; its exit code."""
        if self in servers:
            servers.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
