%% yield: two processes that yield; one op is one yield.
-module(yield).
-export([main/0]).

-define(YIELDERS, 2).

main() ->
    quartet_peer:play(#{quantum => ?YIELDERS, run => fun run/1,
                        tiny => {10, answer(2, 15)}}).

run(Ops) ->
    Parent = self(),
    Collector = spawn_link(fun() -> Parent ! {collected, collect(?YIELDERS, 0, 0)} end),
    [spawn_link(fun() -> Collector ! yielder(Number, Ops div ?YIELDERS, 0) end)
     || Number <- lists:seq(1, ?YIELDERS)],
    receive {collected, {Messages, Sum}} -> answer(Messages, Sum) end.

answer(Messages, Sum) ->
    #{units => ?YIELDERS + 1, messages => Messages, bytes => 8 * Messages,
      checksum => Sum}.

collect(0, Messages, Sum) ->
    {Messages, Sum};
collect(Left, Messages, Sum) ->
    receive Weighed -> collect(Left - 1, Messages + 1, Sum + Weighed) end.

yielder(_, 0, Weighed) ->
    Weighed;
yielder(Number, Turns, Weighed) ->
    erlang:yield(),
    yielder(Number, Turns - 1, Weighed + Number).
