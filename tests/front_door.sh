#!/bin/sh
# front_door.sh ROOT - tests ./quartet in a sandbox.
#
# A copy of the script stands in a folder with a space in its name; PATH leads to the plain
# tools it uses and to fakes of everything that would change the machine: apt-get, sudo, id,
# dpkg-query, cmake, ctest. The fakes keep their state in $BOX and note their calls there.
set -u
root=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fake() {
    cat >"$BOX/bin/$1"
    chmod +x "$BOX/bin/$1"
}

# A bare machine: git, a shell and coreutils; package lists are there; root.
new_box() {
    BOX=$work/box
    rm -rf "$BOX"
    mkdir -p "$BOX/bin" "$BOX/packages" "$BOX/my tree"
    cp "$root/quartet" "$BOX/my tree/quartet"
    for tool in sh env cat sed grep tail dirname readlink mkdir rm chmod ln touch flock; do
        ln -s "$(command -v $tool)" "$BOX/bin/$tool"
    done
    touch "$BOX/apt.log" "$BOX/built.log" "$BOX/sudo.log"
    echo 0 >"$BOX/uid"
    fake id <<'END'
#!/bin/sh
[ "$1" = -u ] && cat "$BOX/uid"
END
    fake dpkg-query <<'END'
#!/bin/sh
for package; do :; done
[ -e "$BOX/packages/$package" ] && printf installed
END
    fake apt-cache <<'END'
#!/bin/sh
! [ -e "$BOX/no-lists" ]
END
    fake apt-get <<'END'
#!/bin/sh
echo "$*" >>"$BOX/apt.log"
case " $* " in
*' update '*)
    [ -e "$BOX/offline" ] || rm -f "$BOX/no-lists" "$BOX/stale-lists"
    exit 0
    ;;
esac
if [ -e "$BOX/offline" ] || [ -e "$BOX/no-lists" ] || [ -e "$BOX/stale-lists" ]; then
    echo 'E: Failed to fetch http://deb.example/cmake.deb'
    exit 100
fi
for word; do
    [ "${names:-no}" = yes ] && [ "${word#-}" = "$word" ] && touch "$BOX/packages/$word"
    [ "$word" = install ] && names=yes
    [ "$word" = cmake ] && ln -sf ../later/cmake "$BOX/bin/cmake"
done
exit 0
END
    mkdir "$BOX/later"
    cat >"$BOX/later/cmake" <<'END'
#!/bin/sh
echo "cmake $*" >>"$BOX/built.log"
case $* in
--version) echo "cmake version $(cat "$BOX/cmake-version" 2>/dev/null || echo 3.25.1)" ;;
'--preset '*)
    [ -e "$BOX/broken-configure" ] && echo 'no such compiler' && exit 1
    mkdir -p "build/$2"
    touch "build/$2/build.ninja"
    echo "CMAKE_HOME_DIRECTORY:INTERNAL=$(pwd -P)" >"build/$2/CMakeCache.txt"
    ;;
'--build --preset '*)
    [ -e "$BOX/broken-build" ] && echo 'core.c:1: error: expected ;' && exit 1
    program=build/$3/bench/quartet-bench
    [ -x "$program" ] && echo 'ninja: no work to do.' && exit 0
    mkdir -p "build/$3/bench"
    echo '[1/1] Linking C executable bench/quartet-bench'
    printf '#!/bin/sh\nprintf "<%%s>" "$@"\necho " cache=$XDG_CACHE_HOME"\necho "called=$QUARTET_COMMAND"\nexit 5\n' >"$program"
    chmod +x "$program"
    ;;
esac
END
    chmod +x "$BOX/later/cmake"
    fake ctest <<'END'
#!/bin/sh
echo "ctest $*" >>"$BOX/built.log"
[ -e "$BOX/failing-tests" ] && exit 8
echo '100% tests passed, 0 tests failed out of 1'
END
    fake sudo <<'END'
#!/bin/sh
echo "$*" >>"$BOX/sudo.log"
[ -e "$BOX/sudo-allowed" ] || exit 1
case $1 in
-v | -n) exit 0 ;;
esac
exec "$@"
END
}

