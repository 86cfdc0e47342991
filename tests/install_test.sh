#!/bin/sh
# install_test.sh CMAKE ROOT BUILD COMPILER - what `cmake --install` lays down is complete: the
# program finds its data, and a project elsewhere finds, compiles against and runs the runtimes.
set -u
cmake=$1
root=$2
build=$3
compiler=$4
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
prefix="$work/some where"

fail() {
    echo "FAILED: $1"
    [ ! -e "$work/log" ] || cat "$work/log"
    exit 1
}

"$cmake" --install "$build" --prefix "$prefix" >"$work/log" 2>&1 || fail 'install'
"$cmake" -S "$root/tests/consumer" -B "$work/consumer" -G Ninja -DCMAKE_C_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" 2>&1 || fail 'find_package(quartet)'
"$cmake" --build "$work/consumer" >"$work/log" 2>&1 || fail 'building the consumer'
"$work/consumer/consumer" || fail 'running the consumer'
for room in core actors csp eventloop gil; do
    [ -d "$root/$room/include" ] || continue
    missing=$(cd "$root/$room/include" && find . -name '*.h' | while IFS= read -r header; do
        [ -f "$prefix/include/quartet/$header" ] || echo "$header"
    done)
    [ -z "$missing" ] || fail "headers of $room were not installed: $missing"
    [ "$room" = core ] || "$work/consumer/consumer_$room" || fail "no consumer of $room"
done
if [ -x "$build/bench/quartet-bench" ]; then
    program=$prefix/bin/quartet-bench
    (cd / && "$program" help) >"$work/log" 2>&1 || fail 'the installed program helps'
    for data in "$root"/bench/workloads/*/*.erl "$root"/bench/workloads/*/*.go \
        "$root"/bench/workloads/*/*.mjs "$root"/bench/workloads/*/*.py \
        "$root"/bench/workloads/*/*.rb "$root"/bench/report/templates/* "$root"/plots/*; do
        [ -f "$data" ] || continue
        to=${data#"$root/"}
        [ -f "$prefix/share/quartet/$to" ] || fail "not installed: $to"
    done
fi
echo 'installed, found, linked and run'
