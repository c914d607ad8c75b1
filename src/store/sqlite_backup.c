/* sqlite_backup.c - copying a store while it is in use, and back again.
 *
 * A copy is made by SQLite's own online backup, never as a file: copying an
 * open database's bytes, or renaming it under another process, damages it. */
#include "store/sqlite_door.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGES_A_STEP 2048
#define MAX_RESTARTS 3

/* Copy all pages of `from` into `to`, a few at a time, so that writers get
 * through; each of their commits makes SQLite start again, so after a few the
 * rest is copied at one go. */
static enum tr_status copy_pages(struct store *from, struct store *to,
                                 struct tr_error *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");
    int rc = SQLITE_OK, left = 0, restarts = 0;
    int64_t until = store_clock_ms() + STORE_PATIENCE_MS;

    if (!b)
        return store_sql_fail(to, sqlite3_errcode(to->db), err);
    while (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED) {
        rc =
            sqlite3_backup_step(b, restarts < MAX_RESTARTS ? PAGES_A_STEP : -1);
        if (rc == SQLITE_OK) {
            restarts += sqlite3_backup_remaining(b) > left && left;
            left = sqlite3_backup_remaining(b);
            until = store_clock_ms() + STORE_PATIENCE_MS;
        } else if (rc != SQLITE_DONE && store_clock_ms() > until) {
            break;
        }
        if (rc != SQLITE_DONE)
            store_pause_ms(1);
    }
    int end = sqlite3_backup_finish(b);

    if (rc == SQLITE_DONE)
        rc = end;
    return rc ? store_sql_fail(to, rc, err) : TR_OK;
}

static enum tr_status verify(struct store *s, struct tr_error *err)
{
    sqlite3_stmt *q = NULL;
    bool row = false;
    int version;
    enum tr_status st = store_known_schema(s, &version, err);

    if (!st)
        st = store_prepare(s, "PRAGMA integrity_check(1)", &q, err);
    if (!st)
        st = store_step_row(s, q, &row, err);
    if (!st &&
        (!row || strcmp((const char *)sqlite3_column_text(q, 0), "ok") != 0))
        st = tr_fail(err, TR_EDATA, "the copy '%s' does not read back: %s",
                     s->path,
                     row ? (const char *)sqlite3_column_text(q, 0) : "nothing");
    sqlite3_finalize(q);
    return st;
}

static enum tr_status sync_path(const char *path, int flags,
                                struct tr_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    enum tr_status st = TR_OK;

    if (fd < 0 || fsync(fd))
        st = tr_fail(err, TR_EIO, "cannot make '%s' safe on disk: %s", path,
                     strerror(errno));
    if (fd >= 0)
        close(fd);
    return st;
}

static enum tr_status sync_folder_of(const char *path, struct tr_error *err)
{
    char *copy = strdup(path);
    enum tr_status st = copy ? sync_path(dirname(copy), O_DIRECTORY, err)
                             : tr_fail(err, TR_ENOMEM, "no memory left");

    free(copy);
    return st;
}

/* An empty file, 0600, that nobody else is writing. */
static enum tr_status make_target(const char *path, struct tr_error *err)
{
    int fd =
        open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return tr_fail(err, TR_ECREATE, "cannot create '%s': %s", path,
                       strerror(errno));
    close(fd);
    return TR_OK;
}

static enum tr_status copy_to_file(struct store *from, const char *path,
                                   struct tr_error *err)
{
    struct store *to = NULL;
    enum tr_status st = make_target(path, err);

    if (!st)
        st = store_open_any(path, STORE_CREATE, &to, err);
    if (!st)
        st = copy_pages(from, to, err);
    if (!st)
        st = verify(to, err);
    store_close(to);
    if (!st)
        st = sync_path(path, 0, err);
    return st;
}

/* Copy `from` to a new file at `path`, which appears whole or not at all. */
static enum tr_status copy_beside(struct store *from, const char *path,
                                  struct tr_error *err)
{
    char *part = NULL, *journal = NULL;
    enum tr_status st;

