/* mvt_read.c - see mvt_read.h. Field numbers are those of the specification. */
#include "support/mvt_read.h"

#include <stdlib.h>
#include <string.h>

struct bytes {
    const unsigned char *at, *end;
};

struct field {
    unsigned number, wire;
    uint64_t value;     /* of wire types 0 and 1 */
    struct bytes bytes; /* of wire type 2 */
};

static bool read_varint(struct bytes *b, uint64_t *out)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && b->at < b->end; shift += 7) {
        unsigned char c = *b->at++;

        v |= (uint64_t)(c & 0x7F) << shift;
        if (c < 0x80) {
            *out = v;
            return true;
        }
    }
    return false;
}

static bool read_field(struct bytes *b, struct field *f)
{
    uint64_t key;

    if (!read_varint(b, &key))
        return false;
    f->number = (unsigned)(key >> 3);
    f->wire = (unsigned)(key & 7);
    if (f->wire == 0)
        return read_varint(b, &f->value);
    if (f->wire == 1 || f->wire == 5) {
        size_t len = f->wire == 1 ? 8 : 4;

        if ((size_t)(b->end - b->at) < len)
            return false;
        f->value = 0;
        memcpy(&f->value, b->at, len);
        b->at += len;
        return true;
    }
    if (f->wire != 2 || !read_varint(b, &f->value) ||
        f->value > (uint64_t)(b->end - b->at))
        return false;
    f->bytes = (struct bytes){ b->at, b->at + f->value };
    b->at += f->value;
    return true;
}

/* The n-th field of that number in a layer. */
static bool nth(struct bytes layer, unsigned number, uint64_t n,
                struct bytes *out)
{
    struct field f;

    while (layer.at < layer.end && read_field(&layer, &f)) {
        if (f.number != number || f.wire != 2)
            continue;
        if (!n--) {
            *out = f.bytes;
            return true;
        }
    }
    return false;
}

static int64_t unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static bool read_value(struct bytes b, struct mvt_read_value *v)
{
    static const unsigned wires[] = {
        [MVT_TEXT] = 2, [MVT_FLOAT] = 5, [MVT_DOUBLE] = 1, [MVT_INT] = 0,
        [MVT_UINT] = 0, [MVT_SINT] = 0,  [MVT_BOOL] = 0
    };
    struct field f;

    if (!read_field(&b, &f) || b.at != b.end || f.number < MVT_TEXT ||
        f.number > MVT_BOOL || f.wire != wires[f.number])
        return false;
    v->is = f.number;
    v->text = (const char *)f.bytes.at;
    v->text_len = f.wire == 2 ? (size_t)f.value : 0;
    v->integer = f.number == MVT_SINT ? unzigzag(f.value) : (int64_t)f.value;
    memcpy(&v->number, &f.value, sizeof v->number);
    if (f.number == MVT_FLOAT) {
        float single;

        memcpy(&single, &f.value, sizeof single);
        v->number = (double)single;
    }
    return true;
}

static bool read_tags(struct bytes layer, struct bytes tags,
                      struct mvt_read_feature *f)
{
    while (tags.at < tags.end) {
        struct mvt_read_value *v = &f->values[f->n_values];
        uint64_t key, value;
        struct bytes b;

        if (f->n_values == MVT_READ_TAGS || !read_varint(&tags, &key) ||
            !read_varint(&tags, &value) || !nth(layer, 3, key, &b))
            return false;
        v->key = (const char *)b.at;
        v->key_len = (size_t)(b.end - b.at);
        if (!nth(layer, 4, value, &b) || !read_value(b, v))
            return false;
        f->n_values++;
    }
    return true;
}

static bool read_points(struct bytes *b, uint64_t count, bool starts,
                        int64_t pen[2], struct mvt_read_feature *f)
{
    for (; count; count--) {
        uint64_t dx, dy;

        if (f->n_points == MVT_READ_POINTS || !read_varint(b, &dx) ||
            !read_varint(b, &dy) || (!starts && (!f->n_parts || !(dx | dy))))
            return false;
        pen[0] += unzigzag(dx);
        pen[1] += unzigzag(dy);
        if (starts)
            f->part_start[f->n_parts++] = f->n_points;
        f->xy[f->n_points][0] = (int32_t)pen[0];
        f->xy[f->n_points++][1] = (int32_t)pen[1];
    }
    return true;
}

