"""The machine around it: no rights, no room, odd settings."""
import fcntl
import os
import resource
import shutil
import struct
import subprocess
import sys

import writers
from harness import SITES, Case, check, equal, is_sentence, skip

PROFILE = SITES + """key: ref
fields: {name: name, local_ref: ref, floor_area_m2: size}
x: x
y: y
crs: EPSG:27700
source: f.%s
"""
NOBODY = 65534


def prepare(case, suffix="gpkg"):
    writers.write(case.path("f." + suffix), 27700)
    case.write("p.yaml", PROFILE % suffix)


def last(r):
    return r.err.strip().split("\n")[-1].removeprefix("terrier: ")


def as_nobody(case):
    """False when this machine cannot become someone else."""
    if os.getuid() != 0:
        return True
    case.prefix = ["/usr/bin/setpriv", f"--reuid={NOBODY}",
                   f"--regid={NOBODY}", "--clear-groups"]
    if case.run("--version").code == 0:
        return True
    case.prefix = []
    return False


def read_only():
    with Case() as case:
        prepare(case)
        r = case.load("p.yaml")
        check(r.code == 0, "a store to be made read-only", r)
        before = case.state()
        if not as_nobody(case):
            skip("a read-only store", "cannot become another user")
            return
        os.chmod(case.path("t.db"), 0o644)
        os.chmod(case.dir, 0o555)
        r = case.load("p.yaml")
        check(r.code in (73, 77) and is_sentence(last(r)),
              "a read-only store is refused, and said", r)
        print(f"# read-only store: {last(r)}")
        equal(case.state(), before, "it can be read all the same")
        os.chmod(case.path("t.db"), 0)
        r = case.load("p.yaml")
        check(r.code == 77 and is_sentence(last(r)),
              "a store that may not be read", r)
        print(f"# unreadable store: {last(r)}")
        r = case.run("load", "p.yaml", "--store", "new.db")
        check(r.code in (73, 77) and is_sentence(last(r)),
              "no store can be made in a read-only folder", r)
        print(f"# read-only folder: {last(r)}")
        os.chmod(case.dir, 0o755)


HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def locked():
    with Case() as case:
        prepare(case)
        case.load("p.yaml")
        before = case.state()
        holder = subprocess.Popen([sys.executable, "-c", HOLD,
                                   case.path("t.db")], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        holder.stdout.readline()
        writers.NAMES[0], kept = "Changed", writers.NAMES[0]
        writers.write(case.path("g.gpkg"), 27700)
        writers.NAMES[0] = kept
        os.replace(case.path("g.gpkg"), case.path("f.gpkg"))
        r = case.load("p.yaml", seconds=90)
        holder.stdin.close()
        holder.wait()
        check(r.code == 75 and is_sentence(last(r)),
              "a store locked by another program: exit 75", r)
        print(f"# locked store: {last(r)} ({r.seconds:.1f} s)")
        equal(case.state(), before, "and the store is as it was")
        r, report = case.report("p.yaml")
        equal((r.code, report.get("changed")), (0, 1),
              "and when it is free again, it loads")
    two_loads()


def two_loads():
    """Another load of ours holds its own lock beside the store."""
    with Case() as case:
        prepare(case)
        case.load("p.yaml")
        with open(case.path("t.db-lock"), "a+b") as f:
            for byte in range(8):
                fcntl.fcntl(f, 37, struct.pack(  # F_OFD_SETLK
                    "hhqqi4x", fcntl.F_WRLCK, 0, byte, 1, 0))
            r = case.load("p.yaml", seconds=90)
        check(r.code == 75 and is_sentence(last(r)),
              "a load beside another load: exit 75", r)
        print(f"# two loads: {last(r)} ({r.seconds:.1f} s)")


def no_room():
    with Case() as case:
        case.write("p.yaml", SITES + "key: ref\nfields: {name: name}\n"
                   "source: f.csv\n")
        case.write("f.csv", "ref,name\nA,Hall\n")
        case.load("p.yaml")
        before = case.state()
        case.write("f.csv", "ref,name\nA,Hall\n" + "".join(
            f"A{i},{'x' * 900}{i}\n" for i in range(5000)))
        size = os.path.getsize(case.path("t.db"))
        case.limits = {resource.RLIMIT_FSIZE: size + 1024 * 1024}
        r = case.load("p.yaml")
        case.limits = None
        check(r.code in (73, 74) and is_sentence(last(r)),
              "no room for the store to grow: exit 74", r)
        print(f"# no room: {last(r)}")
        equal(case.state(), before, "and the store is as it was")
        r, report = case.report("p.yaml")
        equal((r.code, report.get("added")), (0, 5000),
              "and with room it loads")
        prepare(case)
        writers.write(case.path("f.gpkg"), 27700)
        case.limits = {resource.RLIMIT_FSIZE: 20000}
        r = case.load("p.yaml")
        case.limits = None
        check(r.code in (65, 73, 74) and is_sentence(last(r)) and
              not case.left_over(),
              "no room for the private copy of a file", r)
        print(f"# no room for a copy: {last(r)}")
    small_disk()


def small_disk():
    with Case() as case:
        disk = case.path("disk")
        os.mkdir(disk)
        if os.getuid() != 0 or subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk],
                stderr=subprocess.DEVNULL).returncode:
            skip("a full disk", "cannot mount a small one")
            return
        try:
            case.env["TERRIER_STORE"] = "disk/t.db"
            case.write("p.yaml", SITES + "key: ref\nfields: {name: name}\n"
                       "source: f.csv\n")
            case.write("f.csv", "ref,name\nA,Hall\n")
            r = case.load("p.yaml")
            check(r.code == 0, "a store on a small disk", r)
            before = case.state()
            case.write("f.csv", "ref,name\nA,Hall\n" + "".join(
                f"A{i},{'x' * 900}{i}\n" for i in range(5000)))
            r = case.load("p.yaml")
            check(r.code in (73, 74) and is_sentence(last(r)),
                  "a full disk: exit 74", r)
            print(f"# full disk: {last(r)}")
            equal(case.state(), before, "and the store is as it was")
        finally:
            subprocess.run(["umount", disk], check=False)


