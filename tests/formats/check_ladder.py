"""Where a row without good coordinates is put, and who may see it."""
import csv
import io
import os

from harness import SITES, TREE, Case, check, equal, skip

UPRNS = """layer: uprns
kind: uprns
crs: EPSG:27700
x: easting
y: northing
tier: public
rows: |
  uprn,easting,northing
  100000000001,380000.25,390000.75
"""
# ZZ1: 19 of 20 postcodes in the west; ZZ2: 9 of 10. ZZ9 goes on past the edge.
POSTCODES = ([f"ZZ1 1A{c}" for c in "ABDEFGHJLNPQRSTUWXY"] + ["ZZ1 2AA"] +
             [f"ZZ2 1A{c}" for c in "ABDEFGHJL"] + ["ZZ2 2AA"] +
             [f"ZZ9 1A{c}" for c in "ABDE"])
EAST = {"ZZ1 2AA", "ZZ2 2AA"}
AREAS = """layer: localities
kind: areas
set: localities
vintage: "2024"
area_name: name
crs: EPSG:27700
tier: public
source: areas.geojson
"""
ROWS = """ref,name,uprn,postcode,lon,lat
S1,By UPRN,100000000001,ZZ1 1AA,,
S2,By postcode,,ZZ1 1AB,,
S3,By outward code,,ZZ1,,
S4,Outward of two areas,,ZZ2,,
S5,Outward past the edge,,ZZ9,,
S6,Nowhere,,,,
S7,Given,,,-2.305123,53.405123
S8,Swapped,,,53.405123,-2.305123
S9,Given as its postcode,,ZZ1 1AD,%s,%s
"""
PROFILE = SITES + """source: sites.csv
key: ref
fields: {name: name, local_ref: ref, uprn: uprn, postcode: postcode}
"""


def box(w, e):
    ring = [[w, 380000], [e, 380000], [e, 400000], [w, 400000], [w, 380000]]
    return f'{{"type":"Polygon","coordinates":[{ring}]}}'


def prepare(case):
    areas = ",".join(
        f'{{"type":"Feature","properties":{{"name":"{n}"}},"geometry":{g}}}'
        for n, g in (("West", box(370000, 385000)),
                     ("East", box(385000, 400000))))
    case.write("areas.geojson", '{"type":"FeatureCollection","features":['
               + areas + "]}")
    case.write("areas.yaml", AREAS)
    case.write("uprns.yaml", UPRNS)
    text = "postcode,easting,northing\n"
    for i, p in enumerate(POSTCODES):
        text += f"{p},{390000 if p in EAST else 380000},{390000 + i}\n"
    case.write("postcodes.csv", text)
    case.write("postcodes.yaml", "layer: postcodes\nkind: postcodes\n"
               "source: postcodes.csv\ncrs: EPSG:27700\nx: easting\n"
               "y: northing\npartial: [ZZ9]\ntier: public\n")
    case.write("zz.yaml", PROFILE + "x: lon\ny: lat\n")


def centroid(case, postcode):
    rows = case.query("--collection", "postcodes")
    row = next((r for r in rows if postcode in r.values()), {})
    return row.get("lon", "0"), row.get("lat", "0")


def by_ref(case, audience):
    r = case.run("query", "--format", "csv", "--audience", audience)
    return {row.get("local_ref") or row["name"]: row
            for row in csv.DictReader(io.StringIO(r.out))}


def rungs(case):
    prepare(case)
    case.write("sites.csv", ROWS % ("", ""))
    r = case.load(".")
    check(r.code == 0, "the folder of the ladder loads", r)
    case.write("sites.csv", ROWS % centroid(case, "ZZ1 1AD"))
    result, issues = case.issues("zz.yaml")
    check(result.code == 0, "the sites load again", result)
    rows = by_ref(case, "operator")
    want = {  # source, precision, locality
        "S1": ("uprn", "1", "West"), "S2": ("postcode", "100", "West"),
        "S3": ("outward", "", "West"), "S4": ("outward", "", ""),
        "S5": ("outward", "", ""), "S6": ("none", "", ""),
        "S7": ("coordinate", "1", "West"), "S8": ("coordinate", "1", "West"),
        "S9": ("postcode-as-given", "100", "West")}
    for ref, expected in want.items():
        row = rows.get(ref, {})
        got = (row.get("coord_source"), row.get("precision_m"),
               row.get("locality", row.get("localities")))
        equal(got, expected, f"the ladder: {row.get('name', ref)}")
    check((rows["S1"]["lon"], rows["S1"]["lat"]) !=
          (rows["S2"]["lon"], rows["S2"]["lat"]) and rows["S1"]["lon"],
          "a UPRN comes before the postcode")
    equal((rows["S8"]["lon"], rows["S8"]["lat"]),
          (rows["S7"]["lon"], rows["S7"]["lat"]),
          "a swapped pair is put right")
    check(any(i["type"] == "WGS84 flipped" and i["row"] == "9" and
              i["value"] == "53.405123" for i in issues),
          "and said, with row and value", issues)


def public_sees_less(case):
    rows = by_ref(case, "public")
    for ref in ("S1", "S2", "S3"):
        row = rows.get(ref, {})
        check(not row.get("lon") and "not published" in row.values(),
              f"to the public {ref}, left blank by its owner, has no place",
              row)
    check(rows.get("S7", {}).get("lon"), "a given place is public",
          rows.get("S7"))
    rows = by_ref(case, "partnership")
    check(rows.get("S1", {}).get("lon"),
          "the partnership sees the derived place", rows.get("S1"))
    # A layer without coordinate columns keeps its rows' tier.
    case.write("zz.yaml", PROFILE)
    check(case.load("zz.yaml").code == 0, "the same layer without x and y")
    rows = by_ref(case, "public")
    check(rows.get("S1", {}).get("lon"),
          "without coordinate columns a derived place is public",
          rows.get("S1"))


def one_coordinate():
    profile = os.path.join(TREE, "tests/data/traps/"
                                 "bus_stops_one_coordinate.yaml")
    root = os.path.join(TREE, "../shared/data/trafford")
    if not os.path.exists(os.path.join(root, "traps")):
        skip("one coordinate for all stops", "no shared data")
        return
    with Case() as case:
        with open(profile) as f:
            case.write("stops.yaml", f.read())
        r, report = case.report("stops.yaml", "--source-root", root)
        check(r.code == 0 and report.get("barred_from_measures"),
              "a file of stops with one coordinate is barred from measures",
              r.err)
        check(any("one coordinate" in w for w in report.get("warnings", [])),
              "and that is said", report.get("warnings"))
        check('"barred_from_measures":true' in case.run(
            "layers", "--json").out.replace(" ", ""),
            "and the layer is listed so")


def main():
    with Case() as case:
        rungs(case)
        public_sees_less(case)
    one_coordinate()
