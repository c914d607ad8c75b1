"""Files that nobody should have sent: refused in one sentence, within limits,
with the store as it was and nothing left behind."""
import os
import random
import sqlite3
import struct
import subprocess
import sys
import zipfile

import writers
from harness import SITES, Case, check, equal, is_sentence

PROFILE = SITES.replace("sites1", "hostile") + """key: ref
fields: {name: name, local_ref: ref}
source: f.%s
"""
GOOD = SITES + """key: ref
fields: {name: name}
rows: |
  ref,name
  A,Hall
"""
SUFFIXES = ("csv", "xlsx", "gpkg", "shp", "geojson", "fgb", "kml")
GROW = """
import sys
with open(sys.argv[1], "a") as f:
    for i in range(400000):
        print(f"A{i},{'x' * 90}", file=f)
"""
SECONDS, MIB = 10, 500
slowest = {"seconds": 0, "mib": 0}


class Hostile(Case):
    """A store with one good layer; each file must leave it alone."""

    def __enter__(self):
        self.write("good.yaml", GOOD)
        r = self.load("good.yaml")
        assert r.code == 0, r
        self.good = self.state()
        self.bytes = self.store_bytes()
        return self

    def store_bytes(self):
        with open(self.path("t.db"), "rb") as f:
            return f.read()

    def is_as_it_was(self):
        """The same bytes give the same answers; else they are asked for."""
        return self.store_bytes() == self.bytes or self.state() == self.good

    def profile(self, suffix, more=""):
        text = PROFILE % suffix
        if suffix == "kml":
            text = text.replace("name: name", "name: Name")
        self.write("h.yaml", text + more)

    def forget(self):
        for name in os.listdir(self.dir):
            if name.startswith("f."):
                path = self.path(name)
                os.rmdir(path) if os.path.isdir(path) else os.remove(path)

    def cost(self, r, title):
        slowest["seconds"] = max(slowest["seconds"], r.seconds)
        slowest["mib"] = max(slowest["mib"], r.mib)
        return check(r.is_quick(SECONDS) and r.mib < MIB and not r.left and
                     not self.left_over() and self.is_as_it_was(),
                     f"{title}: within limits, nothing left, store as it was",
                     f"{r.seconds:.1f} s ({r.work:.1f} s of work), "
                     f"{r.mib:.0f} MiB, {r.left}, "
                     f"{self.left_over()}")

    def refused(self, title, words=(), codes=(65, 66, 78), quiet=False):
        r = self.load("h.yaml", seconds=90)
        said = r.err.strip().split("\n")[-1].removeprefix("terrier: ")
        good = (r.code in codes and is_sentence(said) and
                all(w in said for w in words))
        if not quiet or not good:
            check(good, f"{title}: refused in one sentence",
                  f"{r}\nwanted {codes} {words}")
            print(f"# {title}: {said[:220]}")
            self.cost(r, title)
        return good, r


def simple(case):
    for suffix in SUFFIXES:
        case.forget()
        case.profile(suffix)
        case.refused(f"{suffix}, not there", codes=(66,))
        os.mkdir(case.path("f." + suffix))
        case.refused(f"{suffix}, a folder", ["folder"], codes=(66,))
        case.forget()
        os.mkfifo(case.path("f." + suffix))
        case.refused(f"{suffix}, a pipe", codes=(66,))
        case.forget()
        case.write("f." + suffix, b"")
        case.refused(f"{suffix}, empty", ["empty"] if suffix != "csv" else [],
                     codes=(65,))
        rng = random.Random(7)
        case.write("f." + suffix, rng.randbytes(5000))
        case.refused(f"{suffix}, binary noise", codes=(65,))
        case.write("f." + suffix, b'<OGRVRTDataSource><OGRVRTLayer name="f">'
                   b"<SrcDataSource>/etc/passwd</SrcDataSource>"
                   b"</OGRVRTLayer></OGRVRTDataSource>")
        case.refused(f"{suffix}, a GDAL virtual file", ["VRT"], codes=(65,))
        case.write("f." + suffix, b"<!DOCTYPE html><html><p>Sign in</html>")
        case.refused(f"{suffix}, a web page", ["web page"], codes=(65,))


