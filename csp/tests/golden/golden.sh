#!/bin/sh
# golden.sh PROGRAM GO_FOLDER - runs each case of a Go program and of its twin in C; what they
# write to stdout and stderr, and how they exit, must be the same, line by line. Exit 77
# without Go.
#
# Left out of stderr, since nobody can make them equal:
#   - what a trace says between two goroutines' headers (function names, paths, addresses), the
#     "runtime stack", and the numbers of goroutines but main's; headers are sorted;
#   - the goroutines of Go's own runtime, which it lists after some fatal errors;
#   - a signal's addr and pc, and the whole line of SIGFPE: Go tests a divisor, C takes a signal;
#   - the size of a stack that overflowed, and the line with its addresses.
set -u
program=$1
folder=$2
command -v go >/dev/null 2>&1 || {
    echo 'skipped: no go here (apt-get install golang-go)'
    exit 77
}
unset GOMAXPROCS GOTRACEBACK GOFLAGS
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# Go looks for no deadlock in programs that link C, as package net would.
CGO_ENABLED=0 GO111MODULE=off go build -o "$work/twin" "$folder"/*.go || exit 1

# The report up to the first empty line, then the headers.
trace() {
    awk 'function settle() {
            if (header != "")
                print header | "sort"
            header = ""
        }
        /^\[signal SIGFPE/ || /^runtime: sp=/ { next }
        /^\[signal/ { sub(/ addr=.*/, "") }
        /^runtime: goroutine stack exceeds/ { sub(/[0-9]+/, "N") }
        /^$/ { traces = 1; next }
        !traces { print; next }
        /^goroutine [0-9]+ \[/ {
            settle()
            header = $0
            if ($2 != 1)
                sub(/[0-9]+/, "N", header)
        }
        /^created by runtime\./ { header = "" }
        END { settle() }' "$1"
}

# one WHO COMMAND NAME: stdout, stderr and status into a file of WHO.
one() {
    who=$1
    shift
    timeout 30 "$@" >"$work/out" 2>"$work/err"
    status=$?
    {
        cat "$work/out"
        trace "$work/err"
        echo "exit status $status"
    } >"$work/$who"
}

"$work/twin" list >"$work/cases"
"$program" list | diff "$work/cases" - || {
    echo 'the two programs have different cases'
    exit 1
}
failed=0
count=0
while read -r name; do
    count=$((count + 1))
    one go "$work/twin" "$name"
    one c "$program" "$name"
    if ! diff "$work/go" "$work/c" >"$work/diff"; then
        failed=$((failed + 1))
        echo "$name: Go (<) and C (>) differ"
        cat "$work/diff"
    fi
done <"$work/cases"
echo "$count cases, $failed differ"
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
