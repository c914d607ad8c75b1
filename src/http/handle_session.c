/* handle_session.c - /api/session: who is signed in; sign in; sign out. */
#include <string.h>

#include "http/admit.h"
#include "terrier/date.h"

static void put_session(const struct account *who, const char *token,
                        struct http_response *res)
{
    char csrf[ACCOUNTS_TOKEN_TEXT];
    struct tr_json j;

    tr_json_init(&j, &res->body);
    tr_json_open_map(&j);
    tr_json_put_bool(&j, "signed_in", who != NULL);
    if (who) {
        accounts_csrf(token, csrf);
        tr_json_put_text(&j, "name", who->name);
        tr_json_put_text(&j, "organisation", who->organisation);
        tr_json_put_text(&j, "role", who->role);
        tr_json_put_text(&j, "csrf", csrf);
    }
    tr_json_close_map(&j);
    tr_buf_byte(&res->body, '\n');
    res->content_type = "application/json";
    res->cache_control = "no-store";
    res->is_private = true;
}

static enum tr_status show(const struct http_request *req,
                           struct http_response *res, struct tr_error *err)
{
    const struct account *who = NULL;
    const char *token = NULL;
    enum tr_status st = http_session(req, &who, &token, err);

    if (st && st != TR_ENOTFOUND)
        return st;
    put_session(who, token, res);
    return TR_OK;
}

static enum tr_status sign_out(const struct http_request *req,
                               struct http_response *res, struct tr_error *err)
{
    const struct account *who;
    const char *token;
    struct accounts *a;
    enum tr_status st = http_session(req, &who, &token, err);

    if (!st)
        st = http_accounts(req, &a, err);
    if (!st)
        st = accounts_sign_out(a, token, err);
    if (st)
        return st;
    put_session(NULL, NULL, res);
    res->set_cookie = http_session_cookie(req, NULL);
    return TR_OK;
}

static enum tr_status enter(const struct http_request *req, const char *name,
                            const char *password, struct http_response *res,
                            struct tr_error *err)
{
    char token[ACCOUNTS_TOKEN_TEXT];
    const struct account *who;
    struct accounts *a;
    enum tr_status st = http_accounts(req, &a, err);

    if (st == TR_ENOTFOUND) /* no accounts: nobody's password is right */
        st = tr_fail(err, TR_EDENIED, "no such name with this password");
    if (!st)
        st = accounts_sign_in(a, name, password, tr_instant_now(), token, err);
    if (!st)
        st =
            accounts_session(a, token, tr_instant_now(), req->arena, &who, err);
    if (st == TR_EDENIED || st == TR_EBUSY) {
        http_problem(req, st == TR_EDENIED ? 401 : 429, err->msg, res);
        return TR_OK;
    }
    if (st)
        return st;
    put_session(who, token, res);
    res->set_cookie = http_session_cookie(req, token);
    return res->set_cookie ? TR_OK : tr_fail(err, TR_ENOMEM, "no memory left");
}

static enum tr_status sign_in(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    static const char *const known[] = { "name", "password" };
    const struct tr_node *map, *name, *password;
    enum tr_status st = http_read_object(req, known, 2, &map, err);

    if (st)
        return st;
    name = tr_node_get(map, "name");
    password = tr_node_get(map, "password");
    if (!name || !password) {
        http_problem(req, 422, "say 'name' and 'password'", res);
        return TR_OK;
    }
    return enter(req, name->text, password->text, res, err);
}

/* Nobody can sign out without a session; anybody may try to sign in. */
enum tr_status handle_session(const struct http_request *req,
                              struct http_response *res, struct tr_error *err)
{
    if (http_only_reads(req))
        return show(req, res, err);
    return strcmp(req->method, "DELETE") == 0 ? sign_out(req, res, err)
                                              : sign_in(req, res, err);
}
