/* store_pack.c - see sqlite_door.h */
#include "store/sqlite_door.h"

int64_t store_pack_marks(const struct store_row *r)
{
    return (int64_t)r->tier | (int64_t)r->position_tier << 8 |
           (int64_t)r->coord_source << 16;
}

bool store_unpack_marks(int64_t marks, struct store_row *r)
{
    uint64_t m = (uint64_t)marks;

    r->tier = (enum tr_tier)(m & 0xff);
    r->position_tier = (enum tr_tier)(m >> 8 & 0xff);
    r->coord_source = (enum store_coord_source)(m >> 16 & 0xff);
    return r->tier <= TR_RESTRICTED && r->position_tier <= TR_RESTRICTED &&
           r->coord_source <= STORE_NOWHERE && !(m >> 24);
}

static void put_int(unsigned char *to, int32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)((uint32_t)v >> 8 * i);
}

static int32_t get_int(const unsigned char *from)
{
    return (int32_t)((uint32_t)from[0] | (uint32_t)from[1] << 8 |
                     (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24);
}

void store_pack_position(const struct tr_position *p,
                         unsigned char out[STORE_POSITION_BYTES])
{
    put_int(out, p->lon_e7);
    put_int(out + 4, p->lat_e7);
    put_int(out + 8, p->e_mm);
    put_int(out + 12, p->n_mm);
}

void store_unpack_position(const unsigned char in[STORE_POSITION_BYTES],
                           struct tr_position *p)
{
    p->lon_e7 = get_int(in);
    p->lat_e7 = get_int(in + 4);
    p->e_mm = get_int(in + 8);
    p->n_mm = get_int(in + 12);
}
