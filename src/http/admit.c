/* admit.c - see admit.h */
#include "http/admit.h"

#include <string.h>
#include <strings.h>

#include "terrier/date.h"
#include "terrier/password.h"

bool http_only_reads(const struct http_request *req)
{
    return strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;
}

/* ---- sessions ---- */

#define TOKEN_LEN (ACCOUNTS_TOKEN_TEXT - 1)

/* The token in "a=1; terrier_session=0123...", or NULL. */
static const char *token_of(const struct http_request *req)
{
    static const char name[] = HTTP_COOKIE "=";
    const char *p = req->cookie;

    while (p && *p) {
        p += strspn(p, " ;");
        if (strncmp(p, name, sizeof name - 1) == 0) {
            const char *token = p + sizeof name - 1;

            return strspn(token, "0123456789abcdef") == TOKEN_LEN &&
                           (!token[TOKEN_LEN] || token[TOKEN_LEN] == ';')
                       ? tr_arena_text(req->arena, token, TOKEN_LEN)
                       : NULL;
        }
        p += strcspn(p, ";");
    }
    return NULL;
}

static void close_accounts(void *p)
{
    accounts_close(p);
}

enum tr_status http_accounts(const struct http_request *req,
                             struct accounts **out, struct tr_error *err)
{
    enum tr_status st;

    if (!req->service->store)
        return tr_fail(err, TR_ENOTFOUND, "there are no accounts here");
    st = accounts_open(req->service->store, false, out, err);
    if (st)
        return st;
    if (tr_arena_defer(req->arena, close_accounts, *out))
        return tr_fail(err, TR_ENOMEM, "no memory left");
    return TR_OK;
}

enum tr_status http_session(const struct http_request *req,
                            const struct account **out, const char **token,
                            struct tr_error *err)
{
    const char *held = token_of(req);
    struct accounts *a;
    enum tr_status st;

    if (!held)
        return tr_fail(err, TR_ENOTFOUND, "nobody is signed in: sign in first");
    st = http_accounts(req, &a, err);
    if (!st)
        st = accounts_session(a, held, tr_instant_now(), req->arena, out, err);
    if (!st)
        *token = held;
    return st;
}

const char *http_session_cookie(const struct http_request *req,
                                const char *token)
{
    bool secure = strncmp(req->service->public_url, "https:", 6) == 0;

    return tr_arena_printf(
        req->arena, "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s",
        HTTP_COOKIE, token ? token : "", token ? ACCOUNTS_SESSION_SECONDS : 0,
        secure ? "; Secure" : "");
}

/* ---- what changes something ---- */

static bool refuse(const struct http_request *req, struct http_response *res,
                   unsigned status, const char *why)
{
    http_problem(req, status, why, res);
    return false;
}

/* Is "https://host" the beginning of the address `base`? */
static bool is_origin_of(const char *origin, const char *base)
{
    size_t n = strlen(origin);

    return strncasecmp(base, origin, n) == 0 && (!base[n] || base[n] == '/');
}

static bool is_from_here(const struct http_request *req)
{
    const char *asked =
        tr_arena_printf(req->arena, "http://%s", req->host ? req->host : "");

    return !req->origin ||
           (asked && *req->origin &&
            (is_origin_of(req->origin, asked) ||
             is_origin_of(req->origin, req->service->public_url)));
}

static bool is_json(const struct http_request *req)
{
    static const char type[] = "application/json";
    const char *given = req->content_type ? req->content_type : "";
    size_t n = sizeof type - 1;

    return strncasecmp(given, type, n) == 0 &&
           (!given[n] || given[n] == ';' || given[n] == ' ');
}

static bool may_write(const struct http_request *req, struct http_response *res)
{
    if (!http_host_is_ours(req->host, req->service->public_url))
        return refuse(req, res, 421,
                      "changes are taken under a loopback name or the "
                      "configured public_url only");
    if (!is_from_here(req))
        return refuse(req, res, 403, "this comes from a page of another site");
    if (req->body_len > HTTP_MOST_WRITTEN)
        return refuse(req, res, 413, "the body may have 65536 bytes");
    if (strcmp(req->method, "POST") == 0 && !is_json(req))
        return refuse(req, res, 415, "the body has to be application/json");
    return true;
}

static bool is_signed_in(struct http_request *req, struct http_response *res)
{
    char csrf[ACCOUNTS_TOKEN_TEXT];
    struct tr_error err = TR_ERROR_INIT;
    const char *token = NULL;
    enum tr_status st = http_session(req, &req->account, &token, &err);

    if (st)
        return refuse(req, res, st == TR_ENOTFOUND ? 401 : http_status_for(st),
                      st == TR_ENOTFOUND ? "nobody is signed in: sign in first"
                                         : err.msg);
    accounts_csrf(token, csrf);
    if (!req->csrf || !tr_secret_equal(req->csrf, csrf))
        return refuse(req, res, 403,
                      "X-CSRF-Token is not the session's: see /api/session");
    return true;
}

bool http_needs_session(const struct http_route *route, const char *method)
{
    return strcasecmp(method, "GET") != 0 && strcasecmp(method, "HEAD") != 0 &&
           route->work &&
           (route->work->writers != HTTP_ANYBODY ||
            strcasecmp(method, "DELETE") == 0);
}

bool http_admit(struct http_request *req, struct http_response *res)
{
    const struct http_work *work = req->route ? req->route->work : NULL;

    if (!work || http_only_reads(req))
        return true;
    if (!may_write(req, res))
        return false;
    if (!http_needs_session(req->route, req->method))
        return true;
    if (!is_signed_in(req, res))
        return false;
    if (work->writers == HTTP_OWNERS &&
        strcmp(req->account->role, "owner") != 0)
        return refuse(req, res, 403,
                      "only who speaks for an owner decides here");
    return true;
}

/* ---- bodies ---- */

enum tr_status http_read_object(const struct http_request *req,
                                const char *const *known, size_t n,
                                const struct tr_node **out,
                                struct tr_error *err)
{
    enum tr_status st;

    if (!req->body_len)
        return tr_fail(err, TR_EINVAL,
                       "the body is empty: it is a JSON object");
    st = tr_json_parse(req->body, req->body_len, "body", req->arena, out, err);
    if (!st)
        st = tr_node_known_keys(*out, known, n, "body", err);
    for (size_t i = 0; !st && i < (*out)->n; i++) {
        if ((*out)->items[i]->kind != TR_NODE_TEXT)
            st = tr_fail(err, TR_EINVAL, "'%s' wants a text",
                         (*out)->keys[i]->text);
    }
    return st && st != TR_ENOMEM ? TR_EINVAL : st;
}

static void close_store(void *p)
{
    store_close(p);
}

enum tr_status http_open_store(const struct http_request *req, bool writes,
                               struct store **out, struct tr_error *err)
{
    enum tr_status st;

    if (!req->service->store)
        return tr_fail(err, TR_EBACKEND, "there is no store behind this");
    st = store_open(req->service->store, writes ? STORE_WRITE : STORE_READ, out,
                    err);
    if (!st && tr_arena_defer(req->arena, close_store, *out))
        st = tr_fail(err, TR_ENOMEM, "no memory left");
    return st;
}
