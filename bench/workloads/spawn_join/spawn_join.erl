%% spawn_join: one child after the other, each sends a number and ends; one op is one child.
-module(spawn_join).
-export([main/0]).

-define(MASK, 16#FFFFF).

main() ->
    quartet_peer:play(#{quantum => 1, run => fun run/1, tiny => {16, answer(16, 120)}}).

run(Ops) ->
    Driver = self(),
    spawn_opt(fun() -> Driver ! {sum, parent(self(), 0, Ops, 0)} end,
              [link, {message_queue_data, off_heap}]),
    receive {sum, Sum} -> answer(Ops, Sum) end.

answer(Ops, Sum) ->
    #{units => Ops + 1, messages => Ops, bytes => 8 * Ops, checksum => Sum}.

parent(_, Ops, Ops, Sum) ->
    Sum;
parent(Me, I, Ops, Sum) ->
    Argument = I band ?MASK,
    spawn(fun() -> Me ! Argument end),
    receive Value -> parent(Me, I + 1, Ops, Sum + Value) end.