def unreadable(case):
    if os.getuid() != 0:
        return
    for suffix in ("csv", "gpkg"):
        case.forget()
        case.profile(suffix)
        writers.write(case.path("f." + suffix), 27700)
        os.chmod(case.path("f." + suffix), 0)
    # As another user, with a store of its own.
        for name in os.listdir(case.dir):
            os.chown(case.path(name), 65534, 65534)
        os.chown(case.dir, 65534, 65534)
        case.prefix = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                       "--clear-groups"]
        if case.run("--version").code:
            case.prefix = []
            return
        case.refused(f"{suffix}, mode 000", codes=(66,))
        case.prefix = []


def truncated(case):
    for suffix in SUFFIXES:
        case.forget()
        case.profile(suffix, "x: x\ny: y\ncrs: EPSG:27700\n"
                     if suffix in ("csv", "xlsx") else "")
        writers.write(case.path("f." + suffix), 27700)
        with open(case.path("f." + suffix), "rb") as f:
            whole = f.read()
        bad = []
        for i in range(20):
            at = len(whole) * i // 20
            case.write("f." + suffix, whole[:at])
            r = case.load("h.yaml", "--dry-run", seconds=90)
            said = r.err.strip().split("\n")[-1].removeprefix("terrier: ")
            # A text cut at the end of a line is a whole text.
            whole_lines = suffix == "csv" and r.code == 0
            if not whole_lines and not (r.code in (65, 78) and
                                        is_sentence(said)):
                bad.append((at, r.code, said))
            if not r.is_quick(SECONDS) or r.mib > MIB or r.left:
                bad.append((at, r.seconds, r.mib, r.left))
        check(not bad, f"{suffix}, cut short at 20 places: each refused", bad)
        check(not case.left_over() and case.is_as_it_was(),
              f"{suffix}, cut short: nothing left, store as it was")


def archives(case):
    case.forget()
    case.profile("xlsx")
    filler = "<row>" + " " * 300_000_000 + "</row>"
    writers.workbook(case.path("f.xlsx"), filler)
    del filler
    case.refused("xlsx, a zip bomb", codes=(65,))
    with zipfile.ZipFile(case.path("f.xlsx"), "w") as z:
        z.writestr("../../etc/x", "x")
    case.refused("xlsx, a zip that climbs out", codes=(65,))
    with zipfile.ZipFile(case.path("f.xlsx"), "w") as z:
        z.writestr("hello.txt", "x")
    case.refused("xlsx, a zip without a workbook", ["workbook"], codes=(65,))


def databases(case):
    case.forget()
    case.profile("gpkg")

    def spoil(title, *statements):
        case.forget()
        writers.write(case.path("f.gpkg"), 27700)
        db = sqlite3.connect(case.path("f.gpkg"))
        for s in statements:
            db.execute(s)
        db.commit()
        db.close()
        case.refused(title, codes=(65,))

    spoil("gpkg with a foreign virtual table",
          "CREATE VIRTUAL TABLE odd USING fts4(a)")
    spoil("gpkg with a trigger that writes a file",
          "CREATE TRIGGER t AFTER INSERT ON sites BEGIN "
          "SELECT writefile('x', 'y'); END")
    spoil("gpkg with a view that calls a function",
          "CREATE VIEW v AS SELECT load_extension('x')")
    case.forget()
    sqlite3.connect(case.path("f.gpkg")).executescript(
        "CREATE TABLE a(b); INSERT INTO a VALUES (1);")
    case.refused("gpkg, another database", ["GeoPackage"], codes=(65,))


