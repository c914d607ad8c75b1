/* serve.c - see serve.h */
#include "http/serve.h"

#include <string.h>

#include "http/admit.h"
#include "http/range.h"

#define LONGEST_NAME ((size_t)64 * 1024)

unsigned serve_variant(enum coding c, bool has_version)
{
    return (unsigned)c * 2 + has_version;
}

void serve_problem(struct serving *g, unsigned status, const char *detail)
{
    http_problem(&g->req, status, detail, &g->res);
    g->is_answered = true;
}

/* A page elsewhere can point a name of its own at this address (DNS rebinding)
 * and read the answers: what is not public asks for a name of ours. */
static bool may_ask(const struct serving *g)
{
    return g->is_public ||
           http_host_is_ours(g->req.host, g->req.service->public_url);
}

/* Only as a hint for which view to take: the query is not read yet. */
static uint64_t wanted_version(const char *target)
{
    const char *query = strchr(target, '?');
    uint64_t version = 0;

    for (const char *p = query; p; p = strchr(p + 1, '&')) {
        if (p[1] == 'v' && p[2] == '=')
            asked_version(p + 3, &version);
    }
    return version;
}

static void read_asked(struct serving *g, const struct asked *asked)
{
    if (asked->is_too_long)
        serve_problem(g, 414, "the address is longer than 32768 bytes");
    else if (asked->is_too_large)
        serve_problem(g, 413, "the body is longer than 1048576 bytes");
    else if (!asked_read(asked, &g->req))
        serve_problem(g, 400,
                      "the request is broken: a bad escape, a parameter given "
                      "twice, or contradicting headers");
    else if (!may_ask(g))
        serve_problem(g, 421,
                      "what is not public is answered under a loopback name "
                      "or the configured public_url only");
}

/* A parameter that the route does not know is an error, whatever is kept. */
static bool is_asked_well(const struct http_request *req)
{
    const char *const *known = req->route->parameters;

    for (size_t i = 0; i < req->n_query; i++) {
        size_t k = 0;

        while (known && known[k] && strcmp(known[k], req->query[i].name) != 0)
            k++;
        if (!known || !known[k])
            return false;
    }
    return true;
}

/* Find out where it goes and what may be kept of it. */
static void find_name(struct serving *g)
{
    const struct http_work *work;

    http_find(&g->req);
    if (!http_only_reads(&g->req)) /* nothing that is kept answers it */
        return;
    if (g->req.asset) {
        tr_buf_str(&g->name, g->req.path);
        return;
    }
    work = g->req.route ? g->req.route->work : NULL;
    if (!work || !work->name || !is_asked_well(&g->req) ||
        !work->name(&g->req, &g->name))
        tr_buf_reset(&g->name);
    if (g->name.failed)
        tr_buf_reset(&g->name);
    if (g->name.len) /* the tag is compared when it is sent */
        g->req.if_none_match = NULL;
}

void serve_begin(struct serve *s, const struct asked *asked, struct serving *g)
{
    struct tr_error err = TR_ERROR_INIT;
    const struct view *v;

    *g = (struct serving){ 0 };
    views_acquire(&s->views, wanted_version(asked->target), &g->hold);
    v = g->hold.view;
    tr_buf_init(&g->res.body, v->service.max_answer);
    tr_buf_init(&g->name, LONGEST_NAME);
    g->req.service = &v->service;
    g->req.snapshot = v->snapshot;
    g->req.rules = v->rules;
    g->req.tiles = v->tiles;
    g->is_public = strcmp(v->snapshot->audience.name, "public") == 0;
    g->wanted = coding_choose(asked->accept_encoding);
    if (desks_take(&s->desks, v->service.max_answer * 4, &g->desk, &err)) {
        serve_problem(g, 503, err.msg);
        return;
    }
    g->req.arena = &g->desk->arena;
    g->req.crs = g->desk->crs;
    read_asked(g, asked);
    if (!g->is_answered)
        find_name(g);
}

bool serve_key(const struct serving *g, struct reply_key *out)
{
    const char *v;
    uint64_t version;

    if (!g->name.len || g->is_answered)
        return false;
    v = http_query(&g->req, "v");
    *out = (struct reply_key){
        .state = g->req.asset ? SERVE_ASSETS : g->hold.view->state,
        .name = (const char *)g->name.data,
        .len = g->name.len,
        .variant = serve_variant(g->wanted,
                                 v && asked_version(v, &version) && !v[16] &&
                                     version == g->hold.view->version),
    };
    return true;
}

bool serve_is_slow(const struct serving *g)
{
    const struct http_route *route = g->req.route;

    if (g->is_answered)
        return false;
    if (g->req.asset) /* compressing it may be */
        return g->req.asset->len > (size_t)100 * 1024;
    return route && route->work && route->work->is_slow &&
           route->work->is_slow(&g->req);
}

static void put_asset(struct serving *g)
{
    const struct http_asset *asset = g->res.asset;

    g->res.content_type = asset->content_type;
    g->res.cache_control =
        asset->immutable ? "public, max-age=31536000, immutable" : "no-cache";
    if (g->wanted == CODING_NONE || g->res.status != 200)
        return;
    tr_buf_init(&g->res.body, asset->len);
    tr_buf_add(&g->res.body, asset->bytes, asset->len);
    g->coding = packer_pack(g->desk->packer, g->wanted, &g->res.body);
    if (g->coding == CODING_NONE)
        tr_buf_clear(&g->res.body);
}

/* The part of the file that was asked for. */
static void choose_part(struct serving *g)
{
    const struct http_request *req = &g->req;
    enum range range = strcmp(req->method, "GET") == 0
                           ? range_read(req->range, req->if_range, g->etag,
                                        g->res.file_size, &g->first, &g->len)
                           : RANGE_WHOLE;

    if (range == RANGE_WHOLE) {
        g->first = 0;
        g->len = g->res.file_size;
    } else if (range == RANGE_PART) {
        g->res.status = 206;
    } else {
        uint64_t size = g->res.file_size;

        serve_problem(g, 416, "the file has no such part");
        g->res.content_range = tr_arena_printf(req->arena, "bytes */%llu",
                                               (unsigned long long)size);
        g->etag = NULL;
    }
    if (range == RANGE_PART)
        g->res.content_range = tr_arena_printf(
            req->arena, "bytes %llu-%llu/%llu", (unsigned long long)g->first,
            (unsigned long long)(g->first + g->len - 1),
            (unsigned long long)g->res.file_size);
}

/* Is it compressed by what it is? */
static bool is_packed(const char *type)
{
    return type && (strncmp(type, "image/png", 9) == 0 ||
                    strncmp(type, "application/pdf", 15) == 0 ||
                    strncmp(type, "application/vnd.openxml", 23) == 0);
}

void serve_answer(struct serving *g)
{
    if (g->is_answered)
        return;
    http_answer(&g->req, &g->res, &g->etag);
    g->is_answered = true;
    if (g->res.asset)
        put_asset(g);
    else if (g->res.file_size)
        choose_part(g);
    else if (g->res.status == 200 && !is_packed(g->res.content_type))
        g->coding = packer_pack(g->desk->packer, g->wanted, &g->res.body);
}

void serve_end(struct serve *s, struct serving *g)
{
    tr_buf_clear(&g->res.body);
    tr_buf_clear(&g->name);
    if (g->desk)
        desks_give(&s->desks, g->desk);
    views_release(&g->hold);
}
