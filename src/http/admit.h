/*
 * admit.h - who asks, and may they: sessions, and what is asked of a request
 * that changes something.
 *
 * Such a request comes under a name of ours, from a page of ours (Origin, where
 * the browser sends one), as JSON of at most HTTP_MOST_WRITTEN bytes; where the
 * route says that one has to be signed in, with the session's cookie and, in
 * X-CSRF-Token, the token that /api/session gave for it.
 */
#ifndef HTTP_ADMIT_H
#define HTTP_ADMIT_H

#include "http/http.h"
#include "store/accounts.h"
#include "store/store.h"
#include "terrier/node.h"

#define HTTP_MOST_WRITTEN ((size_t)64 * 1024)
#define HTTP_COOKIE       "terrier_session"

/* Does the method only read: GET or HEAD? */
bool http_only_reads(const struct http_request *req);

/* Does the route ask for a session for this method ("POST", in any case)? */
bool http_needs_session(const struct http_route *route, const char *method);

/* Whose session is it? TR_ENOTFOUND: nobody is signed in. `*token` is what the
 * cookie holds. */
enum tr_status http_session(const struct http_request *req,
                            const struct account **out, const char **token,
                            struct tr_error *err);

/* May the route's method be asked by whoever asks? False: the problem is in
 * `res`. Fills req->account. */
bool http_admit(struct http_request *req, struct http_response *res);

/* The Set-Cookie header of a session's token; NULL: of none any more. */
const char *http_session_cookie(const struct http_request *req,
                                const char *token);

/* The body as a JSON object with no key but the `n` known ones. TR_EINVAL. */
enum tr_status http_read_object(const struct http_request *req,
                                const char *const *known, size_t n,
                                const struct tr_node **out,
                                struct tr_error *err);

/* The accounts, for one request. TR_ENOTFOUND: there are none. */
enum tr_status http_accounts(const struct http_request *req,
                             struct accounts **out, struct tr_error *err);

/* The store, for one request. */
enum tr_status http_open_store(const struct http_request *req, bool writes,
                               struct store **out, struct tr_error *err);

#endif
