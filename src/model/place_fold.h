/*
 * place_fold.h - the form in which names and sensitive patterns are compared.
 *
 * A name must not slip past its pattern for a reason that nobody sees: letter
 * case is folded, every kind of apostrophe is ', and every run of white space
 * (no-break space included) is one space.
 */
#ifndef MODEL_PLACE_FOLD_H
#define MODEL_PLACE_FOLD_H

#include "terrier/arena.h"

/* A copy in the arena; NULL when it is full. `s` is valid UTF-8. */
char *place_fold(struct tr_arena *a, const char *s);

#endif
