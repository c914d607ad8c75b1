/*
 * text_cell.h - columns of text for a terminal: as wide as people see them.
 */
#ifndef ENCODE_TEXT_CELL_H
#define ENCODE_TEXT_CELL_H

#include "terrier/buf.h"

/* Characters, not bytes. */
size_t text_width(const char *text);

/* `text` cut or filled to `width` characters, and two spaces. What would move
 * the cursor or colour the screen is a space: a value comes from outside. */
void text_cell(struct tr_buf *out, const char *text, size_t width);

/* End the line, without spaces at its end. */
void text_end_line(struct tr_buf *out);

#endif
