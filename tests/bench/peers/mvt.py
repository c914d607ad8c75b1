"""What a vector tile holds: features, and how many sites they stand for."""


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def fields(data, at, end):
    while at < end:
        tag, at = varint(data, at)
        if tag & 7 == 2:
            size, at = varint(data, at)
            yield tag >> 3, at, at + size
            at += size
        elif tag & 7 == 0:
            value, at = varint(data, at)
            yield tag >> 3, value, None
        else:
            at += 8 if tag & 7 == 1 else 4


def tags_of(data, at, end):
    for number, first, last in fields(data, at, end):
        if number == 2:
            out = []
            while first < last:
                value, first = varint(data, first)
                out.append(value)
            return out
    return []


def value_of(data, at, end):
    for number, first, last in fields(data, at, end):
        if number == 1:
            return data[first:last].decode()
        return (first >> 1) ^ -(first & 1) if number == 6 else first
    return None


def read(data):
    """Of the first layer: features, and sites (features without `count` are one)."""
    for number, at, end in fields(data, 0, len(data)):
        if number != 3:
            continue
        keys, values, features = [], [], []
        for what, first, last in fields(data, at, end):
            if what == 2:
                features.append((first, last))
            elif what == 3:
                keys.append(data[first:last].decode())
            elif what == 4:
                values.append((first, last))
        if "count" not in keys:
            return len(features), len(features)
        count = keys.index("count")
        sites = 0
        for first, last in features:
            tags = tags_of(data, first, last)
            of = dict(zip(tags[::2], tags[1::2]))
            sites += value_of(data, *values[of[count]]) if count in of else 1
        return len(features), sites
    return 0, 0
