/*
 * accounts.h - who may sign in, and who is signed in.
 *
 * They lie beside the store in a file of their own, mode 0600: STORE without
 * ".db" and "-accounts.db". A copy of the store has no passwords in it. A person
 * has one account, of one organisation, in one role. Passwords are kept as
 * argon2id hashes, sessions as digests of their tokens: who reads the file can
 * sign in as nobody.
 *
 * A session ends after ACCOUNTS_SESSION_SECONDS, or ACCOUNTS_IDLE_SECONDS after
 * its last use. After ACCOUNTS_MOST_FAILURES wrong passwords a name cannot sign
 * in for ACCOUNTS_PAUSE_SECONDS, whether there is such an account or not.
 */
#ifndef STORE_ACCOUNTS_H
#define STORE_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "terrier/arena.h"
#include "terrier/status.h"

#define ACCOUNTS_TOKEN_TEXT      65 /* hexadecimal and its NUL */
#define ACCOUNTS_SESSION_SECONDS 28800
#define ACCOUNTS_IDLE_SECONDS    3600
#define ACCOUNTS_MOST_FAILURES   5
#define ACCOUNTS_PAUSE_SECONDS   900
#define ACCOUNTS_MOST_NAME       64 /* bytes */

struct accounts;

struct account {
    const char *name;         /* a-z 0-9 . _ @ -, at most 64 bytes */
    const char *organisation; /* code */
    const char *role;         /* see ledger_check_role() */
};

/* Beside the store at `store`. `create`: made when it is not there, else
 * TR_ENOTFOUND. TR_EDENIED: others can read it. */
enum tr_status accounts_open(const char *store, bool create,
                             struct accounts **out, struct tr_error *err);
void accounts_close(struct accounts *a); /* NULL is a no-op */

/* TR_EINVAL: there is such an account, or a name or password that may not be. */
enum tr_status accounts_add(struct accounts *a, const struct account *who,
                            const char *password, struct tr_error *err);
/* Its sessions end. TR_ENOTFOUND. */
enum tr_status accounts_set_password(struct accounts *a, const char *name,
                                     const char *password,
                                     struct tr_error *err);
enum tr_status accounts_remove(struct accounts *a, const char *name,
                               struct tr_error *err);
enum tr_status accounts_list(struct accounts *a, struct tr_arena *arena,
                             const struct account **out, size_t *n,
                             struct tr_error *err); /* by name */

/* `now` is an instant. A new session: its token, which is kept nowhere.
 * TR_EDENIED: no such account, or another password - not told which; TR_EBUSY:
 * too many wrong ones. */
enum tr_status accounts_sign_in(struct accounts *a, const char *name,
                                const char *password, int64_t now,
                                char token[ACCOUNTS_TOKEN_TEXT],
                                struct tr_error *err);
/* Whose session is it? TR_ENOTFOUND: nobody's, or it has ended. */
enum tr_status accounts_session(struct accounts *a, const char *token,
                                int64_t now, struct tr_arena *arena,
                                const struct account **out,
                                struct tr_error *err);
enum tr_status accounts_sign_out(struct accounts *a, const char *token,
                                 struct tr_error *err);

/* What a page of this session sends along with what it asks for: made from the
 * token, so that another site cannot know it. */
void accounts_csrf(const char *token, char out[ACCOUNTS_TOKEN_TEXT]);

#endif
