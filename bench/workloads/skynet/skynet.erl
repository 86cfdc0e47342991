%% skynet: trees of processes, ten children each; one op is one leaf.
-module(skynet).
-export([main/0]).

-define(CHILDREN, 10).
-define(SMALLEST, 1000).

main() ->
    quartet_peer:play(#{quantum => ?SMALLEST, sized => fun run/2,
                        tiny => {2 * ?SMALLEST, answer(2222, 999000)}}).

run(Ops, Leaves) ->
    Driver = self(),
    spawn_opt(fun() -> Driver ! {forest, forest(Ops div Leaves, Leaves, 0)} end,
              [link, {message_queue_data, off_heap}]),
    receive {forest, Sum} -> answer(Ops div Leaves * processes(Leaves), Sum) end.

answer(Units, Sum) ->
    #{units => Units, messages => Units - 1, bytes => 8 * (Units - 1), checksum => Sum}.

%% The root of the last tree, and who has the others planted.
forest(1, Leaves, Sum) ->
    Sum + grow(0, Leaves);
forest(Trees, Leaves, Sum) ->
    plant(self(), 0, Leaves),
    receive Tree -> forest(Trees - 1, Leaves, Sum + Tree) end.

processes(0) -> 0;
processes(Leaves) -> Leaves + processes(Leaves div ?CHILDREN).

plant(Parent, First, Leaves) ->
    spawn(fun() -> node(Parent, First, Leaves) end).

node(Parent, Ordinal, 1) ->
    Parent ! Ordinal;
node(Parent, First, Leaves) ->
    Parent ! grow(First, Leaves).

%% Makes ten children and adds up what they send.
grow(First, Leaves) ->
    Parent = self(),
    Below = Leaves div ?CHILDREN,
    [plant(Parent, First + I * Below, Below) || I <- lists:seq(0, ?CHILDREN - 1)],
    hear(?CHILDREN, 0).

hear(0, Sum) ->
    Sum;
hear(Children, Sum) ->
    receive Part -> hear(Children - 1, Sum + Part) end.
