%% pipeline: items pass four processes that compute; one op is one item.
-module(pipeline).
-export([main/0]).

-define(STAGES, 4).
-define(ROUNDS, 4096).
-define(VALUES, 256).
-define(MASK, 16#FFFFF).
-define(WORD, 16#FFFFFFFF).

main() ->
    quartet_peer:play(#{quantum => 1, run => fun run/1, tiny => {8, answer(8, 5077880)}}).

run(Ops) ->
    Driver = self(),
    spawn_link(fun() -> Driver ! {sum, collect_all(Ops)} end),
    receive {sum, Sum} -> answer(Ops, Sum) end.

answer(Ops, Sum) ->
    #{units => ?STAGES + 1, messages => ?STAGES * Ops, bytes => 8 * ?STAGES * Ops,
      checksum => Sum}.

%% Makes the stages, the last one first.
collect_all(Ops) ->
    Second = lists:foldl(fun(_, Next) -> spawn_link(fun() -> stage(Next, Ops) end) end,
                         self(), lists:seq(2, ?STAGES)),
    spawn_link(fun() -> first(Second, 0, Ops) end),
    collect(0, Ops, 0).

first(_, Items, Items) ->
    ok;
first(Next, I, Items) ->
    Next ! {I, work(I rem ?VALUES + 1, ?ROUNDS)},
    first(Next, I + 1, Items).

stage(_, 0) ->
    ok;
stage(Next, Left) ->
    receive {Number, Value} -> Next ! {Number, work(Value, ?ROUNDS)} end,
    stage(Next, Left - 1).

collect(Items, Items, Sum) ->
    Sum;
collect(Index, Items, Sum) ->
    receive
        {Index, Value} -> collect(Index + 1, Items, Sum + Value band ?MASK);
        {_, _} -> collect(Index + 1, Items, Sum)
    end.

%% Rounds of xorshift32.
work(Value, 0) ->
    Value;
work(X0, Rounds) ->
    X1 = X0 bxor ((X0 bsl 13) band ?WORD),
    X2 = X1 bxor (X1 bsr 17),
    work(X2 bxor ((X2 bsl 5) band ?WORD), Rounds - 1).