# quartet ARGS: runs it as a stranger would, from another folder; fills $status, out, err.
quartet() {
    (cd / && exec env -i PATH="$BOX/bin" HOME=/nonexistent BOX="$BOX" ${ci:+CI=true} \
        "$BOX/my tree/quartet" "$@") >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# on_terminal ANSWER ARGS: the same with a terminal on which ANSWER is typed.
on_terminal() {
    answer=$1
    shift
    printf '%s\n' "$answer" | timeout 20 script -qec \
        "cd / && exec env -i PATH='$BOX/bin' HOME=/nonexistent BOX='$BOX' '$BOX/my tree/quartet' $*" \
        /dev/null >"$work/out" 2>&1
    status=$?
    cp "$work/out" "$work/err"
}

# Whether this place has pseudo-terminals (some containers do not).
have_terminals() {
    script -qec true /dev/null >/dev/null 2>&1 </dev/null && return
    echo "  skipped: no pseudo-terminal here"
    return 1
}

expect() {
    what=$1
    shift
    if ! "$@"; then
        echo "FAILED in $case_name: $what"
        echo "  status $status"
        sed 's/^/  out: /' "$work/out"
        sed 's/^/  err: /' "$work/err"
        sed 's/^/  apt: /' "$BOX/apt.log"
        failures=$((failures + 1))
    fi
}
exits() { expect "exits $1" [ "$status" -eq "$1" ]; }
says() { expect "says '$1'" grep -qF -- "$1" "$work/err"; }
prints() { expect "prints '$1'" grep -qF -- "$1" "$work/out"; }
silent() { expect 'stdout is empty' [ ! -s "$work/out" ]; }
apt_calls() { expect "$1 calls of apt-get" [ "$(grep -c . "$BOX/apt.log")" -eq "$1" ]; }
lines() { expect "$1 lines on stderr" [ "$(grep -c . "$work/err")" -le "$1" ]; }

t_help_needs_nothing() {
    rm "$BOX/bin/apt-get" "$BOX/bin/dpkg-query"
    quartet help
    exits 0
    prints 'usage: ./quartet VERB'
    quartet run --help
    exits 0
    prints 'usage: ./quartet VERB'
    quartet
    exits 2
    says 'usage: ./quartet VERB'
    silent
}

t_unknown_verb_and_flag() {
    quartet rnu
    exits 2
    says "unknown verb 'rnu'; the verbs are: run list"
    lines 1
    quartet test --per
    exits 2
    says "unknown flag '--per'; it knows --peers"
    lines 1
    silent
    apt_calls 0
}

t_root_without_terminal_installs_and_runs() {
    quartet run --set 'a=b c'
    exits 5 # the program's own status
    says 'missing packages: cmake ninja-build gcc g++ pkg-config binutils'
    says gnuplot-nox
    says 'configuring and building preset release'
    expect 'builds the program and nothing else' \
        grep -qx -- 'cmake --build --preset release --target quartet-bench' "$BOX/built.log"
    prints '<run><--set><a=b c>'
    apt_calls 1
}

t_second_run_does_nothing_again() {
    quartet run
    : >"$BOX/apt.log"
    quartet run --standard
    apt_calls 0
    prints '<run><--standard>'
    expect 'says nothing' [ ! -s "$work/err" ]
}

t_says_that_it_waits_for_another_build() {
    quartet run
    (
        flock 9
        touch "$BOX/locked"
        for _ in 1 2 3 4 5 6 7 8 9 10; do # not for ever: what is tried may be broken
            grep -q waiting "$work/err" && break
            sleep 1
        done
    ) 9>"$BOX/my tree/build/.lock" &
    while ! [ -e "$BOX/locked" ]; do :; done
    quartet run
    wait
    says 'another call is building; waiting for it'
    prints '<run>'
}

t_list_needs_less() {
    quartet list --json --yes
    prints '<list><--json>'
    expect 'needs no gnuplot to list' [ ! -e "$BOX/packages/gnuplot-nox" ]
}

t_lists_are_fetched_when_missing_or_stale() {
    touch "$BOX/no-lists"
    quartet list
    exits 5
    apt_calls 2 # update, install
    new_box
    touch "$BOX/stale-lists"
    quartet list
    exits 5
    apt_calls 3 # install fails, update, install
}

t_offline() {
    touch "$BOX/offline"
    quartet run
    exits 6
    silent
    says 'apt-get could not install the packages (E: Failed to fetch'
    says 'apt-get install -y --no-install-recommends cmake'
}

t_no_rights() {
    echo 1000 >"$BOX/uid"
    rm "$BOX/bin/sudo"
    quartet run --yes
    exits 6
    says 'no rights to install'
    says '    apt-get update && apt-get install -y --no-install-recommends cmake ninja-build gcc'
    apt_calls 0
}

t_sudo_without_rights() {
    echo 1000 >"$BOX/uid"
    quartet run --yes
    exits 6
    says 'sudo gives no rights'
    says 'apt-get install -y --no-install-recommends cmake'
    apt_calls 0
    have_terminals || return
    on_terminal y run
    exits 6
    says 'sudo gives no rights'
    apt_calls 0
}

t_user_without_terminal_is_not_surprised() {
    echo 1000 >"$BOX/uid"
    touch "$BOX/sudo-allowed"
    quartet run
    exits 6
    says 'no terminal to ask on'
    apt_calls 0
    quartet run --yes
    exits 5
    expect 'through sudo' grep -q 'apt-get .*install' "$BOX/sudo.log"
    prints '<run>'
}

t_ci_does_not_ask() {
    echo 1000 >"$BOX/uid"
    touch "$BOX/sudo-allowed"
    ci=yes
    quartet run
    ci=
    exits 5
    apt_calls 1
}

t_asks_on_a_terminal() {
    have_terminals || return
    on_terminal n run
    exits 6
    says 'missing packages: cmake'
    says 'install them now? [Y/n]'
    says 'nothing was installed'
    apt_calls 0
    on_terminal y run
    exits 5
    apt_calls 1
    prints '<run>'
}

t_yes_does_not_ask_on_a_terminal() {
    have_terminals || return
    on_terminal n run --yes
    exits 5
    expect 'no question' sh -c "! grep -q 'install them now' '$work/err'"
    apt_calls 1
}

t_equals_from_elsewhere_count() {
    for tool in ninja objcopy pkg-config gnuplot; do
        ln -s ../later/cmake "$BOX/bin/$tool"
    done
    ln -s ../later/cmake "$BOX/bin/cmake"
    fake c++ <<'END'
#!/bin/sh
for mode; do :; done
read -r line
case $line in
*jansson*) exit 1 ;;
esac
END
    ln -s c++ "$BOX/bin/cc"
    quartet run
    exits 5
    says 'missing packages: libjansson-dev'
    expect 'only that' grep -qx 'quartet: missing packages: libjansson-dev' "$work/err"
}

