%% skynet: trees of processes, ten children each; one op is one leaf.
-module(skynet).
-export([main/0]).

-define(CHILDREN, 10).
-define(SMALL, 1000).
-define(LARGE, 1000000).

main() ->
    quartet_peer:play(#{quantum => ?SMALL, run => fun run/1,
                        tiny => {2 * ?SMALL, answer(2222, 999000)}}).

run(Ops) ->
    Driver = self(),
    spawn_opt(fun() -> Driver ! {forest, forest(Ops, 0, 0)} end,
              [link, {message_queue_data, off_heap}]),
    receive {forest, {Units, Sum}} -> answer(Units, Sum) end.

answer(Units, Sum) ->
    #{units => Units, messages => Units - 1, bytes => 8 * (Units - 1), checksum => Sum}.

%% The root of the last tree, and who has the others planted.
forest(Left, Units, Sum) ->
    Leaves = if Left >= ?LARGE -> ?LARGE; true -> ?SMALL end,
    Total = Units + processes(Leaves),
    case Left - Leaves of
        0 ->
            {Total, Sum + grow(0, Leaves)};
        Rest ->
            plant(self(), 0, Leaves),
            receive Tree -> forest(Rest, Total, Sum + Tree) end
    end.

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
