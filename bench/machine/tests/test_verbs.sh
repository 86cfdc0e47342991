#!/bin/sh
# The verbs topo and doctor from outside: exit codes, stdout is data, one clear line on stderr.
# usage: test_verbs.sh PROGRAM
program=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
unset NO_COLOR

fail() {
    echo "failed: $*" >&2
    sed 's/^/  stdout: /' "$work/out" >&2
    sed 's/^/  stderr: /' "$work/err" >&2
    exit 1
}

# expect CODE ARGUMENTS...
expect() {
    wanted=$1
    shift
    "$program" "$@" >"$work/out" 2>"$work/err"
    code=$?
    [ "$code" -eq "$wanted" ] || fail "$* exits with $code, not $wanted"
}
prints() { grep -q -- "$1" "$work/out" || fail "stdout without: $1"; }
says() { grep -q -- "$1" "$work/err" || fail "stderr without: $1"; }
one_line() { [ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line on stderr"; }

expect 0 topo
prints '^machine    [a-z0-9-]*$'
prints 'PU .*<- worker 0'
HWLOC_SYNTHETIC='pack:2 [numa] l3:2 core:4 pu:2'
export HWLOC_SYNTHETIC
expect 0 topo --workers 8 --place scatter
prints 'PU 28  <- worker 7'
prints 'not bound'
expect 0 topo --workers 33 --place compact
prints 'PU 0  <- worker 0, 32'
says 'oversubscribed'
unset HWLOC_SYNTHETIC
expect 0 topo --format xml
prints '<topology'
expect 0 topo --format json
prints '"allowed_cpus"'
if command -v lstopo-no-graphics >/dev/null; then
    expect 0 topo --format svg
    prints '<svg'
fi
# shellcheck disable=SC2123 # a PATH without lstopo is what is tried
(PATH=/nowhere; expect 6 topo --format svg) || exit 1
says 'apt-get install hwloc-nox'

for bad in 0 -1 two 1025 ''; do
    expect 2 topo --workers "$bad"
    one_line
    expect 2 doctor --workers "$bad"
    one_line
done
for bad in spread explicit: explicit:0,0 explicit:1- explicit:1023; do
    expect 2 topo --place "$bad"
    one_line
done
expect 2 topo --format png
one_line
expect 2 topo extra
one_line
expect 2 doctor extra
one_line
expect 2 topo --bogus
one_line
expect 2 doctor --bogus
one_line

expect 0 doctor --out "$work"
prints '^[OWu][KAn].* governor '
! grep -q "$(printf '\033')" "$work/out" || fail 'colours without a terminal'
expect 0 doctor --json --out "$work"
prints '"schema": "quartet-doctor/1"'
expect 6 doctor --out /dev/null/results
prints '^LACKS .*results'
expect 6 doctor --json --out /dev/null/results

if [ -w /dev/full ]; then
    for verb in topo 'topo --format xml' 'topo --format json' doctor 'doctor --json'; do
        # shellcheck disable=SC2086 # a verb and its options
        "$program" $verb >/dev/full 2>"$work/err"
        [ $? -eq 7 ] || fail "$verb on a full disk does not exit with 7"
        says 'cannot write'
    done
fi
echo passed