t_other_system() {
    rm "$BOX/bin/apt-get"
    quartet run --yes
    exits 6
    says 'has no apt-get'
    says '    CMake 3.21 or later'
    says '    gnuplot'
    silent
}

t_old_cmake() {
    echo 3.18.4 >"$BOX/cmake-version"
    quartet list
    exits 6
    says 'CMake 3.18 is too old: 3.21 or later is needed'
}

t_cache_without_a_home() {
    quartet list
    prints "cache=$BOX/my tree/build/cache"
}

t_peers_are_installed_when_asked_for() {
    quartet run
    expect 'no Erlang unasked' [ ! -e "$BOX/packages/erlang-base" ]
    quartet run --peers
    prints '<run><--peers>'
    for package in erlang-base golang-go nodejs python3 ruby; do
        expect "installs $package" [ -e "$BOX/packages/$package" ]
    done
    quartet plan --only-peers
    prints '<plan><--only-peers>'
}

t_test_verb() {
    quartet test --peers
    exits 0
    prints '100% tests passed'
    expect 'builds preset dev' grep -q -- '--build --preset dev' "$BOX/built.log"
    expect 'not asan' sh -c "! grep -q asan '$BOX/built.log'"
    expect 'Ruby is there' [ -e "$BOX/packages/ruby" ]
    expect 'no clang unasked' [ ! -e "$BOX/packages/clang" ]
    quartet test --style --sanitizers --aarch64
    exits 0
    expect 'ShellCheck is there' [ -e "$BOX/packages/shellcheck" ]
    expect 'clang is there' [ -e "$BOX/packages/clang" ]
    for preset in dev asan tsan aarch64; do
        expect "tests $preset" grep -q "ctest --preset $preset" "$BOX/built.log"
    done
    touch "$BOX/failing-tests"
    quartet test
    exits 3
    says 'tests failed under: dev'
}

t_build_failures() {
    quartet list
    touch "$BOX/broken-build"
    quartet list
    exits 7
    silent
    says 'core.c:1: error'
    says 'preset release did not build; whole output:'
    rm -rf "$BOX/broken-build" "$BOX/my tree/build"
    touch "$BOX/broken-configure"
    quartet list
    exits 7
    says 'no such compiler'
    rm "$BOX/broken-configure"
    quartet list
    exits 5
}

t_unwritable_tree() {
    quartet list
    rm -rf "$BOX/my tree/build"
    touch "$BOX/my tree/build"
    quartet list
    exits 7
    says 'cannot make the folder'
    lines 1
}

t_moved_tree_is_built_anew() {
    quartet list
    mv "$BOX/my tree" "$BOX/other tree"
    mkdir "$BOX/my tree"
    cp -R "$BOX/other tree/." "$BOX/my tree"
    echo 'CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere' >"$BOX/my tree/build/release/CMakeCache.txt"
    : >"$BOX/built.log"
    quartet list
    exits 5
    expect 'configures again' grep -q -- '^cmake --preset release' "$BOX/built.log"
}

t_called_through_a_link() {
    ln -s "$BOX/my tree/quartet" "$BOX/bin/q"
    (cd / && env -i PATH="$BOX/bin" BOX="$BOX" q list) >"$work/out" 2>"$work/err"
    status=$?
    exits 5
    prints '<list>'
    prints "called=$BOX/bin/q"
}

# What the program tells to type again is how it was called.
t_called_from_its_folder() {
    for called in './quartet' 'sh quartet' '../my\ tree/quartet'; do
        (cd "$BOX/my tree" && eval "exec env -i PATH=\"$BOX/bin\" BOX=\"$BOX\" $called list") \
            >"$work/out" 2>"$work/err"
        case $called in
        ../*) prints "called='../my tree/quartet'" ;;
        *) prints 'called=./quartet' ;;
        esac
    done
}

ci=
cases=$(sed -n 's/^\(t_[a-z_]*\)().*/\1/p' "$0")
count=0
for case_name in $cases; do
    echo "run  $case_name"
    new_box
    $case_name
    count=$((count + 1))
done
echo "$count cases, $failures failed"
[ "$count" -gt 0 ] && [ "$failures" -eq 0 ]
