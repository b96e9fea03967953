# Sourced by test.sh and .ci/run: runs stages, keeps their logs and times, and counts tests from the runners' words.

logs=target/logs
ledger=$logs/stages.tsv

# stage KIND NAME COMMAND…: KIND is build, lint or test. Never stops the script; the ledger remembers.
stage() {
    local kind=$1 name=$2 began status
    shift 2
    printf '\n== %s: %s\n' "$name" "$*"
    began=$(date +%s)
    "$@" 2>&1 </dev/null | tee "$logs/$name.log"
    status=${PIPESTATUS[0]}
    printf '%s\t%s\t%s\t%s\n' "$kind" "$name" "$status" "$(($(date +%s) - began))" >>"$ledger"
    return "$status"
}

failed_stages() {
    awk -F '\t' '$3 != 0 { printf "%s%s", sep, $2; sep = " " }' "$ledger"
}

minutes() {
    awk -F '\t' -v kind="$1" '$1 == kind { s += $4 } END { printf "%.1f", s / 60 }' "$ledger"
}

plain() {
    sed 's/\x1b\[[0-9;]*m//g' "$@"
}

# The line each runner closed with: vitest, nextest, cargo test, node --test.
closing_lines() {
    local log name
    for log in "$logs"/*.log; do
        [[ -e "$log" ]] || continue
        name=$(basename "$log" .log)
        plain "$log" | grep -E '^ +Tests +[0-9]|^ +Summary \[|^test result: |^(#|ℹ) (pass|fail|skipped) [0-9]' |
            sed "s/^ */$name: /" || true
    done
}

# Prints "PASSED FAILED" over all closing lines.
count() {
    closing_lines | awk '
        function before(word,    rest) {
            if (!match($0, "[0-9]+ " word)) return 0
            rest = substr($0, RSTART, RLENGTH); sub(/ .*/, "", rest); return rest
        }
        / (#|ℹ) pass /  { passed += $NF; next }
        / (#|ℹ) fail /  { failed += $NF; next }
        / (#|ℹ) skipped / { next }
        { passed += before("passed"); failed += before("failed") + before("timed out") + before("exec failed") }
        END { print passed + 0, failed + 0 }'
}

# Closing lines, then "N passed, N failed"; a stage that failed without naming a test counts as one.
summary() {
    local passed failed stages
    read -r passed failed < <(count)
    stages=$(failed_stages)
    printf '\n'
    closing_lines
    if [[ -n "$stages" ]]; then
        echo "failed stages: $stages"
        if [[ "$failed" -eq 0 ]]; then failed=$(wc -w <<<"$stages"); fi
    fi
    echo "$passed passed, $failed failed"
    [[ -z "$stages" && "$failed" -eq 0 && "$passed" -gt 0 ]]
}
