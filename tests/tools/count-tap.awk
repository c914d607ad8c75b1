# count-tap.awk: "passed failed skipped" of one program's output. `code` is how
# the program ended.
/^# pass [0-9]+$/ { node_pass += $3; node = 1 } # node --test counts by itself:
/^# (fail|cancelled) [0-9]+$/ { node_fail += $3 } # its lines are nested
/^# (skipped|todo) [0-9]+$/ { node_skip += $3 }
/^[0-9]+\.\.[0-9]+/ { split($1, plan, /\.\./); planned += plan[2] }
/^(not )?ok [0-9]+ # [Ss][Kk][Ii][Pp]/ || /^ok .*# [Ss][Kk][Ii][Pp]/ {
    skipped++
    next
}
/^ok( |$)/ { passed++ }
/^not ok( |$)/ { failed++ }

END {
    if (node) {
        passed = node_pass
        failed = node_fail
        skipped = node_skip
        planned = 0
    }
    seen = passed + failed + skipped
    if (seen == 0 && code == 77)
        skipped = 1
    else if (seen == 0 && code == 0 && planned == 0)
        passed = 1
    else if (failed == 0 && (code != 0 || seen < planned))
        failed = 1
    print passed + 0, failed + 0, skipped + 0
}
