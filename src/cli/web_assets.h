/*
 * web_assets.h - the web map's files, compiled into the program. The table is
 * made by web/embed.mjs as build/web/assets.c.
 */
#ifndef CLI_WEB_ASSETS_H
#define CLI_WEB_ASSETS_H

#include "http/http.h"

extern const struct http_asset http_assets[];
extern const size_t n_http_assets;

#endif
