#!/bin/sh
# style_test.sh ROOT - the style checker sees each breach, planted in a small tree of its own.
set -u
root=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree/core/src" "$tree/core/include/core" "$tree/.ci"
cp "$root/.clang-format" "$tree"
failures=0

# The small tree without any breach.
plain() {
    printf 'int plain(int n);\n\nint plain(int n)\n{\n    assert(n > 0);\n    return n;\n}\n' >"$tree/core/src/a.c"
    printf '#define core_load_acquire(p) atomic_load_explicit(p, memory_order_acquire)\n' \
        >"$tree/core/include/core/atomic.h"
    printf '#!/bin/sh\necho plain\n' >"$tree/quartet"
    printf '#!/bin/bash\necho plain\n' >"$tree/.ci/run"
}

# expect STATUS CHECK WHAT: the tree as it stands now gets that verdict.
expect() {
    sh "$root/tests/style.sh" "$2" "$tree" >"$work/out" 2>&1
    status=$?
    if [ $status -eq 77 ]; then
        sed 's/^/  /' "$work/out"
    elif [ $status -ne "$1" ]; then
        echo "FAILED: $3: $2 gave $status, not $1"
        sed 's/^/  /' "$work/out"
        failures=$((failures + 1))
    fi
}

# c LINES...: the tree's one C file holds these lines.
c() {
    printf '%s\n' "$@" >"$tree/core/src/a.c"
}

# A function of so many lines.
long() {
    echo 'int grown(int n)'
    echo '{'
    awk -v n=$(($1 - 4)) 'BEGIN { for (i = 0; i < n; i++) print "    n++;" }'
    echo '    return n;'
    echo '}'
}

plain
for check in lengths asserts orders words format scripts; do
    expect 0 $check 'a plain tree'
done

long 70 >"$tree/core/src/a.c"
expect 0 lengths 'a function of 70 lines'
long 71 >"$tree/core/src/a.c"
expect 1 lengths 'a function of 71 lines'
for i in 1 2 3 4 5 6 7 8 9 10; do
    long 11 | sed "s/grown/grown$i/"
done >"$tree/core/src/a.c"
expect 1 lengths 'half of all functions of 11 lines'
c 'int plain(int n)' '{' '    return n;' '}'
expect 1 asserts 'a room without assertions'
{ plain && awk 'BEGIN { for (i = 0; i < 601; i++) print "" }'; } >"$tree/core/src/b.c"
expect 1 lengths 'a file of 601 lines'
rm "$tree/core/src/b.c"

c 'x = core_load_acquire(&y); /* pairs with the store in z */'
expect 0 orders 'a reason on the line'
c '/* Pairs with z. */' '' '' '' 'x = core_load_acquire(&y);'
expect 0 orders 'a reason four lines above'
c '/* Pairs with z. */' '' '' '' '' 'x = core_load_acquire(&y);'
expect 1 orders 'a reason five lines above'
c 'x = core_load_acquire(' '    &y); /* pairs with z */'
expect 0 orders 'a reason on the last line of the statement'
c 'x = core_load_acquire(&y);' '/* Pairs with z. */'
expect 1 orders 'a reason below the statement'
c '    /* Relaxed, all below: hints. */' '' '' '' '' 'x = core_load_relaxed(&y);'
expect 0 orders 'one reason for a function'
c '    /* Relaxed, all below: hints. */' '' '' '}' '' '' 'x = core_load_relaxed(&y);'
expect 1 orders 'one reason for another function'
c '/* All accesses are relaxed. */' '' '' '}' '' '' 'x = core_load_relaxed(&y);'
expect 0 orders 'one reason for a section'
c '/* All accesses are relaxed. */' '/* --- next */' '' '' '' '' '' 'x = core_load_relaxed(&y);'
expect 1 orders 'one reason for another section'
c 'x = atomic_load_explicit(&y, memory_order_acquire);'
expect 1 orders 'an order spelled out without a reason'
c '/* Counts. */' 'atomic_fetch_add(&y, 1);'
expect 1 orders 'an atomic operation without an order'

note=TO
c "/* ${note}DO: later */"
expect 1 words 'a note to self'

c 'int  plain( void );'
expect 1 format 'a line of another layout'

# shellcheck disable=SC2016 # the unquoted $1 is what is planted
printf '#!/bin/sh\nrm $1\n' >"$tree/quartet"
expect 1 scripts 'an unquoted word'

[ "$failures" -eq 0 ] && echo 'the style checker sees each breach'
