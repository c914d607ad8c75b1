/* fuzz_record.c - any bytes as a record, or as a schema: what reads, writes the
 * same bytes again. The first byte chooses the schema's types. */
#include "terrier/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIELDS 10

static void fuzz_values(const uint8_t *data, size_t size, struct tr_arena *a)
{
    struct tr_schema_field fields[FIELDS];
    struct tr_value values[FIELDS];
    const struct tr_schema schema = { FIELDS, fields };
    struct tr_buf out;

    for (unsigned i = 0; i < FIELDS; i++)
        fields[i] = (struct tr_schema_field){
            .name = "f", .type = (enum tr_type)((data[0] + i) % TR_GEOMETRY)
        };
    if (tr_record_read(&schema, data + 1, size - 1, a, values, NULL))
        return;
    tr_buf_init(&out, 1 << 24);
    tr_record_write(&schema, values, &out);
    if (out.len != size - 1 || memcmp(out.data, data + 1, out.len))
        abort();
    tr_buf_clear(&out);
}

static void fuzz_schema(const uint8_t *data, size_t size, struct tr_arena *a)
{
    const struct tr_schema *one, *two;
    struct tr_buf out;

    if (tr_schema_read((const char *)data, size, a, &one, NULL))
        return;
    tr_buf_init(&out, 1 << 24);
    tr_schema_write(one, &out);
    if (tr_schema_read((const char *)out.data, out.len, a, &two, NULL) ||
        one->n != two->n)
        abort();
    tr_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tr_arena a;

    if (!size)
        return 0;
    tr_arena_init(&a, (size_t)64 << 20);
    if (data[0] == '[')
        fuzz_schema(data, size, &a);
    else
        fuzz_values(data, size, &a);
    tr_arena_clear(&a);
    return 0;
}
