/* field.c - see terrier/field.h. The table follows the design's field list;
 * tiers are the least secret a value can be, and a row's tier caps them. */
#include "terrier/field.h"

#include <string.h>

#define P TR_PUBLIC
#define N TR_PARTNERSHIP
#define R TR_RESTRICTED

static const char abcd[] = "A B C D";
static const char energy_bands[] = "A+ A B C D E F G";

/* clang-format off */
static const struct tr_field fields[] = {
/*   name                title                     unit   type        tier codes, standard */
    { "name",            "Name",                    NULL, TR_TEXT,    P, NULL, "Transparency Code: PropertyName" },
    { "name_as_supplied", "Name as supplied",       NULL, TR_TEXT,    P, NULL, "own" },
    { "uprn",            "UPRN",                    NULL, TR_TEXT,    P, NULL, "Transparency Code: UPRN" },
    { "uprn_role",       "UPRN role",               NULL, TR_TEXT,    P, "self parent shared", "own" },
    { "local_ref",       "Owner's reference",       NULL, TR_TEXT,    P, NULL, "Transparency Code: AssetCode" },
    { "urn",             "School URN",              NULL, TR_TEXT,    P, NULL, "GIAS" },
    { "ods_code",        "NHS ODS code",            NULL, TR_TEXT,    P, NULL, "NHS ODS" },
    { "cqc_id",          "CQC location",            NULL, TR_TEXT,    P, NULL, "CQC" },
    { "address",         "Address",                 NULL, TR_TEXT,    P, NULL, "Transparency Code: StreetNumber, StreetName" },
    { "street_number",   "Street number",           NULL, TR_TEXT,    P, NULL, "Transparency Code: StreetNumber" },
    { "street",          "Street",                  NULL, TR_TEXT,    P, NULL, "Transparency Code: StreetName" },
    { "town",            "Post town",               NULL, TR_TEXT,    P, NULL, "Transparency Code: PostTown" },
    { "postcode",        "Postcode",                NULL, TR_TEXT,    P, NULL, "Transparency Code: PostCode" },
    { "holding_type",    "Holding type",            NULL, TR_TEXT,    P, "building land both", "Transparency Code: HoldingType" },
    { "use",             "Use",                     NULL, TR_TEXT,    P, NULL, "Government Property Data Standard: usage" },
    { "services",        "Services",                NULL, TR_LIST,    P, NULL, "own: service codes" },
    { "public_facing",   "Open to the public",      NULL, TR_BOOLEAN, P, NULL, "own" },
    { "opening_hours",   "Opening hours",           NULL, TR_TEXT,    P, NULL, "own" },
    { "partner_category", "Partner's own category", NULL, TR_TEXT,    P, NULL, "as supplied, never equated" },
    { "provider",        "Provider",                NULL, TR_TEXT,    P, "partner state charity independent", "own" },
    { "website",         "Web page",                NULL, TR_TEXT,    P, NULL, "own" },
    { "source_page",     "Page it was taken from",  NULL, TR_TEXT,    P, NULL, "own" },
    { "tenure",          "Tenure",                  NULL, TR_TEXT,    P, "freehold leasehold licence other", "Transparency Code: TenureType" },
    { "tenure_detail",   "Tenure detail",           NULL, TR_TEXT,    P, "owner-occupied leasehold-in leasehold-out ground-lease licence vacant other", "Transparency Code: TenureDetail" },
    { "lease_start",     "Lease start",             NULL, TR_DATE,    N, NULL, "InSite contract" },
    { "lease_expiry",    "Lease expiry",            NULL, TR_DATE,    N, NULL, "InSite contract" },
    { "lease_break",     "Lease break",             NULL, TR_DATE,    N, NULL, "InSite contract" },
    { "annual_rent_gbp", "Rent",                    "GBP a year", TR_NUMBER, R, NULL, "InSite contract" },
    { "landlord",        "Landlord",                NULL, TR_TEXT,    R, NULL, "InSite contract" },
    { "encumbrances",    "Encumbrances",            NULL, TR_LIST,    N, NULL, "own: pfi lift covenant charity s77 cpo overage acv" },
    { "not_disposable_before", "Not disposable before", NULL, TR_DATE, N, NULL, "own" },
    { "strategic",       "Committed or strategic",  NULL, TR_TEXT,    N, NULL, "own: the citation" },
    { "statutory_function", "Statutory function",   NULL, TR_TEXT,    P, NULL, "own: the citation" },
    { "floor_area_m2",   "Floor area",              "m2", TR_NUMBER,  P, NULL, "Transparency Code: BuildingSize (GIA)" },
    { "floor_area_basis", "Floor area basis",       NULL, TR_TEXT,    P, "GIA NIA IPMS unknown", "RICS" },
    { "floor_area_shared", "Floor area is a shared total", NULL, TR_BOOLEAN, P, NULL, "own" },
    { "land_area_ha",    "Land area",               "ha", TR_NUMBER,  P, NULL, "Transparency Code: LandArea" },
    { "condition",       "Condition",               NULL, TR_TEXT,    N, abcd, "six-facet survey" },
    { "condition_date",  "Condition surveyed on",   NULL, TR_DATE,    N, NULL, "six-facet survey" },
    { "backlog_gbp",     "Backlog, high and significant", "GBP", TR_NUMBER, N, NULL, "ERIC" },
    { "suitability",     "Functional suitability",  NULL, TR_TEXT,    N, abcd, "six-facet survey" },
    { "utilisation_pct", "Utilisation",             "%",  TR_NUMBER,  N, NULL, "six-facet survey" },
    { "utilisation_date", "Utilisation measured on", NULL, TR_DATE,   N, NULL, "own" },
    { "spare_m2",        "Spare space",             "m2", TR_NUMBER,  N, NULL, "own" },
    { "running_cost_gbp", "Running cost",           "GBP a year", TR_NUMBER, N, NULL, "Transparency Code, recommended" },
    { "energy_band",     "Energy band",             NULL, TR_TEXT,    P, energy_bands, "Transparency Code: EnergyRating" },
    { "access",          "Physical access",         NULL, TR_TEXT,    P, "step-free partly none", "own" },
    { "capacity",        "Places",                  "places", TR_INTEGER, P, NULL, "GIAS and the like" },
    { "listed_grade",    "Listed",                  NULL, TR_TEXT,    P, "I II* II", "Historic England" },
    { "flood_zone",      "Flood zone",              NULL, TR_TEXT,    P, "1 2 3", "Environment Agency" },
    { "dev_dwellings_from", "Dwellings, at least",  "dwellings", TR_INTEGER, P, NULL, "brownfield register" },
    { "dev_dwellings_to", "Dwellings, at most",     "dwellings", TR_INTEGER, P, NULL, "brownfield register" },
    { "dev_status",      "Planning status",         NULL, TR_TEXT,    P, NULL, "brownfield register" },
    { "dev_year_from",   "Building from",           NULL, TR_INTEGER, P, NULL, "own" },
    { "dev_year_to",     "Building until",          NULL, TR_INTEGER, P, NULL, "own" },
    { "illustrative",    "Illustrative",            NULL, TR_BOOLEAN, P, NULL, "own: drawn or invented, not surveyed" },
    { "status",          "Status",                  NULL, TR_TEXT,    P, "in-use vacant mothballed under-offer under-development disposed", "own" },
    { "vacant_since",    "Vacant since",            NULL, TR_DATE,    P, NULL, "own" },
    { "surplus_status",  "Surplus, says the owner", NULL, TR_TEXT,    N, "none candidate potentially declared no-longer disposed", "NHS surplus land" },
    { "surplus_declared_on", "Declared surplus on", NULL, TR_DATE,    N, NULL, "NHS surplus land" },
    { "note",            "Note",                    NULL, TR_TEXT,    P, NULL, "own" },
    { "start_date",      "Start date",              NULL, TR_DATE,    P, NULL, "planning.data.gov.uk" },
    { "end_date",        "End date",                NULL, TR_DATE,    P, NULL, "planning.data.gov.uk" },
    { "entry_date",      "Entry date",              NULL, TR_DATE,    P, NULL, "planning.data.gov.uk" },
};
/* clang-format on */

const struct tr_field *tr_fields(size_t *n)
{
    *n = sizeof fields / sizeof *fields;
    return fields;
}

const struct tr_field *tr_field_named(const char *name)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}