def polygon_of(path, n):
    """A GeoJSON polygon of n vertices, written as it goes."""
    with open(path, "w") as f:
        f.write('{"type":"FeatureCollection","features":[{"type":"Feature",'
                '"properties":{"ref":"A","name":"Big"},"geometry":{"type":'
                '"Polygon","coordinates":[[[-3,53]')
        step = 1 / n
        for start in range(0, n, 10000):
            f.write("".join(
                f",[{-3 + step * i:.7f},{53 + (i % 2) * 0.001:.3f}]"
                for i in range(start, min(start + 10000, n))))
        f.write(",[-2,54],[-3,54],[-3,53]]]}}]}")


def geometries(case):
    case.forget()
    case.profile("geojson")
    polygon_of(case.path("f.geojson"), 10_000_000)
    case.refused("a polygon of ten million points", ["points"], codes=(65,))
    feature = ('{"type":"FeatureCollection","features":[{"type":"Feature",'
               '"properties":{"ref":"A","name":"N"},"geometry":%s}]}')
    case.write("f.geojson", feature % ('{"type":"Point","coordinates":' +
                                       "[" * 100000 + "]" * 100000 + "}"))
    case.refused("100,000 levels of brackets", ["nested"], codes=(65,))
    deep = ('{"type":"GeometryCollection","geometries":[' * 20 +
            '{"type":"Point","coordinates":[-2,53]}' + "]}" * 20)
    case.write("f.geojson", feature % deep)
    harmless(case, "collections in collections")
    for odd in ("NaN", "Infinity", "1e308", "-1e308", "1e999"):
        case.write("f.geojson", feature % (
            '{"type":"Point","coordinates":[%s,53]}' % odd))
        harmless(case, f"geojson, a coordinate {odd}")
        case.write("f.csv", f"ref,name,x,y\nA,N,{odd},53\n")
        case.profile("csv", "x: x\ny: y\n")
        harmless(case, f"csv, a coordinate {odd}")
        case.profile("geojson")
    for odd in (float("nan"), float("inf"), 1e308):
        case.forget()
        writers.write(case.path("f.gpkg"), 27700)
        db = sqlite3.connect(case.path("f.gpkg"))
        db.execute("DROP TRIGGER IF EXISTS rtree_sites_geom_update1")
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE "
                                  "type='trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        wkb = b"GP\0\1" + struct.pack("<i", 27700) + struct.pack(
            "<BIdd", 1, 1, odd, 5.0)
        db.execute("UPDATE sites SET geom = ? WHERE fid = 1", (wkb,))
        db.commit()
        db.close()
        case.profile("gpkg")
        harmless(case, f"gpkg, a coordinate {odd}")


def harmless(case, title):
    """Either refused, or the row kept without the position, and said."""
    r, report = case.report("h.yaml", "--dry-run")
    located = report.get("located", {}).get("coordinate")
    rows = report.get("accepted", 0)
    said = r.err.strip().split("\n")[-1].removeprefix("terrier: ")
    good = (r.code == 0 and located == rows - 1 and
            report.get("issues") or r.code == 65 and is_sentence(said))
    check(good, f"{title}: refused, or kept without it and said", r)
    case.cost(r, title)


