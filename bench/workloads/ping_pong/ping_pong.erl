%% ping_pong: two processes hand a counter back and forth; one op is one round trip.
-module(ping_pong).
-export([main/0]).

main() ->
    quartet_peer:play(#{quantum => 1, run => fun run/1, tiny => {3, answer(6)}}).

run(Ops) ->
    Parent = self(),
    spawn_link(fun() -> Parent ! {hops, ping(Ops)} end),
    receive {hops, Hops} -> answer(Hops) end.

answer(Hops) ->
    #{units => 2, messages => Hops, bytes => 8 * Hops, checksum => Hops}.

ping(Ops) ->
    Ping = self(),
    Pong = spawn_link(fun() -> pong(Ping, Ops) end),
    ping(Pong, Ops, 0).

ping(_, 0, Hops) ->
    Hops;
ping(Pong, N, Hops) ->
    Pong ! Hops + 1,
    receive Back -> ping(Pong, N - 1, Back) end.

pong(_, 0) ->
    ok;
pong(Ping, N) ->
    receive Hops -> Ping ! Hops + 1 end,
    pong(Ping, N - 1).