/* Commands in the order that the feature's type allows (4.3.4). */
static bool read_geometry(struct bytes b, struct mvt_read_feature *f)
{
    int64_t pen[2] = { 0, 0 };
    unsigned before = 0;

    for (; b.at < b.end;) {
        uint64_t command, count;
        unsigned id;

        if (!read_varint(&b, &command))
            return false;
        id = (unsigned)(command & 7);
        count = command >> 3;
        if (id == 7) {
            if (count != 1 || before != 2 || f->type == 1 || f->type == 2)
                return false;
            f->closed[f->n_parts - 1] = true;
        } else if (id == 1) {
            if (!count || (f->type > 1 && count != 1) ||
                (f->type == 1 && before) || (f->type == 3 && before == 2) ||
                !read_points(&b, count, true, pen, f))
                return false;
        } else if (id != 2 || !count || f->type == 1 || before != 1 ||
                   !read_points(&b, count, false, pen, f)) {
            return false;
        }
        before = id;
    }
    f->part_start[f->n_parts] = f->n_points;
    return f->n_points && !(f->type == 3 && before != 7) &&
           !(f->type == 2 && before != 2);
}

static bool read_feature(struct bytes layer, struct bytes b,
                         struct mvt_read_feature *f)
{
    struct bytes tags = { NULL, NULL }, geometry = tags;
    bool has_type = false;
    struct field field;

    while (b.at < b.end) {
        if (!read_field(&b, &field) || field.number < 1 || field.number > 4 ||
            field.wire != (field.number == 1 || field.number == 3 ? 0u : 2u))
            return false;
        if (field.number == 1)
            f->id = field.value;
        else if (field.number == 2 && !tags.at)
            tags = field.bytes;
        else if (field.number == 3 && !has_type && field.value <= 3)
            f->type = (unsigned)field.value, has_type = true;
        else if (field.number == 4 && !geometry.at)
            geometry = field.bytes;
        else
            return false;
    }
    f->commands = geometry.at;
    f->commands_len = (size_t)(geometry.end - geometry.at);
    return has_type && geometry.at && read_geometry(geometry, f) &&
           (!tags.at || read_tags(layer, tags, f));
}

/* Of field numbers 1 to 5 and 15, what kind of field each must be; 9: none. */
static unsigned wire_of(unsigned number)
{
    static const unsigned wires[] = { 9, 2, 2, 2, 2, 0 };

    if (number == 15)
        return 0;
    return number <= 5 ? wires[number] : 9;
}

/* All but the features: what they refer to must be there. */
static bool read_head(struct bytes b, struct mvt_read_layer *l)
{
    struct field f;

    l->extent = 4096;
    while (b.at < b.end) {
        struct mvt_read_value v;

        if (!read_field(&b, &f) || f.wire != wire_of(f.number))
            return false;
        if (f.number == 1) {
            l->name = (const char *)f.bytes.at;
            l->name_len = (size_t)f.value;
        } else if (f.number == 4 && !read_value(f.bytes, &v)) {
            return false;
        } else if (f.number == 5) {
            l->extent = f.value;
        } else if (f.number == 15) {
            l->version = f.value;
        }
        l->n_keys += f.number == 3;
        l->n_values += f.number == 4;
    }
    return l->name && (l->version == 1 || l->version == 2);
}

static bool read_layer(struct bytes b, struct mvt_read_layer *l)
{
    struct bytes all = b;
    struct field f;

    l->features = calloc(MVT_READ_FEATURES, sizeof *l->features);
    if (!l->features || !read_head(b, l))
        return false;
    while (b.at < b.end) {
        if (!read_field(&b, &f))
            return false;
        if (f.number == 2 &&
            (l->n_features == MVT_READ_FEATURES ||
             !read_feature(all, f.bytes, &l->features[l->n_features++])))
            return false;
    }
    return true;
}

static bool names_differ(const struct mvt_read_tile *t)
{
    for (size_t i = 1; i < t->n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (t->layers[i].name_len == t->layers[k].name_len &&
                memcmp(t->layers[i].name, t->layers[k].name,
                       t->layers[i].name_len) == 0)
                return false;
        }
    }
    return true;
}

bool mvt_read(const unsigned char *bytes, size_t len, struct mvt_read_tile *t)
{
    struct bytes b = { bytes, bytes + len };
    struct field f;

    memset(t, 0, sizeof *t);
    while (b.at < b.end) {
        if (t->n == MVT_READ_LAYERS || !read_field(&b, &f) || f.number != 3 ||
            f.wire != 2 || !read_layer(f.bytes, &t->layers[t->n++]))
            return false;
    }
    return names_differ(t);
}

void mvt_read_free(struct mvt_read_tile *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->layers[i].features);
}