def settings():
    with Case() as case:
        prepare(case)
        case.load("p.yaml")
        usual = case.state()
    odd = {
        "no PATH": {"PATH": ""}, "no HOME": {"HOME": ""},
        "a Turkish locale": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
        "a locale with decimal commas": {"LC_ALL": "de_DE.UTF-8",
                                         "LC_NUMERIC": "de_DE.UTF-8"},
        "a locale that is not there": {"LC_ALL": "xx_XX"},
        "a time zone far away": {"TZ": "Pacific/Kiritimati"},
        "a time zone of nonsense": {"TZ": ":/etc/passwd"},
        "PROJ's network switched on": {"PROJ_NETWORK": "ON"},
        "GDAL's configuration": {"GDAL_DRIVER_PATH": ".",
                                 "OGR_SQLITE_STATIC_VIRTUAL_OGR": "YES",
                                 "CPL_DEBUG": "ON"},
        "a library of someone's": {"GDAL_DATA": "/nonexistent"},
    }
    for title, env in odd.items():
        with Case() as case:
            prepare(case)
            case.env.update(env)
            case.env = {k: v for k, v in case.env.items()
                        if v or k not in ("HOME", "PATH")}
            r = case.load("p.yaml")
            check(r.code == 0 and not case.left_over(), f"{title}: it loads",
                  r)
            equal(case.state(), usual, f"{title}: the same answers")
    no_temporary_folder()
    few_rights()


def no_temporary_folder():
    with Case() as case:
        prepare(case)
        r = case.load("p.yaml", env={"TMPDIR": "/nonexistent"})
        check(r.code == 73 and "TMPDIR" in r.err and is_sentence(last(r)),
              "a temporary folder that is not there", r)
        print(f"# no TMPDIR: {last(r)}")
        case.write("f.csv", "ref,name\nA,Hall\n")
        case.write("p.yaml", SITES + "key: ref\nfields: {name: name}\n"
                   "source: f.csv\n")
        r = case.load("p.yaml", env={"TMPDIR": "/nonexistent"})
        check(r.code == 0, "a CSV needs no temporary folder", r)


def few_rights():
    """As a user who owns nothing but the folder: the fences hold, too."""
    with Case() as case:
        prepare(case)
        for name in [".", *os.listdir(case.dir)]:
            if os.getuid() == 0:
                os.chown(case.path(name), NOBODY, NOBODY)
        if not as_nobody(case):
            skip("as another user", "cannot become one")
            return
        r, report = case.report("p.yaml")
        equal((r.code, report.get("accepted")), (0, 10),
              "as a user without rights, everything loads")
        check(not case.left_over(), "and nothing is left behind")
    shutil.rmtree(case.dir, ignore_errors=True)


def main():
    read_only()
    locked()
    no_room()
    settings()