    if (!access(path, F_OK))
        return tr_fail(err, TR_ECREATE,
                       "'%s' is already there; nothing was written", path);
    part = sqlite3_mprintf("%s.part", path);
    journal = sqlite3_mprintf("%s.part-journal", path);
    if (!part || !journal) {
        sqlite3_free(part);
        sqlite3_free(journal);
        return tr_fail(err, TR_ENOMEM, "no memory left for a backup");
    }
    st = copy_to_file(from, part, err);
    if (!st && rename(part, path))
        st = tr_fail(err, TR_ECREATE, "cannot create '%s': %s", path,
                     strerror(errno));
    if (!st) {
        st = sync_folder_of(path, err);
    } else {
        unlink(part);
        unlink(journal); /* SQLite leaves it when the disk is full */
    }
    sqlite3_free(part);
    sqlite3_free(journal);
    return st;
}

enum tr_status store_backup(struct store *s, const char *path,
                            struct tr_error *err)
{
    return copy_beside(s, path, err);
}

/* ---- restore ---- */

/* Put the pages of `from` in place of those of `to`, which others may have
 * open: they go on with the new content. Its revision is above both. */
static enum tr_status replace_content(struct store *from, struct store *to,
                                      struct tr_error *err)
{
    int64_t before = 0, ignored;
    enum tr_status st = store_revision(to, &before, err);

    if (!st)
        st = copy_pages(from, to, err);
    if (!st)
        st = store_begin_write(to, err);
    if (!st) {
        const int64_t was[2] = { before, 0 };

        st = store_ask(to,
                       "UPDATE terrier_meta SET value = max(value, ?)"
                       " WHERE name = 'revision'",
                       was, 0, &ignored, err);
        st = store_end_write(to, st, true, err);
    }
    return st ? st : verify(to, err);
}

/* A file that cannot be opened as a store has no users: it is moved away, and
 * with it the journal that could otherwise be taken for the new one's. */
static enum tr_status move_away(const char *path, const char *kept,
                                struct tr_error *err)
{
    char *journal = sqlite3_mprintf("%s-journal", path);
    char *kept_journal = sqlite3_mprintf("%s-journal", kept);
    enum tr_status st = TR_OK;

    if (!journal || !kept_journal)
        st = tr_fail(err, TR_ENOMEM, "no memory left for a restore");
    else if ((rename(journal, kept_journal) && errno != ENOENT) ||
             rename(path, kept))
        st = tr_fail(err, TR_ECREATE, "cannot move '%s' away: %s", path,
                     strerror(errno));
    sqlite3_free(journal);
    sqlite3_free(kept_journal);
    return st;
}

/* `to` is there. Keep it beside itself, then put `from` in its place. */
static enum tr_status restore_over(struct store *from, const char *to,
                                   struct tr_error *err)
{
    struct store *s = NULL;
    char *kept = sqlite3_mprintf("%s.before-restore", to);
    int fd = -1;
    enum tr_status st = kept ? store_lock_try(to, STORE_LOCK_LOAD, &fd, err)
                             : tr_fail(err, TR_ENOMEM, "no memory left");

    if (!st && fd < 0)
        st = tr_fail(err, TR_EBUSY,
                     "another process is loading into '%s'; try again when it "
                     "is done",
                     to);
    if (!st && !access(kept, F_OK))
        st = tr_fail(err, TR_ECREATE,
                     "'%s' of an earlier restore is still there; move it away "
                     "first",
                     kept);
    if (st)
        goto done;
    st = store_open(to, STORE_WRITE, &s, err);
    if (st == TR_EDATA) {
        st = move_away(to, kept, err);
        if (!st)
            st = copy_beside(from, to, err);
        goto done;
    }
    if (!st)
        st = copy_beside(s, kept, err);
    if (!st)
        st = replace_content(from, s, err);
done:
    store_close(s);
    store_lock_release(fd);
    sqlite3_free(kept);
    return st;
}

enum tr_status store_restore(const char *from, const char *to,
                             struct tr_error *err)
{
    struct store *s = NULL;
    enum tr_status st = store_open(from, STORE_READ, &s, err);

    if (!st)
        st = verify(s, err);
    if (!st)
        st = access(to, F_OK) ? copy_beside(s, to, err)
                              : restore_over(s, to, err);
    store_close(s);
    return st;
}
