#!/bin/sh
# language.sh GO-FILE PROGRAM... - asks a real Go the cases of test_language.c, and compares
# its answers with ours, line by line. Exit 77 without Go.
set -u
source=$1
shift # what is left runs ours, perhaps under an emulator
command -v go >/dev/null 2>&1 || {
    echo 'skipped: no go here (apt-get install golang-go)'
    exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
GOCACHE=${GOCACHE:-$work/cache} GO111MODULE=off go build -o "$work/language" "$source" ||
    exit 1
"$work/language" >"$work/go" || exit 1
"$@" --answers >"$work/ours" || exit 1
if ! diff "$work/go" "$work/ours"; then
    echo 'Go says what is marked <, and we what is marked >'
    exit 1
fi
asked=$(wc -l <"$work/go")
[ "$asked" -ge 17 ] || exit 1
echo "$asked answers agree with $(go version)"
