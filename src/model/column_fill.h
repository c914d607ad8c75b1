/*
 * column_fill.h - columns filled on several threads at once, the same bytes on
 * any number of them.
 *
 * The rows are cut into pieces. A hand fills one piece after another: numbers
 * go straight to their places, texts are told apart within the piece only. When
 * all pieces are full, each column is finished on its own: the pieces' texts
 * become one dictionary, in the order of the rows. Not for other folders.
 */
#ifndef MODEL_COLUMN_FILL_H
#define MODEL_COLUMN_FILL_H

#include "model/texts.h"
#include "terrier/record.h"

struct fill_piece; /* what a piece's texts are, for one column */

struct fill_column {
    const char *name, *title, *unit;
    enum tr_type type;
    enum tr_tier tier;
    void *values;     /* n_rows; TR_LIST: how many items, uint32_t */
    uint8_t *present; /* a byte a row */
    struct fill_piece *pieces;
    struct tr_arena *texts; /* per hand: the texts of its pieces */
};

struct column_fill {
    size_t n_rows, n_pieces, n_columns;
    unsigned n_hands;
    struct fill_column *columns;
};

/* Who fills: one for each thread. Its texts live as long as its arena. */
struct fill_hand {
    struct column_fill *fill;
    struct tr_arena *scratch;  /* this thread's own */
    struct fill_draft *drafts; /* per column */
    size_t first;              /* row of the piece */
};

/* name, type, title, unit and tier of each column are set by the caller after
 * this. Values that stay go to `keep`, the rest to `scratch`. */
bool fill_init(struct column_fill *f, size_t n_columns, size_t n_rows,
               size_t n_pieces, struct tr_arena *scratch);
/* Room for the values, once the columns' types are known. */
bool fill_start(struct column_fill *f, unsigned n_hands, struct tr_arena *keep,
                struct tr_arena *scratch);

bool fill_hand_init(struct fill_hand *h, struct column_fill *f, unsigned hand,
                    struct tr_arena *scratch);
/* Rows of one piece are put in order, each column at most once a row. Texts are
 * copied. False: no memory. */
bool fill_put(struct fill_hand *h, size_t column, size_t row,
              const struct tr_value *v);
/* End a piece: what its texts are is kept. */
bool fill_end_piece(struct fill_hand *h, size_t piece, size_t first,
                    size_t last);

/* One column as it will be; others may be finished meanwhile, with arenas of
 * their own. */
enum tr_status fill_finish(const struct column_fill *f, size_t column,
                           struct tr_arena *keep, struct tr_arena *scratch,
                           struct tr_column *out, struct tr_error *err);

#endif
