"""Ten places, and a file of them in every format that is read.

The places are the Ordnance Survey's own test points for OSTN15, whose two pairs
of coordinates are published: an independent truth.
"""
import os
import zipfile
from xml.sax.saxutils import escape

from osgeo import gdal, ogr, osr

gdal.UseExceptions()

POINTS = [  # id, lat, lon (ETRS89), easting, northing (OSGB36, OSTN15)
    ("TP03", 50.43885825610, -4.10864563561, 250359.811, 62016.569),
    ("TP04", 50.57563665000, -1.29782277240, 449816.371, 75335.861),
    ("TP05", 50.93127937910, -1.45051433700, 438710.920, 114792.250),
    ("TP06", 51.40078220140, -3.55128349240, 292184.870, 168003.465),
    ("TP07", 51.37447025550, 1.44454730409, 639821.835, 169565.858),
    ("TP08", 51.42754743020, -2.54407618349, 362269.991, 169978.690),
    ("TP09", 51.48936564950, -0.11992557180, 530624.974, 178388.464),
    ("TP10", 51.85890896400, -4.30852476960, 241124.584, 220332.641),
    ("TP11", 51.89436637350, 0.89724327012, 599445.590, 225722.826),
    ("TP12", 52.25529381630, -2.15458614387, 389544.190, 261912.153),
]
NAMES = ["Plain Hall", "Caf\u00e9 Royal", "O\u2019Neill\u2019s House",
         "Smith, Jones & Co", 'The "Old" Mill', "Two\nlines", "Ty\u0302 Gwyn",
         "\u00a3 shop", "Semi;colon", "Last"]
FIELDS = ("ref", "name", "size", "x", "y")


def rows(epsg):
    """(ref, name, size, x, y) of each place."""
    for i, (ref, lat, lon, e, n) in enumerate(POINTS):
        x, y = (lon, lat) if epsg == 4326 else (e, n)
        yield ref, NAMES[i], 100.5 + i, x, y


def number(v):
    return f"{v:.11f}".rstrip("0").rstrip(".")


def as_csv(path, epsg, separator=",", encoding="utf-8-sig", comma=False,
           end="\r\n"):
    def cell(v):
        text = v if isinstance(v, str) else number(v)
        if comma and not isinstance(v, str):
            text = text.replace(".", ",")
        if any(c in text for c in separator + '"\r\n'):
            text = '"' + text.replace('"', '""') + '"'
        return text

    with open(path, "wb") as f:
        for row in [FIELDS, *rows(epsg)]:
            line = separator.join(cell(v) for v in row) + end
            f.write(line.encode(encoding))
            encoding = encoding.replace("-sig", "")


def srs_of(epsg):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(epsg)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


def as_vector(path, epsg, driver, geometry=True):
    """GeoPackage, Shapefile, GeoJSON, KML: with x and y as columns, too."""
    ds = ogr.GetDriverByName(driver).CreateDataSource(path)
    options = {"ESRI Shapefile": ["ENCODING=UTF-8"], "GeoJSON": [
        "COORDINATE_PRECISION=11"]}.get(driver, [])
    layer = ds.CreateLayer("sites", srs_of(4326 if driver == "KML" else epsg),
                           ogr.wkbPoint if geometry else ogr.wkbNone, options)
    for name, kind in (("ref", ogr.OFTString), ("name", ogr.OFTString),
                       ("size", ogr.OFTReal)):
        layer.CreateField(ogr.FieldDefn(name, kind))
    for name in "xy":
        d = ogr.FieldDefn(name, ogr.OFTReal)
        d.SetWidth(24)
        d.SetPrecision(11)
        layer.CreateField(d)
    for (ref, name, size, x, y), p in zip(rows(epsg), POINTS):
        f = ogr.Feature(layer.GetLayerDefn())
        f["ref"], f["name"], f["size"], f["x"], f["y"] = ref, name, size, x, y
        if driver == "KML":
            x, y = p[2], p[1]
        if geometry:
            point = ogr.Geometry(ogr.wkbPoint)
            point.AddPoint_2D(x, y)
            f.SetGeometry(point)
        layer.CreateFeature(f)


# ---- workbooks, by hand: what Excel writes, and what it spoils ----

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACK = "http://schemas.openxmlformats.org/package/2006/"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml."
DATE_STYLE = 1


class Serial(float):
    """A date as Excel keeps it: a number with a date's format."""


class Raw(str):
    """A number's text as it stands in the file."""


def cell_xml(ref, v):
    if v is None or v == "":
        return ""
    if isinstance(v, Raw):
        return f'<c r="{ref}"><v>{v}</v></c>'
    if isinstance(v, str):
        return (f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">'
                f'{escape(v)}</t></is></c>')
    style = f' s="{DATE_STYLE}"' if isinstance(v, Serial) else ""
    return f'<c r="{ref}"{style}><v>{number(v)}</v></c>'


def sheet_xml(lines, merged=None):
    """lines: {row number: values}"""
    body = "".join(
        f'<row r="{n}">' + "".join(
            cell_xml(f"{chr(65 + i)}{n}", v) for i, v in enumerate(values))
        + "</row>" for n, values in sorted(lines.items()))
    merge = (f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>'
             if merged else "")
    return (f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{merge}'
            '</worksheet>')


def workbook(path, sheet):
    parts = {
        "[Content_Types].xml":
            f'<Types xmlns="{PACK}content-types">'
            '<Default Extension="xml" ContentType="application/xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.xml" '
            f'ContentType="{KIND}worksheet+xml"/></Types>',
        "xl/workbook.xml":
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets>'
            '<sheet name="Assets" sheetId="1" r:id="rId1"/></sheets>'
            '</workbook>',
        "xl/_rels/workbook.xml.rels":
            f'<Relationships xmlns="{PACK}relationships"><Relationship '
            f'Id="rId1" Type="{RELS}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/styles.xml":
            f'<styleSheet xmlns="{MAIN}"><cellXfs count="2">'
            '<xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, xml in parts.items():
            z.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + xml)


def as_xlsx(path, epsg):
    workbook(path, sheet_xml({i + 1: row for i, row in enumerate(
        [FIELDS, *rows(epsg)])}))


def write(path, epsg):
    """By the suffix of the path."""
    suffix = os.path.splitext(path)[1]
    drivers = {".gpkg": "GPKG", ".shp": "ESRI Shapefile",
               ".geojson": "GeoJSON", ".kml": "KML",
               ".fgb": "FlatGeobuf"}
    if suffix == ".csv":
        as_csv(path, epsg)
    elif suffix == ".xlsx":
        as_xlsx(path, epsg)
    else:
        as_vector(path, epsg, drivers[suffix])
