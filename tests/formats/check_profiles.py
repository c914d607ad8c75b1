"""A wrong profile: the message says where, what, and what was meant."""
import re

from harness import Case, check, equal, is_sentence

GOOD = """layer: sites1
kind: sites
title: Sites
partner: test-council
source: f.csv
key: ref
x: lon
y: lat
dates: dd/mm/yyyy
fields:
  name: name
  local_ref: ref
  tenure: tenure
  floor_area_m2: {column: size, unit: ft2}
  services:
    cql2: |
      if(name like '%a%',
         'library')
values:
  tenure: {Freehold: freehold, Lease: leasehold}
tier: public
"""
CSV = "ref,name,lon,lat,tenure,size\nA,Hall,-2.3,53.4,Freehold,100\n"
AREAS = """layer: localities_x
kind: areas
set: localities
area_name: name
tier: public
source: a.geojson
"""
SQUARE = ('{"type":"FeatureCollection","features":[{"type":"Feature",'
          '"properties":{"name":"N"},"geometry":{"type":"Polygon",'
          '"coordinates":[[[-3,53],[-2,53],[-2,54],[-3,54],[-3,53]]]}}]}')

# title, what to replace, by what, line (0: any), words of the message
MISTAKES = [
    ("an unknown key", "partner:", "partnr:", 4, ["partnr", "'partner'"]),
    ("a doubled key", "title: Sites", "title: Sites\ntitle: Two", 4,
     ["title", "twice"]),
    ("an alias", "title: Sites", "title: *t", 3, ["alias"]),
    ("an anchor", "title: Sites", "title: &t Sites", 3, ["anchor"]),
    ("a tag", "title: Sites", "title: !!binary Sites", 3, ["tag"]),
    ("a list for a text", "title: Sites", "title: [Sites]", 3,
     ["title", "one text"]),
    ("a text for a map", "values:\n  tenure: {Freehold: freehold, Lease: "
     "leasehold}", "values: tenure", 19, ["values"]),
    ("a text for a number", "key: ref", "key: ref\nheader_row: two", 7,
     ["header_row", "two"]),
    ("an unknown field", "  name: name", "  nmae: name", 11,
     ["nmae", "'name'"]),
    ("an unknown column", "  name: name", "  name: nmae", 11,
     ["nmae", "'name'"]),
    ("an unknown column of x", "x: lon", "x: lno", 7, ["lno", "'lon'"]),
    ("an unknown key column", "key: ref", "key: reff", 6, ["reff", "'ref'"]),
    ("an unknown column in an expression", "if(name like", "if(nmae like", 17,
     ["nmae", "'name'"]),
    ("an unknown code in values", "Lease: leasehold", "Lease: leashold", 20,
     ["leashold", "leasehold"]),
    ("values of no field", "  tenure: {Freehold", "  tenur: {Freehold", 20,
     ["tenur", "'tenure'"]),
    ("a broken expression", "'library')", "'library'", 0, []),
    ("an unknown function", "if(name like", "iff(name like", 17,
     ["iff", "'if'"]),
    ("an unknown partner", "test-council", "test-counci", 4,
     ["test-counci", "'test-council'"]),
    ("no partner", "partner: test-council\n", "", 0, ["partner", "sites"]),
    ("no key", "key: ref\n", "", 0, ["key", "sites"]),
    ("no layer", "layer: sites1\n", "", 0, ["layer"]),
    ("no kind", "kind: sites\n", "", 0, ["kind"]),
    ("an unknown kind", "kind: sites", "kind: site", 2, ["'site'", "sites"]),
    ("no source", "source: f.csv\n", "", 0, ["source", "rows"]),
    ("two ways to give rows", "key: ref", "rows: |\n  ref\n  A\nkey: ref", 0,
     ["source", "rows"]),
    ("two formats", "key: ref", "format: [csv, xlsx]\nkey: ref", 6,
     ["format", "one"]),
    ("an unknown format", "key: ref", "format: exel\nkey: ref", 6,
     ["exel", "xlsx"]),
    ("a bad tier", "tier: public", "tier: publik", 21,
     ["publik", "public,"]),
    ("a bad date order", "dates: dd/mm/yyyy", "dates: dd/mm/yy", 9,
     ["dd/mm/yy", "dd/mm/yyyy"]),
    ("a bad unit", "unit: ft2", "unit: feet", 14, ["feet", "ft2"]),
    ("a bad CRS", "x: lon", "crs: EPSG:99999\nx: lon", 7, ["99999"]),
    ("x without y", "y: lat\n", "", 7, ["x", "y"]),
    ("an unknown area set", "tier: public", "covers: localitys\ntier: public",
     21, ["localitys", "'localities'"]),
    ("a column and an expression", "{column: size, unit: ft2}",
     "{column: size, value: 3}", 14, ["floor_area_m2"]),
    ("a bad agreement date", "tier: public",
     "tier: public\nagreement: {reference: A, expires: soon}", 22, ["soon"]),
    ("a tab", "  name: name", "\tname: name", 11, []),
    ("bytes that are not UTF-8", "title: Sites", "title: S\udcffites", 0, []),
    ("an empty file", GOOD, "", 0, []),
    ("a list", GOOD, "- a\n- b\n", 1, ["key"]),
]


def prepare(case):
    case.write("f.csv", CSV)
    case.write("p.yaml", GOOD)
    case.write("a.geojson", SQUARE)
    case.write("a.yaml", AREAS)


def one(case, title, old, new, line, words):
    assert old in GOOD, title
    text = GOOD.replace(old, new, 1)
    case.write("q.yaml", text.encode("utf-8", "surrogateescape"))
    r = case.load("q.yaml")
    said = r.err.strip().split("\n")[-1]
    said = said.removeprefix("terrier: ")
    place = rf"q\.yaml:{line}:\d+" if line else r"q\.yaml"
    check(r.code == 78, f"{title}: exit 78", r)
    check(re.match(place, said) and all(w in said for w in words),
          f"{title}: says where{' and what' if words else ''}",
          f"{said}\nwanted {place} {words}")
    check(is_sentence(said), f"{title}: in one sentence", said)
    check(case.version() == case.good, f"{title}: the store is unchanged")
    return said


def main():
    with Case() as case:
        prepare(case)
        r = case.load("a.yaml", "p.yaml")
        check(r.code == 0, "the sound profile loads", r)
        case.good = case.version()
        for mistake in MISTAKES:
            said = one(case, *mistake)
            print(f"# {mistake[0]}: {said[:200]}")
        broken = one(case, "a block scalar's error", "'library')", "'library'",
                     0, [])
        check(re.match(r"q\.yaml:1[89]:\d+", broken),
              "an error in a block scalar has the file's own line", broken)
        equal(len(case.query()), 1, "one site after all of it")
        rest_loads(case)


def rest_loads(case):
    """A bad layer does not stop the good ones beside it."""
    case.write("q.yaml", GOOD.replace("kind: sites", "kind: site").replace(
        "sites1", "sites2"))
    case.write("p.yaml", GOOD.replace("title: Sites", "title: Other"))
    r = case.load("p.yaml", "q.yaml")
    check(r.code == 78 and "q.yaml:2:" in r.err and "sites1" in r.out,
          "a bad profile beside a good one: the good one loads", r)
