%% fairness: a hundred processes that are due each 10 ms, beside processes that hog the
%% CPU; one op is one tick.
-module(fairness).
-export([main/0]).

-define(TICKERS, 100).
-define(PERIOD_MS, 10).

main() ->
    quartet_peer:play(#{quantum => ?TICKERS, sized => fun run/2, any_size => true,
                        tiny => {?TICKERS, #{units => 101, messages => 100,
                                             bytes => 800, checksum => 5050}}}).

run(Ops, Hogs) ->
    Parent = self(),
    spawn_link(fun() -> Parent ! {driven, drive(Ops div ?TICKERS, Hogs)} end),
    receive {driven, Answer} -> Answer end.

drive(Ticks, Hogs) ->
    Driver = self(),
    Begin = erlang:monotonic_time(millisecond) + 1,
    [spawn_link(fun() -> ticker(Driver, Number, Begin, Ticks) end)
     || Number <- lists:seq(1, ?TICKERS)],
    Pids = [spawn(fun hog/0) || _ <- lists:seq(1, Hogs)],
    Answer = hear(?TICKERS, #{units => 1 + ?TICKERS + Hogs, messages => 0, bytes => 0,
                              checksum => 0, values => []}),
    Answer#{figures => shares([end_of(Pid) || Pid <- Pids])}.

hear(0, Answer) ->
    Answer;
hear(Left, #{messages := Messages, bytes := Bytes, checksum := Sum, values := Before}
     = Answer) ->
    receive
        {done, Value, Lateness} ->
            hear(Left - 1, Answer#{messages := Messages + 1, bytes := Bytes + 8,
                                   checksum := Sum + Value,
                                   values := Lateness ++ Before})
    end.

%% Absolute timers, so that a late tick does not put off the next one. The message at the
%% end has the lateness of all ticks with it, which is no part of the payload.
ticker(Driver, Number, Begin, Ticks) ->
    Lateness = ticks(Begin + ?PERIOD_MS, Ticks, []),
    Driver ! {done, Number * length(Lateness), Lateness}.

ticks(_, 0, Lateness) ->
    Lateness;
ticks(DueMs, Left, Lateness) ->
    Timer = erlang:start_timer(DueMs, self(), tick, [{abs, true}]),
    receive {timeout, Timer, tick} -> ok end,
    Late = erlang:monotonic_time(nanosecond) - DueMs * 1000000,
    ticks(DueMs + ?PERIOD_MS, Left - 1, [max(0, Late) | Lateness]).

hog() ->
    hog().

%% How far it has come, in calls.
end_of(Hog) ->
    {reductions, Calls} = process_info(Hog, reductions),
    Monitor = monitor(process, Hog),
    exit(Hog, kill),
    receive {'DOWN', Monitor, process, Hog, killed} -> Calls end.

%% Jain's index.
shares(Work) when length(Work) < 2 ->
    #{};
shares(Work) ->
    Sum = lists:sum(Work),
    Squares = lists:sum([Calls * Calls || Calls <- Work]),
    #{hog_share_jain => Sum * Sum / (length(Work) * Squares)}.
