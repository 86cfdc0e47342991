%% The peers' side of the protocol (bench/peers/README.md): arguments, self-check,
%% warm-up, the one timed run, the one line of JSON.
-module(quartet_peer).
-export([play/1]).

-define(DEFAULTS, #{ops => 0, workers => 1, size => 0,
                    target_ns => 100000000, warmup_ns => 1000000000}).
-define(LIMITS, #{ops => 1 bsl 33, workers => 1024, size => (1 bsl 53) - 1,
                  target_ns => 3600000000000, warmup_ns => 3600000000000}).
-define(GROWTH, 8).

%% Plays a program and ends the virtual machine. Program is a map:
%%   quantum: ops are a multiple of it; run: fun(Ops) -> Answer;
%%   sized: fun(Ops, Size) -> Answer, in place of run where there is a size parameter; ops
%%   are a multiple of it too, and size 0 means the quantum; unless any_size => true, then
%%   sizes may be anything, 0 too, and ops do not follow them;
%%   tiny: {Ops, Answer} of a case small enough to know by heart;
%%   check: fun() -> ok, optional: more of the self-check, throws {3, Format, Values}.
%% An Answer is #{units, messages, bytes, checksum}, and where there are such figures
%% counters => #{Name => Count}, figures => #{Name => Number} and values => [Nanoseconds],
%% whose histogram is told; those of the timed run.
play(Program) ->
    Status = try
                 Arguments = arguments(init:get_plain_arguments(), #{}),
                 accept(Arguments, Program),
                 self_check(sized(Program, 0)),
                 report(measure(sized(Program, maps:get(size, Arguments)), Arguments)),
                 0
             catch
                 throw:{Code, Format, Values} ->
                     io:format(standard_error, Format ++ "~n", Values),
                     Code;
                 Class:Reason:Stack ->
                     io:format(standard_error, "~p: ~p ~0p~n", [Class, Reason, Stack]),
                     1
             end,
    erlang:halt(Status, [{flush, true}]).

arguments([], Given) ->
    maps:merge(?DEFAULTS, Given);
arguments([Word | Rest], Given) ->
    {Key, Value} = argument(Word),
    maps:is_key(Key, Given) andalso throw({2, "~ts is given twice", [Key]}),
    arguments(Rest, Given#{Key => Value}).

argument(Word) ->
    case string:split(Word, "=") of
        [Name, Digits] ->
            case [K || K <- maps:keys(?DEFAULTS), atom_to_list(K) =:= Name] of
                [Key] -> {Key, number(Key, Digits)};
                [] -> throw({2, "unknown argument '~ts'", [Word]})
            end;
        _ ->
            throw({2, "'~ts' is not key=value", [Word]})
    end.

number(Key, Digits) ->
    Good = Digits =/= "" andalso length(Digits) =< 16
        andalso lists:all(fun(C) -> C >= $0 andalso C =< $9 end, Digits),
    Limit = maps:get(Key, ?LIMITS),
    Good orelse throw({2, "~ts=~ts is not a whole number", [Key, Digits]}),
    case list_to_integer(Digits) of
        Value when Value =< Limit -> Value;
        _ -> throw({2, "~ts=~ts is more than ~b", [Key, Digits, Limit]})
    end.

%% The program with its size filled in.
sized(#{sized := Run, any_size := true} = Program, Size) ->
    Program#{run => fun(Ops) -> Run(Ops, Size) end};
sized(#{sized := _, quantum := Quantum} = Program, 0) ->
    sized(Program, Quantum);
sized(#{sized := Run} = Program, Size) ->
    Program#{quantum := Size, run => fun(Ops) -> Run(Ops, Size) end};
sized(Program, 0) ->
    Program.

accept(#{ops := Ops, workers := Workers, size := Size, target_ns := Target},
       #{quantum := Quantum} = Program) ->
    Size =:= 0 orelse maps:is_key(sized, Program) orelse
        throw({2, "size=~b: this workload has no size", [Size]}),
    Batch = case Program of
                #{any_size := true} -> Quantum;
                _ -> Size
            end,
    Batch rem Quantum =:= 0 orelse
        throw({2, "size=~b is not a multiple of ~b", [Size, Quantum]}),
    Ops rem max(Batch, Quantum) =:= 0 orelse
        throw({2, "ops=~b is not a multiple of ~b", [Ops, max(Batch, Quantum)]}),
    Workers > 0 orelse throw({2, "workers=0: at least 1", []}),
    Target > 0 orelse throw({2, "target_ns=0: at least 1", []}),
    Schedulers = erlang:system_info(schedulers_online),
    Workers =:= Schedulers orelse
        throw({2, "workers=~b but ~b schedulers: start erl with +S ~b:~b",
               [Workers, Schedulers, Workers, Workers]}).

self_check(#{run := Run, tiny := {Ops, Expected}} = Program) ->
    ok = (maps:get(check, Program, fun() -> ok end))(),
    check_buckets(),
    case maps:without([counters, figures, values], Run(Ops)) of
        Expected -> ok;
        Answer -> throw({3, "self-check of ~b ops: ~0p, expected ~0p",
                         [Ops, Answer, Expected]})
    end.

measure(#{run := Run} = Program, Arguments) ->
    {Ops, Warmup} = warm_up(Program, Arguments),
    {Elapsed, Answer} = timed(Run, Ops),
    Answer#{ops => Ops, elapsed_ns => Elapsed, warmup_ns => Warmup}.

%% Runs grow until one takes target_ns, and go on until warmup_ns is spent. Calibrated ops
%% rest on a run at least half as long as the timed one.
warm_up(#{quantum := Quantum} = Program, Arguments) ->
    warm_up(Program, Arguments, Quantum, 0).

warm_up(#{quantum := Quantum, run := Run} = Program,
        #{ops := Wanted, target_ns := Target, warmup_ns := Warmup} = Arguments,
        N, Spent) ->
    {Elapsed, _} = timed(Run, N),
    Total = Spent + Elapsed,
    Goal = max(Quantum, N * Target div max(Elapsed, 1) div Quantum * Quantum),
    if
        Total >= Warmup, Wanted > 0 -> {Wanted, Total};
        Total >= Warmup, Goal =< 2 * N -> {Goal, Total};
        true ->
            Most = if Wanted > 0 -> min(Wanted, ?GROWTH * N); true -> ?GROWTH * N end,
            warm_up(Program, Arguments, min(Goal, Most), Total)
    end.

timed(Run, Ops) ->
    Start = erlang:monotonic_time(nanosecond),
    Answer = Run(Ops),
    {erlang:monotonic_time(nanosecond) - Start, Answer}.

report(#{ops := Ops, units := Units, messages := Messages, bytes := Bytes,
         checksum := Checksum, elapsed_ns := Elapsed, warmup_ns := Warmup} = Result) ->
    io:format("{\"schema\":\"quartet-peer/1\",\"ops\":~b,\"units\":~b,\"messages\":~b,"
              "\"bytes\":~b,\"checksum\":~b,\"elapsed_ns\":~b,\"warmup_ns\":~b~s~s~s}~n",
              [Ops, Units, Messages, Bytes, Checksum, Elapsed, Warmup,
               counters(maps:get(counters, Result, #{})),
               figures(maps:get(figures, Result, #{})),
               histogram(maps:get(values, Result, []))]).

counters(Counters) when map_size(Counters) =:= 0 -> "";
counters(Counters) ->
    Words = [io_lib:format("\"~s\":~b", [Name, Count])
             || {Name, Count} <- maps:to_list(Counters)],
    [",\"counters\":{", lists:join(",", Words), "}"].

figures(Figures) when map_size(Figures) =:= 0 -> "";
figures(Figures) ->
    Words = [io_lib:format("\"~s\":~p", [Name, float(Value)])
             || {Name, Value} <- maps:to_list(Figures)],
    [",\"figures\":{", lists:join(",", Words), "}"].

histogram([]) -> "";
histogram(Values) ->
    Count = fun(Value, Counts) ->
                    maps:update_with(bucket(Value), fun(N) -> N + 1 end, 1, Counts)
            end,
    Counts = lists:foldl(Count, #{}, Values),
    Pairs = [io_lib:format("[~b,~b]", [Bucket, N])
             || {Bucket, N} <- lists:sort(maps:to_list(Counts))],
    [",\"histogram\":[", lists:join(",", Pairs), "]"].

%% Below 2048 each value has its own; above, each power of two is cut into 1024.
bucket(Value) -> bucket(Value, 0).

bucket(Value, Power) when Value < 2048 -> Power * 1024 + Value;
bucket(Value, Power) -> bucket(Value bsr 1, Power + 1).

%% Against the vectors of bench/peers/README.md.
check_buckets() ->
    [case bucket(Value) of
         Bucket -> ok;
         Other -> throw({3, "~b falls into bucket ~b, not ~b", [Value, Other, Bucket]})
     end || {Value, Bucket} <- [{0, 0}, {2047, 2047}, {2049, 2048}, {4096, 3072},
                                {123456789, 18267}, {40000000000, 26792}]],
    ok.
