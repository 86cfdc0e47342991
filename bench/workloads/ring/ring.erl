%% ring: a token goes round 503 processes; one op is one hop.
-module(ring).
-export([main/0]).

-define(MEMBERS, 503).

main() ->
    quartet_peer:play(#{quantum => 1, run => fun run/1,
                        tiny => {1000, answer(1000, 497)}}).

run(Ops) ->
    Parent = self(),
    spawn_link(fun() -> Parent ! {holder, first(Ops)} end),
    receive {holder, Holder} -> answer(Ops, Holder) end.

%% The token's hops, and the farewell to all but the holder.
answer(Ops, Holder) ->
    Messages = Ops + ?MEMBERS - 1,
    #{units => ?MEMBERS, messages => Messages, bytes => 8 * Messages,
      checksum => Holder}.

%% Member 0 makes the others, the last one first.
first(Ops) ->
    Next = lists:foldl(fun(Me, After) -> spawn_link(fun() -> member(Me, After) end) end,
                       self(), lists:seq(?MEMBERS - 1, 1, -1)),
    pass(0, Next, Ops).

member(Me, Next) ->
    receive Count -> pass(Me, Next, Count) end.

%% A count below zero is the farewell: -1 - Holder. Returns the holder.
pass(Me, Next, Count) when Count > 0 ->
    Next ! Count - 1,
    receive Back -> pass(Me, Next, Back) end;
pass(Me, Next, 0) ->
    Next ! -1 - Me,
    Me;
pass(Me, Next, Farewell) ->
    case -1 - Farewell of
        Holder when Holder =:= (Me + 1) rem ?MEMBERS -> Holder;
        Holder -> Next ! Farewell, Holder
    end.
