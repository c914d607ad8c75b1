"""What Excel does to a register, in a workbook and in its CSV twin."""
import csv

from harness import SITES, Case, check, equal
from writers import Raw, Serial, sheet_xml, workbook

HEADER = ["Ref", "UPRN", "Name", "", "Surveyed", "Size", "Postcode", "Places"]
# A title, an empty line, the header in line 3 (Name reaches over two columns);
# then a line for each kind of damage.
LINES = {
    1: ["Assets of the partnership, 2024"],
    3: HEADER,
    4: ["A1", Raw("1.00013E+11"), "Spoilt UPRN", "", "31/12/2020", 100.0, "",
        5.0],
    5: ["A2", "100013000002", "Not a date", "", "12/31/2020", 200.0, "", 6.0],
    6: ["A3", "", "Hard\u00a0space\u00a0", "", Serial(44196), 300.0,
        "M1\u00a01AA\u00a0", 7.0],
    8: ["A4", "100013000004", "Text numbers", "", "01/02/2021", "400.5 ", "",
        "8"],
    9: ["A5", "100013000005", "Thousands", "", "", "1,200", "", "9.0"],
    10: ["A6", "100013000006.0", "Float UPRN", "", "", 500.0, "", "many"],
    11: ["", "", "Total", "", "", 99999.0, "", 35.0],
}
PROFILE = SITES + """header_row: 3
key: Ref
dates: dd/mm/yyyy
fields: {name: Name, local_ref: Ref, uprn: UPRN, condition_date: Surveyed,
         floor_area_m2: Size, postcode: Postcode, capacity: Places}
"""
# (row, column, the value as it stands, type); the total row has no column.
EXPECTED = [
    ("4", "UPRN", "1.00013E+11", "invalid UPRN"),
    ("5", "Surveyed", "12/31/2020", "invalid date"),
    ("9", "Size", "1,200", "invalid decimal"),
    ("10", "UPRN", "100013000006.0", "invalid UPRN"),
    ("10", "Places", "many", "invalid integer"),
    ("11", "", "", "total row"),
]


def as_csv(path):
    """As Excel saves it: a date as people see it, an empty line as commas."""
    def text(v):
        if isinstance(v, Serial):
            return "31/12/2020"
        return f"{v:g}" if isinstance(v, float) else v

    with open(path, "w", newline="", encoding="utf-8-sig") as f:
        w = csv.writer(f)
        for n in range(1, 12):
            row = [text(v) for v in LINES.get(n, [])]
            w.writerow(row + [""] * (len(HEADER) - len(row)))


def judge(case, suffix):
    case.write("p.yaml", PROFILE + f"source: f.{suffix}\n")
    result, report = case.report("p.yaml")
    blank = suffix == "csv"  # a workbook's blank rows are no rows
    equal((result.code, report.get("accepted"), report.get("rejected"),
           report.get("duplicate"), report.get("read")),
          (0, 6, 1 + blank, 0, 7 + blank),
          f"{suffix}: six rows kept, the total row refused")
    result, issues = case.issues("p.yaml", "--dry-run")
    found = {(i["row"], i["column"], i["value"], i["type"]): i
             for i in issues}
    for want in EXPECTED:
        check(want in found, f"{suffix}: names {want[3]} in row {want[0]}, "
                             f"column '{want[1]}'", sorted(found))
    check(all(i["file"] == f"f.{suffix}" and i["message"] for i in issues),
          f"{suffix}: each issue has its file and a sentence", issues)
    check("spreadsheet" in next((i["message"] for i in issues
                                 if i["value"] == "1.00013E+11"), ""),
          f"{suffix}: the spoilt UPRN is said to be a spreadsheet's doing")
    rows = {r["local_ref"]: r for r in case.query()}
    keep = ("name", "uprn", "condition_date", "floor_area_m2", "postcode",
            "capacity")
    return {ref: tuple(r.get(k) for k in keep) for ref, r in rows.items()}


def main():
    with Case() as case:
        as_csv(case.path("f.csv"))
        values = judge(case, "csv")
    with Case() as case:
        workbook(case.path("f.xlsx"), sheet_xml(LINES, "C3:D3"))
        other = judge(case, "xlsx")
    equal(other, values, "the workbook and its CSV give the same values")
    equal(values.get("A1"), ("Spoilt UPRN", "", "2020-12-31", "100", "", "5"),
          "the row of a spoilt UPRN is kept, without it")
    equal(values.get("A3"), ("Hard\u00a0space", "", "2020-12-31", "300",
                             "M1 1AA", "7"),
          "a hard space after a value is no part of it, a serial date a date")
    equal(values.get("A4"), ("Text numbers", "100013000004", "2021-02-01",
                             "400.5", "", "8"),
          "numbers stored as text are numbers")
    unnamed()
    wrong_header()


def unnamed():
    """Values below the rest of a merged header have a name, too."""
    lines = {1: ["Ref", "Name", ""], 2: ["A1", "One", "West"]}
    with Case() as case:
        workbook(case.path("f.xlsx"), sheet_xml(lines, "B1:C1"))
        case.write("p.yaml", SITES + "source: f.xlsx\nkey: Ref\n"
                   "fields: {name: Name, note: column C}\n")
        r = case.load("p.yaml")
        rows = case.query()
        check(r.code == 0 and rows and rows[0]["note"] == "West",
              "a column under a merged header is called by its letter", r)


def wrong_header():
    """Without header_row the message shows the way."""
    with Case() as case:
        workbook(case.path("f.xlsx"), sheet_xml(LINES, "C3:D3"))
        case.write("p.yaml", PROFILE.replace("header_row: 3\n", "") +
                   "source: f.xlsx\n")
        r = case.load("p.yaml")
        check(r.code == 78 and "header_row" in r.err,
              "xlsx: a header looked for in the wrong row points at "
              "header_row", r)
        as_csv(case.path("f.csv"))
        case.write("p.yaml", PROFILE.replace("header_row: 3\n", "") +
                   "source: f.csv\n")
        r = case.load("p.yaml")
        check(r.code in (65, 78) and "header_row" in r.err,
              "csv: the same", r)
