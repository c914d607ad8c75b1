# check-includes.awk: first the list of sources, then `file:line:#include ...`.
BEGIN {
    may["base"] = ""
    may["geom"] = "base"
    may["vector"] = "base geom"
    may["model"] = "base geom"
    may["cql2"] = "base geom model"
    may["store"] = "base geom model"
    may["ingest"] = "base geom vector model cql2 store"
    may["classify"] = "base geom model cql2"
    may["analyse"] = "base geom model cql2"
    may["encode"] = "base geom model"
    may["report"] = "base geom model cql2 classify analyse"
    may["feed"] = "base geom vector model cql2 store encode"
    may["http"] = "base geom vector model cql2 store ingest classify analyse " \
                  "encode report feed"
    may["cli"] = may["http"] " http"

    # Headers of include/terrier whose folder has no file of the same stem.
    home["cql2"] = "cql2"
    home["encode"] = "encode"
    home["json"] = "base"
    home["snapshot_input"] = "model"
    home["raster"] = "encode"
    home["tile_shape"] = "geom"

    # library: where it may be included, as a pattern
    door["gdal.h"] = door["ogr_api.h"] = door["ogr_srs_api.h"] = "^src/vector/"
    door["cpl_conv.h"] = door["cpl_error.h"] = "^src/vector/"
    door["cpl_string.h"] = door["cpl_vsi.h"] = "^src/vector/"
    door["proj.h"] = door["geos_c.h"] = "^src/geom/"
    door["sqlite3.h"] = "^src/(store/|encode/mbtiles\\.c$)"
    door["microhttpd.h"] = "^src/http/server\\.c$"
    door["jansson.h"] = "^src/base/json_read\\.c$"
    door["yaml.h"] = "^src/base/yaml\\.c$"
    door["sodium.h"] = "^src/base/(hash|sign|password)\\.c$"
    door["xxhash.h"] = "^src/base/hash\\.c$"
    door["utf8proc.h"] = "^src/base/text\\.c$"
    door["libdeflate.h"] = "^src/(geom/gtg|vector/vector_.*|http/coding|" \
                            "encode/(gzip|png))\\.c$"
    door["brotli/encode.h"] = "^src/http/"
    door["xlsxwriter.h"] = door["cairo.h"] = "^src/encode/"
    door["cairo-pdf.h"] = door["pango/pangocairo.h"] = "^src/encode/"
}

function fault(what) { print file ":" line ": " what }

FILENAME != "-" { # src/geom/crs.c: terrier/crs.h is geom's
    split($0, part, /[\/.]/)
    home[part[3]] = part[2]
    next
}

{
    split($0, at, ":")
    file = at[1]
    line = at[2]
    match($0, /["<][^">]+[">]/)
    what = substr($0, RSTART + 1, RLENGTH - 2)
    folder = file ~ /^src\// ? substr(file, 5, index(substr(file, 5), "/") - 1) \
                             : "include"

    if (index($0, "<")) {
        if (what in door && file !~ door[what])
            fault("<" what "> has its door elsewhere, " door[what])
        else if (!(what in door) && what ~ /^(ogr|cpl|gdal|geos|proj|brotli)/)
            fault("<" what "> has no door yet: name it in check-includes.awk")
        next
    }
    if (folder == "include") {
        if (what !~ /^terrier\//)
            fault("a public header includes \"" what "\", which is not public")
        next
    }
    stem = what
    sub(/\.h$/, "", stem)
    if (what ~ /^terrier\//) {
        sub(/^terrier\//, "", stem)
        of = home[stem]
        if (of == "")
            fault("no folder is known for \"" what "\"")
    } else if (what ~ /\//) {
        of = substr(what, 1, index(what, "/") - 1)
    } else {
        next # beside the file itself
    }
    if (of != "" && of != folder && index(" " may[folder] " ", " " of " ") == 0)
        fault("src/" folder " may not include \"" what "\", which is src/" of)
}
