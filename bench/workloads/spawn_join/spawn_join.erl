%% spawn_join: children, so many at a time, each sends a number and ends; one op is one child.
-module(spawn_join).
-export([main/0]).

-define(MASK, 16#FFFFF).

main() ->
    quartet_peer:play(#{quantum => 1, sized => fun run/2, tiny => {16, answer(16, 120)}}).

run(Ops, Group) ->
    Driver = self(),
    spawn_opt(fun() -> Driver ! {sum, parent(self(), 0, Ops, Group, 0)} end,
              [link, {message_queue_data, off_heap}]),
    receive {sum, Sum} -> answer(Ops, Sum) end.

answer(Ops, Sum) ->
    #{units => Ops + 1, messages => Ops, bytes => 8 * Ops, checksum => Sum}.

parent(_, Ops, Ops, _, Sum) ->
    Sum;
parent(Me, Made, Ops, Group, Sum) ->
    make(Me, Made, Made + Group),
    parent(Me, Made + Group, Ops, Group, Sum + hear(Group, 0)).

make(_, Last, Last) ->
    ok;
make(Me, I, Last) ->
    Argument = I band ?MASK,
    spawn(fun() -> Me ! Argument end),
    make(Me, I + 1, Last).

hear(0, Sum) ->
    Sum;
hear(Children, Sum) ->
    receive Value -> hear(Children - 1, Sum + Value) end.
