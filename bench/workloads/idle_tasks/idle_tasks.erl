%% idle_tasks: very many processes that wait; then all are woken, and all answer. One op
%% is one answer.
-module(idle_tasks).
-export([main/0, wait_small/2]).

-define(QUANTUM, 1000).

main() ->
    Before = resident(),
    quartet_peer:play(#{quantum => ?QUANTUM,
                        sized => fun(Ops, Size) -> run(Ops, Size, Before) end,
                        tiny => {2 * ?QUANTUM, answer(1001, 6000, 1002000)}}).

run(Ops, Tasks, Before) ->
    Parent = self(),
    spawn_opt(fun() -> Parent ! {driven, drive(Ops, Tasks, Before)} end,
              [link, {message_queue_data, off_heap}]),
    receive {driven, Answer} -> Answer end.

answer(Units, Messages, Checksum) ->
    #{units => Units, messages => Messages, bytes => 8 * Messages,
      checksum => Checksum}.

drive(Ops, Tasks, Before) ->
    Driver = self(),
    Pids = [spawn_link(fun() -> task(Driver, Task) end)
            || Task <- lists:seq(0, Tasks - 1)],
    hear(Tasks, 0),
    Parked = first({parked, Tasks}, max(0, resident() - Before)),
    {memory, Each} = process_info(hd(Pids), memory),
    Sum = rounds(Pids, Tasks, 1, Ops div Tasks, 0),
    tell(Pids, 0),
    Answer = answer(Tasks + 1, 2 * Ops + 2 * Tasks, Sum),
    Answer#{counters => #{parked_bytes => Parked, process_bytes => Each,
                          hibernated_process_bytes => hibernated()}}.

rounds(_, _, Round, Rounds, Sum) when Round > Rounds ->
    Sum;
rounds(Pids, Tasks, Round, Rounds, Sum) ->
    tell(Pids, Round),
    rounds(Pids, Tasks, Round + 1, Rounds, Sum + hear(Tasks, 0)).

tell(Pids, Round) ->
    lists:foreach(fun(Pid) -> Pid ! Round end, Pids).

hear(0, Sum) ->
    Sum;
hear(Tasks, Sum) ->
    receive Answer -> hear(Tasks - 1, Sum + Answer) end.

task(Driver, Task) ->
    Driver ! Task,
    wait(Driver, Task).

wait(Driver, Task) ->
    receive
        0 -> ok;
        Round ->
            Driver ! (Task + Round) band 16#FFFFF,
            wait(Driver, Task)
    end.

%% What one such process weighs once it hibernates.
hibernated() ->
    Driver = self(),
    Pid = spawn_link(fun() -> Driver ! 0, erlang:hibernate(?MODULE, wait_small, [Driver, 0]) end),
    hear(1, 0),
    Bytes = small(Pid),
    Pid ! 0,
    Bytes.

small(Pid) ->
    case process_info(Pid, [current_function, memory]) of
        [{current_function, {erlang, hibernate, 3}}, {memory, Bytes}] -> Bytes;
        _ -> erlang:yield(), small(Pid)
    end.

wait_small(Driver, Task) ->
    wait(Driver, Task).

%% What was measured in the first run: later ones find what the earlier ones have left.
first(Key, Value) ->
    Known = persistent_term:get(Key, Value),
    persistent_term:put(Key, Known),
    Known.

%% Of the whole virtual machine.
resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:lexemes(Text, " "),
    binary_to_integer(Pages) * 4096.
