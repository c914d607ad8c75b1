/* fuzz_ledger_tip.c - a tip that reads has a good signature: so no input but
 * the seed, however it is spaced, reads; and a run's inputs that read are
 * written and read again as the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/ledger.h"
#include "store/snapshot_inputs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inputs_come_back(const char *text)
{
    struct snapshot_inputs in, again;
    struct tr_error err = TR_ERROR_INIT;
    struct tr_arena a;
    const char *first, *second;

    tr_arena_init(&a, (size_t)16 << 20);
    if (!snapshot_inputs_read(text, &a, &in, &err)) {
        first = snapshot_inputs_write(&in, &a);
        if (first && !snapshot_inputs_read(first, &a, &again, &err)) {
            second = snapshot_inputs_write(&again, &a);
            assert(second && strcmp(first, second) == 0);
        }
    }
    tr_arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tr_error err = TR_ERROR_INIT;
    struct ledger_tip tip;
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (ledger_read_tip(text, size, &tip, &err))
        assert(*err.msg);
    else
        assert(tip.sequence == 39);
    inputs_come_back(text);
    free(text);
    return 0;
}
