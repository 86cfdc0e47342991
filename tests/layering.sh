#!/bin/sh
# layering.sh ROOT LINKS - proves that arrows between the rooms go one way.
#
#   core <- model <- workload <- harness -> results -> plots
#
# Includes are resolved to files of the tree and judged by the rooms of both ends; LINKS, which
# CMake writes, has one line a target, "folder|target|linked;linked", and is judged the same
# way. Prints one line a violation; exit 1 when there is one.
set -u
root=$1
links=$2
cd "$root" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

sources() {
    find . -path ./build -prune -o -path './.git*' -prune -o -path ./results -prune -o \
        -type f \( "$@" \) -print | sed 's|^\./||' | sort
}

# Headers that the build makes: a folder's CMakeLists.txt names them.
generated() {
    sources -name CMakeLists.txt | tr '\n' '\0' | xargs -0 grep -oE '[A-Za-z0-9_]+\.h\b' |
        sed 's|CMakeLists\.txt:||' | while IFS= read -r header; do
        [ -e "$header" ] || echo "$header"
    done
}

{ sources -name '*.h' && generated; } | sort -u >"$work/headers"
sources -name '*.[chS]' -o -name '*.cc' >"$work/files"
# shellcheck disable=SC2016 # the dollars are awk's
tr '\n' '\0' <"$work/files" | xargs -0 awk '
    /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
        bracket = match($0, /[<"]/) ? substr($0, RSTART, 1) : ""
        text = substr($0, RSTART + 1)
        sub(/[>"].*/, "", text)
        print FILENAME, bracket, text
    }' >"$work/includes"

{
    awk -f tests/layering.awk what=headers "$work/headers" what=includes "$work/includes" \
        what=targets "$links" what=links "$links"
    sources -name '*.cc' -o -name '*.cpp' -o -name '*.cxx' -o -name '*.hpp' |
        grep -vx 'bench/harness/registry\.cc' |
        sed 's/$/: C++, which only bench\/harness\/registry.cc may be/'
    sources -path './plots/*.[chS]' -o -path './plots/*.sh' -o -path './plots/*.py' |
        sed 's/$/: a program; plots are gnuplot scripts that read result files/'
    sources -path './plots/*.gp' -o -path './plots/*.gnuplot' | while IFS= read -r file; do
        grep -nE "(^|[^a-z_])system[ (\"']|\`|^[[:space:]]*!|[\"'][[:space:]]*<" "$file" |
            sed "s|^\([0-9]*\):.*|$file:\1: runs a command; plots read result files only|"
    done
} >"$work/violations"
cat "$work/violations"
echo "$(grep -c . "$work/includes") includes, $(grep -c . "$links") targets," \
    "$(grep -c . "$work/violations") violations"
[ -s "$work/includes" ] && [ -s "$links" ] && [ ! -s "$work/violations" ]
