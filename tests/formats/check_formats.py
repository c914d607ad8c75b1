"""One estate in every format and two CRSs is one estate."""
import math
import unicodedata

import writers
from harness import SITES, Case, check, equal

COLUMNS = "key: ref\nfields: {name: name, local_ref: ref, floor_area_m2: size}\n"
XY = "x: x\ny: y\n"
SUFFIXES = ("csv", "xlsx", "gpkg", "shp", "geojson", "fgb", "kml")


def profile(source, more=""):
    return f"{SITES}source: {source}\n{COLUMNS}{more}"


def values_of(case):
    """{ref: (name, area)}, {ref: (lon, lat)}, {ref: (e, n)}"""
    facts, lonlat, grid = {}, {}, {}
    for row in case.query():
        ref = row["local_ref"]
        facts[ref] = row["name"], row["floor_area_m2"]
        lonlat[ref] = row["lon"], row["lat"]
    for row in case.query("--crs", "EPSG:27700"):
        grid[row["local_ref"]] = [v for k, v in row.items()
                                  if k in ("x", "y", "easting", "northing",
                                           "lon", "lat")][:2]
    return facts, lonlat, grid


def off_mm(lonlat, grid):
    """How far each place is from the truth, in mm, in both CRSs."""
    worst = 0
    for ref, lat, lon, e, n in writers.POINTS:
        x, y = map(float, grid[ref])
        worst = max(worst, 1000 * math.hypot(x - e, y - n))
        x, y = map(float, lonlat[ref])
        east = (x - lon) * 111320000 * math.cos(math.radians(lat))
        worst = max(worst, math.hypot(east, (y - lat) * 111320000))
    return worst


def expected_names():
    return {p[0]: unicodedata.normalize("NFC", n)
            for p, n in zip(writers.POINTS, writers.NAMES)}


def every_format():
    for epsg in (4326, 27700):
        # Positions of one CRS are the same number for number.
        first = {"names": expected_names()}
        seen = {}
        for suffix in SUFFIXES:
            with Case() as case:
                writers.write(case.path("f." + suffix), epsg)
                more = f"crs: EPSG:{epsg}\n"
                if suffix in ("csv", "xlsx") or (suffix == "kml" and
                                                 epsg != 4326):
                    more += XY
                elif suffix != "geojson":
                    more = ""  # the file says its CRS itself
                if suffix == "geojson" and epsg == 27700:
                    more = ""  # by its "crs" member, as GDAL writes it
                text = profile("f." + suffix, more)
                if suffix == "kml":  # as KML's own <name> is called
                    text = text.replace("name: name", "name: Name")
                case.write("p.yaml", text)
                result, report = case.report("p.yaml")
                judge(case, f"{suffix} in EPSG:{epsg}", result, report,
                          first, seen)


def judge(case, name, result, report, first, seen):
    if not check(result.code == 0 and report.get("accepted") == 10 and
                 report.get("located", {}).get("coordinate") == 10,
                 f"{name}: ten rows, ten positions", f"{result} {report}"):
        return
    facts, lonlat, grid = values_of(case)
    equal({r: v[0] for r, v in facts.items()}, first["names"],
          f"{name}: the names are as written")
    seen.setdefault("facts", facts)
    seen.setdefault("places", (lonlat, grid))
    equal(facts, seen["facts"], f"{name}: the values are those of the others")
    equal((lonlat, grid), seen["places"],
          f"{name}: the positions are those of the others")
    worst = off_mm(lonlat, grid)
    check(worst <= 10, f"{name}: within 10 mm of the truth",
          f"{worst:.1f} mm off")
    again = case.load("p.yaml")
    check(again.code == 0 and "same as before" in again.out,
          f"{name}: loaded again it is the same as before", again)
    check(not case.left_over() and not result.left,
          f"{name}: nothing is left behind", case.left_over())


def csv_dialects():
    seen = {}
    names = {"names": expected_names()}
    dialects = [
        ("utf-8 without a mark, LF", {"encoding": "utf-8", "end": "\n"}, ""),
        ("CR LF and a byte order mark", {}, ""),
        ("';' and decimal commas", {"separator": ";", "comma": True},
         'separator: ";"\ndecimal: ","\n'),
        ("tabs", {"separator": "\t"}, 'separator: "\\t"\n'),
    ]
    for title, how, more in dialects:
        with Case() as case:
            writers.as_csv(case.path("f.csv"), 27700, **how)
            case.write("p.yaml", profile("f.csv", XY + "crs: EPSG:27700\n" +
                                         more))
            result, report = case.report("p.yaml")
            judge(case, f"csv, {title}", result, report, names, seen)
    windows_1252(seen)


def windows_1252(seen):
    with Case() as case:
        kept = writers.NAMES[6]  # a mark that Windows-1252 does not have
        writers.NAMES[6] = "Ty Gwyn"
        try:
            writers.as_csv(case.path("f.csv"), 27700, encoding="cp1252")
        finally:
            writers.NAMES[6] = kept
        case.write("p.yaml", profile("f.csv", XY + "crs: EPSG:27700\n"))
        r = case.load("p.yaml")
        check(r.code == 65 and "windows-1252" in r.said.lower(),
              "csv in Windows-1252: without `encoding` it says what to do", r)
        case.write("p.yaml", profile(
            "f.csv", XY + "crs: EPSG:27700\nencoding: windows-1252\n"))
        result, report = case.report("p.yaml")
        facts, lonlat, grid = values_of(case)
        facts["TP09"] = seen["facts"]["TP09"]
        equal(facts, seen["facts"], "csv in Windows-1252: the same values")
        equal((lonlat, grid), seen["places"],
              "csv in Windows-1252: the same positions")


def without_a_grid():
    with Case(grid=False) as case:
        writers.as_csv(case.path("f.csv"), 27700)
        case.write("p.yaml", profile("f.csv", XY + "crs: EPSG:27700\n"))
        result, report = case.report("p.yaml")
        check(result.code == 0 and report.get("accepted") == 10,
              "without the OSTN15 grid everything loads", result)
        check(report.get("crs_accuracy_m", 0) > 1,
              "without the grid the report gives the accuracy", report)
        _, lonlat, grid = values_of(case)
        worst = off_mm(lonlat, grid)
        check(10 < worst < 5500, "without the grid it is off by metres only",
              worst)
        said = case.load("p.yaml")
        check("terrier grid" in said.err and " m" in said.err,
              "without the grid the load says so, and what to do", said)


def main():
    every_format()
    csv_dialects()
    without_a_grid()