def texts(case):
    case.forget()
    case.profile("kml")
    kml = ('<?xml version="1.0"?>%s<kml xmlns="http://www.opengis.net/kml/2.2">'
           "<Document>%s<Placemark><name>&e;</name><Point><coordinates>-2,53"
           "</coordinates></Point></Placemark></Document></kml>")
    case.write("f.kml", kml % ('<!DOCTYPE kml [<!ENTITY e SYSTEM '
                               '"file:///etc/passwd">]>', ""))
    case.refused("kml with an external entity", ["DOCTYPE"], codes=(65,))
    bomb = "".join(f'<!ENTITY e{i} "{"&e%d;" % (i - 1) * 10}">'
                   for i in range(1, 12))
    case.write("f.kml", kml % (f'<!DOCTYPE kml [<!ENTITY e0 "ha">{bomb}]>',
                               ""))
    case.refused("kml with entities of entities", ["DOCTYPE"], codes=(65,))
    case.write("f.kml", (kml % ("", "<NetworkLink><Link><href>http://x/"
                                "</href></Link></NetworkLink>")).replace(
                                    "&e;", "n"))
    case.refused("kml with a link to another", ["NetworkLink"], codes=(65,))
    case.write("f.kml", (kml % ("", "<Folder>" * 100000)).replace("&e;", "n"))
    case.refused("kml, 100,000 levels deep", codes=(65,))
    case.forget()
    case.profile("csv")
    case.write("f.csv", "ref,name\nA," + "x" * (2 * 1024 * 1024) + "\n")
    case.refused("csv with a field of 2 MiB", codes=(65,))
    names = ",".join(f"c{i}" for i in range(5000))
    case.write("f.csv", f"ref,name,{names}\nA,N" + "," * 5000 + "\n")
    case.refused("csv with 5,000 columns", codes=(65,))
    case.write("f.csv", 'ref,name\nA,"Hall\n' + "B,More\n" * 1000)
    case.refused("csv with a quote that is not closed", ["quot", "2"],
                 codes=(65,))
    case.write("f.csv", "ref,name\nA,N\x00ul\n")
    case.refused("csv with a NUL", codes=(65,))
    case.write("f.csv", "ref,name\n")
    case.refused("csv without rows", codes=(65,))
    case.write("f.csv", "ref,ref\nA,B\n")
    case.refused("csv with a column twice", ["ref", "twice"], codes=(65, 78))
    case.write("f.csv", "\ufeffref,name\nA,N\n".encode("utf-16"))
    case.refused("csv in UTF-16", ["UTF-16"], codes=(65, 78))


def too_large(case):
    for suffix in ("csv", "geojson", "gpkg", "xlsx"):
        case.forget()
        case.profile(suffix)
        with open(case.path("f." + suffix), "wb") as f:
            f.write(b"ref,name\nA,N\n")
            f.truncate(3 * 1024 * 1024)
        case.env["TERRIER_MAX_FILE_MIB"] = "2"
        case.refused(f"{suffix} over max_file_mib", ["limit"], codes=(65,))
    del case.env["TERRIER_MAX_FILE_MIB"]
    case.forget()
    case.profile("csv")
    case.write("f.csv", "ref,name\n" + "".join(f"A{i},N\n"
                                              for i in range(2000)))
    case.env["TERRIER_MAX_ROWS"] = "1000"
    case.refused("csv over max_rows", ["limit"], codes=(65,))
    del case.env["TERRIER_MAX_ROWS"]


def growing(case):
    """A file that another program goes on writing, faster than it is read."""
    for suffix in ("csv", "geojson"):
        case.forget()
        case.profile(suffix)
        case.write("f." + suffix, "ref,name\n" if suffix == "csv" else
                   '{"type":"FeatureCollection","features":[')
        case.env["TERRIER_MAX_FILE_MIB"] = "4"
        writer = subprocess.Popen([sys.executable, "-c", GROW,
                                   case.path("f." + suffix)])
        r = case.load("h.yaml", seconds=90)
        writer.kill()
        writer.wait()
        # A reader that caught up with the writer has read a file that was
        # within the limit; what is past it is refused.
        rows = [line for line in r.out.splitlines() if "hostile" in line]
        within = r.code == 0 and int(rows[0].split()[2]) * 97 <= 4 * 1024 ** 2
        check(within or (r.code == 65 and is_sentence(
            r.err.strip().split("\n")[-1].removeprefix("terrier: "))),
            f"{suffix} that grows past max_file_mib while it is read", r)
        if within:
            continue
        case.cost(r, f"{suffix} that grows")
    del case.env["TERRIER_MAX_FILE_MIB"]


def main():
    with Hostile() as case:
        for part in (simple, truncated, archives, databases, geometries,
                     texts, too_large, unreadable):
            part(case)
        equal(case.state(), case.good, "after all of it the store is as it was")
    with Hostile() as case: # a store of its own: it may be loaded into
        growing(case)
        print(f"# slowest {slowest['seconds']:.1f} s, most memory "
              f"{slowest['mib']:.0f} MiB")
