"""The same layer again: same, changed, gone, too much gone."""
import writers
from harness import SITES, Case, check, equal

PROFILE = SITES + """key: ref
fields: {name: name, local_ref: ref, floor_area_m2: size}
x: x
y: y
crs: EPSG:27700
source: f.%s
"""


class Estate:
    """writers.POINTS with a changed name, or without some."""

    def __init__(self, names=None, points=None):
        self.names, self.points = names, points

    def __enter__(self):
        self.kept = writers.NAMES, writers.POINTS
        writers.NAMES = self.names or writers.NAMES
        writers.POINTS = self.points or writers.POINTS

    def __exit__(self, *_):
        writers.NAMES, writers.POINTS = self.kept


def put(case, suffix, **how):
    import glob
    import os
    for old in glob.glob(case.path("f.*")):
        os.remove(old)
    with Estate(**how):
        writers.write(case.path("f." + suffix), 27700)


def one_format(suffix):
    with Case() as case:
        text = PROFILE % suffix
        case.write("p.yaml", text.replace("name: name", "name: Name")
                   if suffix == "kml" else text)
        put(case, suffix)
        r, report = case.report("p.yaml")
        equal((r.code, report.get("added")), (0, 10), f"{suffix}: ten added")
        version = case.version()
        r = case.load("p.yaml")
        check("same as before" in r.out and case.version() == version,
              f"{suffix}: again: same as before", r)
        put(case, suffix, names=["Another name", *writers.NAMES[1:]])
        r, report = case.report("p.yaml")
        equal([report.get(k) for k in ("added", "changed", "unchanged",
                                       "vanished")], [0, 1, 9, 0],
              f"{suffix}: a changed cell is one changed row")
        put(case, suffix, points=writers.POINTS[:9])
        r, report = case.report("p.yaml")
        equal([r.code] + [report.get(k) for k in ("added", "vanished")],
              [0, 0, 1], f"{suffix}: a removed row has vanished")
        rows = {x["local_ref"]: x for x in case.query()}
        check("TP12" in rows and
              rows["TP12"].get("missing_since", "").startswith("20"),
              f"{suffix}: it stays, with the day since when it is missing",
              rows.get("TP12"))
        check(not rows.get("TP03", {}).get("missing_since"),
              f"{suffix}: the others are not missing")
        before, version = case.state(), case.version()
        put(case, suffix, points=writers.POINTS[:6])
        r, report = case.report("p.yaml")
        check(r.code == 65 and "--accept-vanished" in r.err,
              f"{suffix}: over a fifth gone is refused", r)
        check(case.state() == before and case.version() == version,
              f"{suffix}: and the layer is as it was")
        r, report = case.report("p.yaml", "--accept-vanished")
        check(r.code == 0, f"{suffix}: with --accept-vanished it loads", r)
        put(case, suffix)
        r, report = case.report("p.yaml")
        rows = case.query()
        check(r.code == 0 and len(rows) == 10 and
              not any(x.get("missing_since") for x in rows),
              f"{suffix}: what comes back is missing no more", r)


def main():
    for suffix in ("csv", "xlsx", "gpkg", "shp", "geojson", "kml"):
        one_format(suffix)
