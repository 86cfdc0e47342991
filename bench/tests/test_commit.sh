#!/bin/sh
# test_commit.sh CMAKE SCRIPT - which trees commit.cmake calls dirty: those whose build nobody
# can repeat from the commit, be it for a changed file or for a source that git does not know.
set -u
cmake=$1
script=$2
command -v git >/dev/null || exit 77
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export HOME="$work" GIT_CONFIG_NOSYSTEM=1
tree="$work/a tree"

# dirty 0|1 WHY
dirty() {
    "$cmake" -DSOURCE="$tree" -DOUTPUT="$work/out.h" -P "$script" || exit 1
    grep -qx "#define BUILD_DIRTY $1" "$work/out.h" && return
    echo "FAILED: $2"
    cat "$work/out.h"
    exit 1
}

mkdir -p "$tree/bench/workloads/new"
dirty 0 'no repository'
git -C "$tree" init -q
echo 'int known;' >"$tree/known.c"
echo '/build/' >"$tree/.gitignore"
git -C "$tree" add .
git -C "$tree" -c user.name=n -c user.email=e@example.org commit -qm first
dirty 0 'as committed'
grep -q "BUILD_COMMIT \"$(git -C "$tree" rev-parse HEAD)\"" "$work/out.h" || exit 1
mkdir "$tree/build"
echo 'int built;' >"$tree/build/made.c"
echo 'a thought' >"$tree/notes.txt"
dirty 0 'ignored files and notes'
echo 'int new;' >"$tree/bench/workloads/new/csp.c"
dirty 1 'a new workload'
rm "$tree/bench/workloads/new/csp.c"
dirty 0 'the workload is gone again'
echo 'int changed;' >"$tree/known.c"
dirty 1 'a changed file'
echo 'clean and dirty are told apart'
