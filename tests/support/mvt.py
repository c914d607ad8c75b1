"""A small reader of vector tiles (Mapbox Vector Tile 2.1), written from the
specification alone, to check what the encoder writes."""
import math
import struct


def varint(b, i):
    value = shift = 0
    while True:
        byte = b[i]
        i += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, i
        shift += 7


def fields(b):
    """The fields of a message: (number, value); bytes where length-prefixed."""
    i = 0
    while i < len(b):
        key, i = varint(b, i)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, i = varint(b, i)
        elif wire == 1:
            value, i = b[i:i + 8], i + 8
        elif wire == 2:
            n, i = varint(b, i)
            value, i = b[i:i + n], i + n
            assert len(value) == n, "a field is cut off"
        elif wire == 5:
            value, i = b[i:i + 4], i + 4
        else:
            raise ValueError(f"wire type {wire}")
        yield number, value


def packed(b):
    i = 0
    while i < len(b):
        value, i = varint(b, i)
        yield value


def signed(v):
    return (v >> 1) ^ -(v & 1)


def read_value(b):
    (number, v), = fields(b)
    return {1: lambda: v.decode("utf-8"), 2: lambda: struct.unpack("<f", v)[0],
            3: lambda: struct.unpack("<d", v)[0], 4: lambda: v, 5: lambda: v,
            6: lambda: signed(v), 7: lambda: bool(v)}[number]()


def read_geometry(b):
    """Parts: lists of points. A closed ring does not repeat its first."""
    parts, x, y = [], 0, 0
    numbers = packed(b)
    for command in numbers:
        what, count = command & 7, command >> 3
        if what == 7:
            assert count == 1
            parts[-1].append("closed")
            continue
        assert what in (1, 2), f"command {what}"
        for _ in range(count):
            x += signed(next(numbers))
            y += signed(next(numbers))
            if what == 1:
                parts.append([])
            parts[-1].append((x, y))
    return parts


def read(tile):
    """{layer name: {"extent", "features": [{"id", "type", "properties",
    "parts"}]}}"""
    layers = {}
    for number, body in fields(tile):
        assert number == 3
        raw = list(fields(body))
        name = next(v for n, v in raw if n == 1).decode()
        keys = [v.decode() for n, v in raw if n == 3]
        values = [read_value(v) for n, v in raw if n == 4]
        assert dict(raw)[15] == 2, "version 2"
        assert name not in layers, f"layer {name} twice"
        assert len(set(keys)) == len(keys), "a key twice"
        features = []
        for n, v in raw:
            if n != 2:
                continue
            f = dict(fields(v))
            tags = list(packed(f.get(2, b"")))
            pairs = zip(tags[::2], tags[1::2])
            properties = {}
            for k, at in pairs:
                assert keys[k] not in properties, "a property twice"
                properties[keys[k]] = values[at]
            features.append({"id": f.get(1), "type": f[3],
                             "properties": properties,
                             "parts": read_geometry(f[4])})
        layers[name] = {"extent": dict(raw).get(5, 4096), "features": features}
    return layers


def counts(tile):
    """Of its first layer: features, and sites, as many as each one's `count` or
    one. Keeps nothing else of them, for tiles of a million."""
    keys, values, features = [], [], []
    for n, v in fields(next((body for _, body in fields(tile)), b"")):
        if n == 2:
            features.append(dict(fields(v)).get(2, b""))
        elif n == 3:
            keys.append(v.decode())
        elif n == 4:
            values.append(v)
    count = keys.index("count") if "count" in keys else None
    sites = 0
    for tags in features:
        tags = list(packed(tags))
        of = dict(zip(tags[::2], tags[1::2]))
        sites += read_value(values[of[count]]) if count in of else 1
    return len(features), sites


def area(ring):
    """By the surveyor's formula; y grows down, so that clockwise is above 0."""
    return sum(a[0] * b[1] - b[0] * a[1]
               for a, b in zip(ring, ring[1:] + ring[:1])) / 2


def tile_of(lon, lat, z):
    """Tile and position in its grid of 4096, as reals."""
    n = 2 ** z
    x = (lon + 180) / 360 * n
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return int(x), int(y), (x - int(x)) * 4096, (y - int(y)) * 4096


def tiles_of(box, z):
    west, south, east, north = box
    x0, y0 = tile_of(west, north, z)[:2]
    x1, y1 = tile_of(east, south, z)[:2]
    return [(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]
