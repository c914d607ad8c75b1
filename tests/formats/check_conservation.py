"""Rows read = accepted + rejected + duplicate, whatever the file is like."""
import csv
import json
import os
import random

from harness import SITES, Case, check, equal

FILES = 200
PROFILE = SITES.replace("sites1", "messy%d") + """source: f%d.csv
key: ref
x: x
y: y
dates: dd/mm/yyyy
where: "ref is null or ref not like 'X%%'"
total_row: "name = 'All'"
fields: {name: name, uprn: uprn, postcode: postcode, floor_area_m2: size,
         condition_date: seen, local_ref: ref}
"""
HEADER = ["ref", "name", "uprn", "postcode", "x", "y", "size", "seen"]


def value(rng, column):
    odd = ["", " ", "\u00a0", "NaN", "1e400", "-1", "x" * 300, "a,b", 'q"q',
           "two\nlines", "\u2019", "0", "#REF!", "=1+1", "31/02/2020"]
    usual = {"ref": lambda: rng.choice("ABX") + str(rng.randrange(12)),
             "name": lambda: rng.choice(["Hall", "Total", "All", "Caf\u00e9"]),
             "uprn": lambda: str(rng.randrange(10 ** 12)),
             "postcode": lambda: rng.choice(["M1 1AA", "M32 OXZ", "M33"]),
             "x": lambda: f"{rng.uniform(-8, 2):.5f}",
             "y": lambda: f"{rng.uniform(49, 60):.5f}",
             "size": lambda: str(rng.randrange(2000)),
             "seen": lambda: f"{rng.randrange(1, 32):02}/01/2020"}
    return rng.choice(odd) if rng.random() < 0.2 else usual[column]()


def write(path, rng):
    """The records written after the header."""
    end = rng.choice(["\n", "\r\n"])
    records = 0
    seen = []
    with open(path, "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f, lineterminator=end)
        w.writerow(HEADER)
        w.writerow(["A99", "Sound", "", "", "", "", "", ""])
        records += 1
        for _ in range(rng.randrange(40)):
            row = [value(rng, c) for c in HEADER]
            kind = rng.random()
            if kind < 0.1 and seen:
                row = rng.choice(seen)
            elif kind < 0.15:
                row = row[:rng.randrange(2, len(row))]
            elif kind < 0.2:
                row = row + ["more"]
            elif kind < 0.25:
                row = [""] * len(row)
            w.writerow(row)
            seen.append(row)
            records += 1
            if rng.random() < 0.05:
                f.write(end)  # an empty line is no record
    return records


def main():
    rng = random.Random(20240229)
    with Case() as case:
        records = {}
        for i in range(FILES):
            records[f"messy{i}"] = write(case.path(f"f{i}.csv"), rng)
            case.write(f"p{i}.yaml", PROFILE % (i, i))
        r = case.run("load", "--json", ".", "--issues", "issues.csv",
                     seconds=120)
        layers = json.loads(r.out)["layers"]
        equal((r.code, len(layers)), (0, FILES), "200 messy files load")
        bad = [l for l in layers if l["read"] != l["accepted"] +
               l["rejected"] + l["duplicate"]]
        check(not bad, "read = accepted + rejected + duplicate in each", bad)
        bad = [(l["layer"], l["read"], records[l["layer"]]) for l in layers
               if l["read"] != records[l["layer"]]]
        check(not bad, "every record that was written was read", bad)
        bad = [l["layer"] for l in layers if sum(l["located"].values()) +
               l["merged"] != l["accepted"]]
        check(not bad, "every accepted row is on one rung of the ladder", bad)
        # Each refused or doubled row is named (left out by where: counted).
        named = {}
        with open(case.path("issues.csv"), newline="") as f:
            for i in csv.DictReader(f):
                if i["row"] and (i["severity"] == "error" or i["type"] in
                                 ("total row", "duplicate row")):
                    named.setdefault(i["layer"], set()).add(i["row"])
        bad = [(l["layer"], l["rejected"], l["excluded"], l["duplicate"],
                len(named.get(l["layer"], ()))) for l in layers
               if l["rejected"] - l["excluded"] + l["duplicate"] >
               len(named.get(l["layer"], ()))]
        check(not bad, "each row that was not accepted is named", bad)
        sums = [sum(l[k] for l in layers)
                for k in ("read", "accepted", "rejected", "duplicate")]
        check(all(sums), "all three kinds were met", sums)
        print(f"# {FILES} files, {sums[0]} rows: {sums[1]} accepted, "
              f"{sums[2]} rejected, {sums[3]} duplicate")
        sites = len(case.query())
        equal(sites, sums[1], "each accepted row is a site")
        check(not os.listdir(case.tmp), "nothing is left behind")
