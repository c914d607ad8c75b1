/* fuzz_vector_sniff.c - the looks at a foreign file that happen outside the
 * child. What passes as a zip keeps its promises: members lie inside the file,
 * share no byte, stay in their folder and unpack to no more than was allowed.
 */
#define _GNU_SOURCE /* memfd_create() */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vector/vector_sniff.h"

#define MAX_TOTAL 100000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
    if (!what)
        abort();
}

static void check(const struct vector_zip *zip, size_t size)
{
    uint64_t total = 0;

    require(zip->n <= 1000);
    for (size_t i = 0; i < zip->n; i++) {
        const struct vector_zip_member *m = &zip->members[i];

        require(m->data + m->packed <= size && m->header < m->data);
        require(!i || zip->members[i - 1].data + zip->members[i - 1].packed <=
                          m->header);
        require(*m->name && *m->name != '/' && strncmp(m->name, "../", 3) != 0);
        require(!strstr(m->name, "/../"));
        total += m->size;
    }
    require(total <= MAX_TOTAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;

    int fd = memfd_create("input", MFD_CLOEXEC);
    struct vector_source source = {
        .name = "input",
        .format = (enum vector_format)(1 + data[0] % VECTOR_FLATGEOBUF),
        .limits = { .max_file_bytes = MAX_TOTAL },
    };
    struct vector_zip zip;
    struct tr_error err = TR_ERROR_INIT;
    struct tr_arena a;

    require(fd >= 0);
    require(write(fd, data + 1, size - 1) == (ssize_t)(size - 1));
    tr_arena_init(&a, (size_t)8 << 20);
    if (vector_sniff(fd, &source, &a, &zip, &err))
        require(*err.msg != '\0');
    else
        check(&zip, size - 1);
    tr_arena_clear(&a);
    close(fd);
    return 0;
}
