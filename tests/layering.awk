# Judges the arrows that layering.sh collected: includes between files, links between targets.
#
# A room is named by what may stand in it: core, MODEL, shape, workload, adapter, harness;
# "x:test" is the tests (and benchmarks) of room x, which may use what x may, check.h
# and steps.h.

function is_model(name)
{
    return name ~ /^(actors|csp|eventloop|gil)$/
}

function room_of(path,    part, n, room)
{
    n = split(path, part, "/")
    if (part[1] == "core" || is_model(part[1]))
        room = part[1]
    else if (path ~ /^bench\/workloads\/workload\.h$/)
        room = "contract"
    else if (path ~ /^bench\/workloads\/on_[a-z]*\.[ch]$/)
        room = "adapter"
    else if (path ~ /^bench\/workloads\/tests\//)
        room = "shape" # of the shapes' answers, for which no runtime is needed
    else if (path ~ /^bench\/workloads\/[^\/]*\/[^\/]*\.h$/)
        room = "shape"
    else if (path ~ /^bench\/workloads\/[^\/]*\/[^\/]*\.c$/)
        room = "workload"
    else if (part[1] == "bench")
        room = "harness"
    else
        room = part[1]
    if (room != "tests" && path ~ /\/(tests|bench)\/./)
        room = room ":test"
    return room
}

# actors for bench/workloads/on_actors.h and for bench/workloads/ring/actors+dirty.c
function model_of(path)
{
    sub(/.*\//, "", path)
    sub(/^on_/, "", path)
    sub(/[.+].*/, "", path)
    return path
}

function last_part(path)
{
    sub(/.*\//, "", path)
    return path
}

function is_public(path)
{
    return path ~ /^[a-z]*\/include\//
}

# Whether <text> means this path: from the top of a room's include folder, so that <time.h>
# stays the system's.
function in_brackets(path, text)
{
    return sub(/^[a-z]*\/include\//, "", path) && path == text
}

function ends_in(path, text)
{
    path = "/" path
    text = "/" text
    return length(path) >= length(text) && substr(path, length(path) - length(text) + 1) == text
}

# The header of this tree that an include means: beside the file, in its own room, elsewhere;
# "" when there is none. <x> finds only what stands on an include path of its own.
function resolve(file, bracket, text,    folder, header, best, count, candidates, i)
{
    folder = file
    sub(/[^\/]*$/, "", folder)
    while (sub(/^\.\.\//, "", text))
        sub(/[^\/]*\/$/, "", folder)
    if (bracket == "\"" && ((folder text) in headers))
        return folder text
    best = ""
    count = split(named[last_part(text)], candidates, "\n")
    for (i = 1; i <= count; i++) {
        header = candidates[i]
        if (ends_in(header, text) && (bracket == "\"" || in_brackets(header, text)))
            if (best == "" || room_of(header) == room_of(file))
                best = header
    }
    return best
}

# Why `file` may not include `header`, or "".
function objection(file, header,    from, to, base)
{
    from = room_of(file)
    to = room_of(header)
    if (from == to && from != "workload" && from != "adapter" && from != "shape")
        return ""
    if (from == "tests")
        return (to == "contract" || is_public(header)) ? "" : "tests see public headers only"
    base = from
    if (sub(/:test$/, "", base)) {
        if (header ~ /^tests\/(check|steps)\.h$/ || to == base)
            return ""
        if (base == "harness" && to == "shape")
            return ""
    }
    if (base == "core")
        return "core stands on nothing of this project"
    if (is_model(base))
        return (to == "core" && is_public(header)) ? "" \
            : "a model sees core's public headers and its own"
    if (from == "contract")
        return "workload.h stands alone"
    if (base == "shape")
        return (to == "contract" || (to == "core" && is_public(header)) || file == header) ? "" \
            : "a shape sees workload.h and core only"
    if (from == "adapter")
        return (to == "contract" || (is_public(header) && (to == "core" || to == model_of(file))) \
                || (to == "adapter" && model_of(header) ~ "^(memory|" model_of(file) ")$")) ? "" \
            : "an adapter sees workload.h, core, on_memory.h and its own model"
    if (from == "workload") {
        if (to == "shape" && folder_of(header) == folder_of(file))
            return ""
        if (to == "adapter" && model_of(header) == model_of(file))
            return ""
        if (model_of(file) == "sequential" && (to == "contract" || is_public(header) && to == "core"))
            return "" # plain C stands on no model: core takes the adapter's place
        return "a workload file sees its own <name>.h and its model's on_<model>.h"
    }
    if (base == "harness")
        return (to == "contract" || to == "harness" || (to == "core" && is_public(header))) ? "" \
            : "the harness sees workload.h and core, no model"
    return "no rule lets " from " see " to
}

function folder_of(path)
{
    sub(/\/[^\/]*$/, "", path)
    return path
}

# The room of a CMake target, from its folder and, among the workloads, its name.
function room_of_target(name,    folder)
{
    folder = folders[name]
    if (folder ~ /^bench\/workloads/)
        return name ~ /^on_/ ? "adapter" : "workloads"
    if (folder ~ /^bench(\/|$)/)
        return "harness"
    if (folder ~ /^(core|actors|csp|eventloop|gil)\/(tests|bench)/)
        return substr(folder, 1, index(folder, "/") - 1)
    return folder == "" ? "top" : folder
}

function link_objection(from, to,    room, other)
{
    room = room_of_target(from)
    other = room_of_target(to)
    if (other == "top" || other == room && room != "adapter")
        return ""
    if (room == "core")
        return "core links nothing of this project"
    if (is_model(room))
        return other == "core" ? "" : "a model links only core"
    if (room == "adapter")
        return (other == "core" || other == model_of(from) || to == "on_memory") ? "" \
            : "an adapter links its own model"
    if (room == "workloads")
        return (other == "core" || other == "adapter") ? "" : "a workload links an adapter only"
    if (room == "harness")
        return (is_model(other) || other == "adapter") ? "the harness links no model" : ""
    return ""
}

what == "headers" {
    headers[$0] = 1
    named[last_part($0)] = named[last_part($0)] "\n" $0
}

what == "includes" {
    header = resolve($1, $2, $3)
    if (header == "") {
        if ($2 == "\"")
            print $1 ": \"" $3 "\" is no header of this tree"
    } else if ((why = objection($1, header)) != "")
        print $1 ": includes " header ": " why
}

what == "targets" {
    split($0, field, "|")
    folders[field[2]] = field[1]
}

what == "links" {
    split($0, field, "|")
    count = split(field[3], linked, ";")
    for (i = 1; i <= count; i++) {
        name = linked[i]
        sub(/^\$<[A-Z_]*:/, "", name)
        sub(/>$/, "", name)
        if ((name in folders) && (why = link_objection(field[2], name)) != "")
            print field[1] ": " field[2] " links " name ": " why
    }
}
