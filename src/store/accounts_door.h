/* accounts_door.h - what the files of the accounts share. Not for others. */
#ifndef STORE_ACCOUNTS_DOOR_H
#define STORE_ACCOUNTS_DOOR_H

#include "store/accounts.h"
#include "store/sqlite_door.h"

struct accounts {
    struct store *db; /* a file of other tables, with the same care */
};

/* A statement without rows, its parameters bound to texts. */
enum tr_status accounts_run(struct accounts *a, const char *sql,
                            const char *const *texts, size_t n,
                            struct tr_error *err);
/* name, organisation, role */
bool accounts_fill(sqlite3_stmt *q, struct tr_arena *arena, void *item);

#endif
