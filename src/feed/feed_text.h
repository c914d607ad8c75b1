/*
 * feed_text.h - the words that travel with the figures.
 */
#ifndef FEED_TEXT_H
#define FEED_TEXT_H

#include "feed/feed.h"

/* Does a feed rest on this layer? What is only drawn below it does not. */
bool feed_uses_layer(const struct tr_snapshot *s, uint32_t place,
                     const struct tr_layer *l);

/* Who to name, layer by layer, and the lines that licences ask for. */
void feed_attribution(const struct tr_snapshot *s, uint32_t place,
                      struct tr_buf *out);

/* The notices of sites that were taken back. */
void feed_withdrawn(const struct feed_options *o, struct tr_buf *out);

/* What the classes and the columns of `table` mean. */
void feed_readme(const struct tr_snapshot *s, const struct feed_options *o,
                 const struct tr_table *table, struct tr_buf *out);

#endif
