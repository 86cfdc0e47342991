#!/bin/sh
# layering_test.sh ROOT LINKS - the tree keeps its layers, and the checker would tell if not:
# each rule is broken once in a copy of the tree, and the checker must name the culprit.
set -u
root=$1
links=$2
failures=0

sh "$root/tests/layering.sh" "$root" "$links" || failures=1

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir "$tree"
(cd "$root" && find . -path ./build -prune -o -path './.git*' -prune -o -path ./results -prune -o \
    -type f \( -name '*.[chS]' -o -name '*.cc' -o -name '*.gp' -o -path './tests/layering*' \
    -o -name CMakeLists.txt \) \
    -print | tar cf - -T -) | tar xf - -C "$tree"
for header in core/include/core/planted.h csp/include/csp/planted.h csp/src/planted_own.h \
    actors/include/actors/planted.h actors/src/planted_secret.h tests/check.h \
    bench/workloads/workload.h bench/workloads/on_actors.h bench/workloads/on_csp.h \
    bench/workloads/planted/planted.h bench/workloads/other/other.h bench/harness/planted_own.h; do
    mkdir -p "$tree/$(dirname $header)"
    [ -e "$tree/$header" ] || touch "$tree/$header"
done

# allowed|refused FILE TEXT: a file with that text is, or is not, accepted.
judge() {
    sh "$tree/tests/layering.sh" "$tree" "${1:-$links}" >"$work/out" 2>&1
}

wrong() {
    echo "FAILED: $1"
    sed 's/^/    /' "$work/out"
    failures=$((failures + 1))
}

plant() {
    mkdir -p "$tree/$(dirname "$1")"
    printf '%s\n' "$2" >"$tree/$1"
    judge
}

refused() {
    plant "$1" "$2"
    grep -qF "$1:" "$work/out" || wrong "not refused: $1 with $2"
    rm "$tree/$1"
}

allowed() {
    plant "$1" "$2"
    ! grep -qF "$1:" "$work/out" || wrong "refused: $1 with $2"
    rm "$tree/$1"
}

allowed core/src/planted.c '#include <core/planted.h>'
refused core/src/planted.c '#include <csp/planted.h>'
refused core/include/core/bad.h '#include "../../../csp/include/csp/planted.h"'
allowed csp/src/planted.c '#include "planted_own.h"'
allowed csp/src/planted.c '#include <core/planted.h>'
refused csp/src/planted.c '#include <actors/planted.h>'
refused csp/src/planted.c '  #  include "planted_secret.h"'
refused csp/src/planted.c '#include "workload.h"'
refused csp/src/planted.c '#include "check.h"'
refused csp/src/planted.c '#include "nowhere.h"'
allowed csp/tests/test_planted.c '#include "check.h"'
refused csp/tests/test_planted.c '#include <actors/planted.h>'
allowed bench/workloads/planted/csp.c '#include "planted.h"'
allowed bench/workloads/planted/csp+more.c '#include "on_csp.h"'
refused bench/workloads/planted/csp.c '#include <csp/planted.h>'
refused bench/workloads/planted/csp.c '#include "on_actors.h"'
refused bench/workloads/planted/csp.c '#include "other.h"'
refused bench/workloads/planted/csp.c '#include <core/planted.h>'
refused bench/workloads/planted/bad.h '#include "on_csp.h"'
allowed bench/workloads/tests/planted.c '#include "other.h"'
refused bench/workloads/tests/planted.c '#include "on_csp.h"'
allowed bench/harness/planted.c '#include "planted_own.h"'
allowed bench/harness/planted.c '#include "workload.h"'
refused bench/harness/planted.c '#include <csp/planted.h>'
refused bench/harness/planted.c '#include "on_csp.h"'
refused bench/harness/planted.c '#include "other.h"'
allowed bench/workloads/planted/sequential.c '#include <core/planted.h>'
refused bench/workloads/planted/sequential.c '#include <csp/planted.h>'
refused bench/harness/other.cc 'int other;'
refused core/src/planted.hpp 'class other;'
refused plots/planted.c 'int main(void) { return 0; }'
allowed plots/planted.gp 'plot "data.dat" using 1:2'
refused plots/planted.gp 'plot "< cat data.dat" using 1:2'
refused plots/planted.gp 'x = system("date")'
refused plots/planted.gp '!date'

refused_link() {
    { cat "$links" && echo "$1"; } >"$work/links"
    judge "$work/links"
    grep -qF "$2" "$work/out" || wrong "not refused: link $1"
}

targets='core|core|Threads::Threads
actors|actors|core
csp|csp|core
bench/workloads|on_csp|quartet_flags;csp
bench/workloads|workload_planted_csp_c|on_csp'
printf '%s\n' "$targets" >"$work/links"
judge "$work/links"
! grep -q ' links ' "$work/out" || wrong 'refused: the right links'
links=$work/right
printf '%s\n' "$targets" >"$links"
refused_link 'core|core_more|csp' 'core_more links csp'
refused_link 'csp|csp_more|$<BUILD_INTERFACE:actors>' 'csp_more links actors'
refused_link 'bench/workloads|on_actors|csp' 'on_actors links csp'
refused_link 'bench/workloads|workload_bad_csp_c|csp' 'workload_bad_csp_c links csp'
refused_link 'bench/harness|harness|on_csp' 'harness links on_csp'
refused_link 'bench|quartet-bench|core;actors' 'quartet-bench links actors'

[ "$failures" -eq 0 ] && echo 'layers hold, and the checker sees each breach'
