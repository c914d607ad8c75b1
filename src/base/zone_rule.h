/*
 * zone_rule.h - the time zone rule that closes a zone file, for instants after
 * its table: "GMT0BST,M3.5.0/1,M10.5.0" (POSIX.1-2017, 8.3, and RFC 8536).
 */
#ifndef BASE_ZONE_RULE_H
#define BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds east of UTC at `instant`. False when the rule cannot be read. */
bool zone_rule_offset(const char *rule, int64_t instant, int *out);

#endif
