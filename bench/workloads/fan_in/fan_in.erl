%% fan_in: eight processes send to one; one op is one message.
-module(fan_in).
-export([main/0]).

-define(PRODUCERS, 8).
-define(MASK, 16#FFFFF).

main() ->
    quartet_peer:play(#{quantum => ?PRODUCERS, run => fun run/1,
                        tiny => {16, answer(16, 120)}}).

run(Ops) ->
    Parent = self(),
    Consumer = spawn_link(fun() -> Parent ! {sum, consume(Ops, 0)} end),
    [spawn_link(fun() -> produce(Consumer, P, Ops) end)
     || P <- lists:seq(0, ?PRODUCERS - 1)],
    receive {sum, Sum} -> answer(Ops, Sum) end.

answer(Ops, Sum) ->
    #{units => ?PRODUCERS + 1, messages => Ops, bytes => 8 * Ops, checksum => Sum}.

%% The producer's next message is number Next of all.
produce(Consumer, Next, Ops) when Next < Ops ->
    Consumer ! Next band ?MASK,
    produce(Consumer, Next + ?PRODUCERS, Ops);
produce(_, _, _) ->
    ok.

consume(0, Sum) ->
    Sum;
consume(Left, Sum) ->
    receive Value -> consume(Left - 1, Sum + Value) end.
