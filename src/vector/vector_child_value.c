/* vector_child_value.c - a field's value as text. See vector_child.h. */
#include <math.h>
#include <ogr_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terrier/json.h"
#include "vector/vector_child.h"

static void put_number(struct tr_buf *b, double v)
{
    if (isfinite(v))
        tr_buf_number(b, v);
    else
        tr_buf_str(b, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
}

/* OGR's flag: 0 unknown, 1 local time, 100 UTC, each quarter of an hour one
 * more. */
static void put_offset(struct tr_buf *b, int flag)
{
    int minutes = (flag - 100) * 15;

    if (flag <= 1)
        return;
    if (!minutes) {
        tr_buf_byte(b, 'Z');
        return;
    }
    tr_buf_printf(b, "%c%02d:%02d", minutes < 0 ? '-' : '+', abs(minutes) / 60,
                  abs(minutes) % 60);
}

static void put_date(OGRFeatureH feature, int i, OGRFieldType type,
                     struct tr_buf *b)
{
    int year, month, day, hour, minute, flag;
    float second;

    if (!OGR_F_GetFieldAsDateTimeEx(feature, i, &year, &month, &day, &hour,
                                    &minute, &second, &flag)) {
        tr_buf_str(b, OGR_F_GetFieldAsString(feature, i));
        return;
    }
    if (type != OFTTime)
        tr_buf_printf(b, "%04d-%02d-%02d", year, month, day);
    /* FlatGeobuf and others have no plain dates, only their midnights. */
    if (type == OFTDate ||
        (type == OFTDateTime && !hour && !minute && second <= 0 && flag <= 1))
        return;
    if (type == OFTDateTime)
        tr_buf_byte(b, 'T');
    /* Whole milliseconds: a float has no more to give. */
    long ms = lroundf(second * 1000.0F);

    tr_buf_printf(b, "%02d:%02d:%02ld", hour, minute, ms / 1000);
    if (ms % 1000)
        tr_buf_printf(b, ".%03ld", ms % 1000);
    put_offset(b, flag);
}

static void put_list(OGRFeatureH feature, int i, OGRFieldType type,
                     struct tr_buf *b)
{
    struct tr_json j;
    int n = 0;

    tr_json_init(&j, b);
    tr_json_open_list(&j);
    if (type == OFTIntegerList) {
        const int *v = OGR_F_GetFieldAsIntegerList(feature, i, &n);

        for (int k = 0; k < n; k++)
            tr_json_int(&j, v[k]);
    } else if (type == OFTInteger64List) {
        const GIntBig *v = OGR_F_GetFieldAsInteger64List(feature, i, &n);

        for (int k = 0; k < n; k++)
            tr_json_int(&j, v[k]);
    } else if (type == OFTRealList) {
        const double *v = OGR_F_GetFieldAsDoubleList(feature, i, &n);

        for (int k = 0; k < n; k++)
            tr_json_number(&j, v[k]);
    } else {
        char **v = OGR_F_GetFieldAsStringList(feature, i);

        for (; v && *v; v++)
            tr_json_text(&j, *v);
    }
    tr_json_close_list(&j);
}

static bool has_digits(const char *s, const char *shape)
{
    for (; *shape; s++, shape++) {
        if (*shape == '9' ? *s < '0' || *s > '9' : *s != *shape)
            return false;
    }
    return true;
}

/* GDAL writes a cell that is formatted as a date 2024/03/31, with a time after
 * a space. */
static bool put_sheet_date(const char *s, struct tr_buf *b)
{
    size_t len = strlen(s);

    if (!has_digits(s, "9999/99/99") ||
        (len != 10 && !has_digits(s + 10, " 99:99:99")))
        return false;
    tr_buf_printf(b, "%.4s-%.2s-%.2s", s, s + 5, s + 8);
    if (len > 10)
        tr_buf_printf(b, "T%s", s + 11);
    return true;
}

/* A workbook keeps 53.4 as 53.399999999999999: the same number, in the digits
 * that nobody typed. What has fewer than 16 digits, or no fraction, stays as
 * the cell has it: "1.00013E+11" is for the reader to judge. */
static bool put_sheet_number(const char *s, struct tr_buf *b)
{
    size_t len = strlen(s), digits = 0;
    char *end;

    if (len > 32 || !strchr(s, '.') || strspn(s, "0123456789.-+eE") != len)
        return false;
    for (const char *p = s; *p && *p != 'e' && *p != 'E'; p++)
        digits += *p >= '0' && *p <= '9';

    double v = strtod(s, &end);

    if (digits < 16 || *end || !isfinite(v))
        return false;
    tr_buf_number(b, v);
    return true;
}

static void put_text(const char *s, bool sheet, struct tr_buf *b)
{
    if (sheet && (put_sheet_date(s, b) || put_sheet_number(s, b)))
        return;
    tr_buf_str(b, s);
}

bool vector_child_value(OGRFeatureH feature, int i, bool sheet,
                        struct tr_buf *b)
{
    if (!OGR_F_IsFieldSetAndNotNull(feature, i))
        return false;

    OGRFieldDefnH field = OGR_F_GetFieldDefnRef(feature, i);
    OGRFieldType type = OGR_Fld_GetType(field);

    switch ((int)type) {
    case OFTInteger:
        if (OGR_Fld_GetSubType(field) == OFSTBoolean)
            tr_buf_str(b,
                       OGR_F_GetFieldAsInteger(feature, i) ? "true" : "false");
        else
            tr_buf_int(b, OGR_F_GetFieldAsInteger(feature, i));
        break;
    case OFTInteger64:
        tr_buf_int(b, OGR_F_GetFieldAsInteger64(feature, i));
        break;
    case OFTReal: put_number(b, OGR_F_GetFieldAsDouble(feature, i)); break;
    case OFTDate:
    case OFTTime:
    case OFTDateTime: put_date(feature, i, type, b); break;
    case OFTIntegerList:
    case OFTInteger64List:
    case OFTRealList:
    case OFTStringList: put_list(feature, i, type, b); break;
    case OFTBinary: return false;
    default: put_text(OGR_F_GetFieldAsString(feature, i), sheet, b);
    }
    return true;
}
