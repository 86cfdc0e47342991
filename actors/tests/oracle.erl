%% The cases of oracle_*.c that Erlang can say, answered by a real BEAM: prints each name
%% with true or false. Written from the reference manual; the C tests are compared name by
%% name with it (oracle.cmake).
-module(oracle).
-export([main/0, woken/1]).

main() ->
    [io:format("~s ~s~n", [Name, answer(Case)]) || {Name, Case} <- cases()],
    halt(0).

%% Each case in a process of its own, so that no mailbox or flag is left to the next.
answer(Case) ->
    {_, Monitor} = spawn_monitor(fun() -> exit({answer, Case()}) end),
    receive
        {'DOWN', Monitor, process, _, {answer, true}} -> true;
        {'DOWN', Monitor, process, _, _} -> false
    end.

cases() ->
    exits() ++ links() ++ monitors() ++ names() ++ mailbox() ++ timers() ++ others().

exits() ->
    [{exit_normal_ignored, fun() ->
         P = spawn(fun idle/0), exit(P, normal), timer:sleep(20), is_process_alive(P) end},
     {self_exit_normal_dies, fun() ->
         ends(fun() -> exit(self(), normal), timer:sleep(500), exit(bad) end, normal) end},
     {exit2_not_catchable, fun() -> ends(fun() -> catch exit(self(), die) end, die) end},
     {exit1_catchable, fun() -> ends(fun() -> catch exit(die) end, normal) end},
     {self_exit_trapped, fun() ->
         trap(), exit(self(), foo), heard(self(), foo) end},
     {kill_untrappable_becomes_killed, fun() ->
         {P, M} = spawn_monitor(fun() -> trap(), idle() end),
         timer:sleep(10), exit(P, kill), down(M) =:= killed end},
     {linked_sees_killed, fun() ->
         trap(), P = spawn_link(fun idle/0), exit(P, kill), heard(P, killed) end},
     {exit1_kill_via_link_is_trappable_kill, fun() ->
         trap(), P = spawn_link(fun() -> exit(kill) end), heard(P, kill) end},
     {exit1_kill_via_link_kills_nontrapping_with_kill, fun() ->
         ends(fun() -> spawn_link(fun() -> exit(kill) end), idle() end, kill) end},
     {exit_twice_first_wins, fun() ->
         {P, M} = spawn_monitor(fun loop/0),
         exit(P, first), exit(P, second), down(M) =:= first end},
     {large_exit_reason_intact, fun() ->
         Large = lists:seq(1, 20000), ends(fun() -> exit(Large) end, Large) end}].

links() ->
    [{link_idempotent_one_EXIT, fun() ->
         trap(), P = spawn(fun idle/0), [link(P) || _ <- [1, 2, 3]], exit(P, x),
         heard(P, x) andalso silent(P, 50) end},
     {unlink_one_side_suffices, fun() ->
         trap(), P = spawn_link(fun idle/0), unlink(P), exit(P, x), silent(P, 50) end},
     {unlink_then_no_late_EXIT, fun() ->
         trap(),
         lists:all(fun(_) ->
             P = spawn_link(fun idle/0), exit(P, bang), unlink(P),
             silent(P, 0), silent(P, 0) end, lists:seq(1, 500)) end},
     {link_self_true_no_effect, fun() -> link(self()), not linked(self(), self()) end},
     {links_bidirectional_info, fun() ->
         P = spawn_link(fun idle/0), Self = self(),
         Both = linked(Self, P) andalso linked(P, Self),
         unlink(P), Both andalso not linked(Self, P) andalso not linked(P, Self) end},
     {normal_exit_does_not_kill_linked, fun() ->
         ends(fun() -> spawn_link(fun() -> ok end), timer:sleep(50), exit(survived) end,
              survived) end},
     {spawn_link_atomic, fun() ->
         trap(),
         lists:all(fun(_) -> heard(spawn_link(fun() -> exit(quick) end), quick) end,
                   lists:seq(1, 2000)) end}].

monitors() ->
    [{monitor_stacks_n_DOWN, fun() ->
         P = spawn(fun idle/0), Ms = [monitor(process, P) || _ <- [1, 2, 3]], exit(P, x),
         lists:all(fun(M) -> down(M) =:= x end, Ms) andalso nothing(30) end},
     {monitor_dead_noproc, fun() -> down(monitor(process, dead())) =:= noproc end},
     {demonitor_idempotent, fun() ->
         M = monitor(process, spawn(fun idle/0)),
         demonitor(M) andalso demonitor(M) andalso demonitor(make_ref()) end},
     {demonitor_before_exit_no_DOWN, fun() ->
         P = spawn(fun idle/0), M = monitor(process, P), demonitor(M), exit(P, x),
         nothing(50) end},
     {demonitor_flush_removes_queued, fun() ->
         P = spawn(fun idle/0), M = monitor(process, P), exit(P, x), timer:sleep(30),
         demonitor(M, [flush]), nothing(0) end},
     {demonitor_foreign_ref_badarg_or_true, fun() ->
         Self = self(),
         spawn(fun() -> Self ! {ref, monitor(process, Self)}, idle() end),
         Ref = receive {ref, R} -> R end,
         try demonitor(Ref) catch error:badarg -> true end end},
     {monitor_self_noop, fun() -> monitor(process, self()), nothing(20) end}].

names() ->
    [{monitor_by_name_DOWN_has_name, fun() ->
         P = spawn(fun idle/0), register(orc, P), M = monitor(process, orc), exit(P, x),
         receive {'DOWN', M, process, {orc, _}, x} -> true after 500 -> false end end},
     {monitor_of_no_name_is_noproc, fun() ->
         down(monitor(process, nobody)) =:= noproc end},
     {register_errors, fun() ->
         P = spawn(fun idle/0), Q = spawn(fun idle/0), register(orc3, P), Dead = dead(),
         lists:all(fun badarg/1,
                   [fun() -> register(orc3, Q) end, fun() -> register(orc4, P) end,
                    fun() -> register(undefined, Q) end, fun() -> unregister(nosuch) end,
                    fun() -> register(orc5, Dead) end]) end},
     {send_unregistered_badarg_send_deadpid_ok, fun() ->
         badarg(fun() -> nosuchname ! x end) andalso (dead() ! x) =:= x end},
     {send_by_name_arrives, fun() ->
         register(me, self()), me ! 77, receive 77 -> true after 0 -> false end end},
     {process_info_dead_undefined, fun() -> process_info(dead()) =:= undefined end}].

mailbox() ->
    [{selective_receive_keeps_order, fun() ->
         [self() ! {word, I} || I <- [1, 2, 3, 4, 5]],
         receive {word, 3} -> ok end,
         [receive {word, I} -> I end || _ <- [1, 2, 3, 4]] =:= [1, 2, 4, 5] end},
     {receive_after_0_scans_queue_first, fun() ->
         self() ! one, receive one -> true after 0 -> false end end},
     {receive_after_0_no_match_leaves_queue, fun() ->
         self() ! one,
         receive two -> false after 0 -> receive one -> true after 0 -> false end end end},
     {receive_after_never_early, fun() ->
         Before = erlang:monotonic_time(nanosecond),
         receive after 50 -> ok end,
         erlang:monotonic_time(nanosecond) - Before >= 50000000 end},
     {receive_timeout_badvalue, fun() ->
         lists:all(fun(Bad) ->
             try receive after Bad -> false end catch error:timeout_value -> true end
         end, [-1, 16#100000000, 3.14, never]) end}].

timers() ->
    [{send_after_order, fun() ->
         [erlang:send_after(50 * I, self(), {word, I}) || I <- [3, 0, 2, 1]],
         [receive {word, I} -> I end || _ <- [1, 2, 3, 4]] =:= [0, 1, 2, 3] end},
     {start_timer_wraps_ref, fun() ->
         R = erlang:start_timer(10, self(), word),
         receive {timeout, R, word} -> true after 5000 -> false end end},
     {cancel_timer_returns_left_then_false, fun() ->
         R = erlang:send_after(100000, self(), x), Left = erlang:cancel_timer(R),
         is_integer(Left) andalso Left =< 100000 andalso not erlang:cancel_timer(R) end},
     {cancel_fired_timer_false, fun() ->
         R = erlang:send_after(1, self(), fired), receive fired -> ok end,
         not erlang:cancel_timer(R) andalso not erlang:read_timer(R) end},
     {timer_autocancel_on_death, fun() ->
         {P, M} = spawn_monitor(fun idle/0), R = erlang:send_after(100000, P, x),
         exit(P, kill), killed = down(M), gone(R, 5000) end},
     {timer_negative_badarg, fun() ->
         badarg(fun() -> erlang:send_after(-4, self(), x) end) end}].

others() ->
    [{low_prio_not_starved, fun() ->
         Loops = [spawn(fun loop/0) || _ <- lists:seq(1, 8)], Self = self(),
         spawn_opt(fun() -> Self ! ran end, [{priority, low}]),
         Ran = receive ran -> true after 5000 -> false end,
         [exit(P, kill) || P <- Loops],
         Ran end},
     {hibernate_wakes_on_msg, fun() ->
         Self = self(),
         P = spawn(fun() -> erlang:hibernate(?MODULE, woken, [Self]) end),
         timer:sleep(20), {memory, Bytes} = process_info(P, memory), P ! wake,
         receive {woken, P} -> Bytes < 1500 after 5000 -> false end end},
     {process_dict_private, fun() ->
         put(k, 1), ends(fun() -> exit(get(k)) end, undefined) andalso erase(k) =:= 1 end},
     {suspend_counts, fun() ->
         P = spawn(fun echo/0),
         erlang:suspend_process(P), erlang:suspend_process(P), P ! {self(), one},
         Quiet = nothing(20), erlang:resume_process(P),
         Still = nothing(20), erlang:resume_process(P),
         Quiet andalso Still andalso receive one -> true after 5000 -> false end end}].

%% --- what the cases share

idle() -> receive stop -> ok end.
loop() -> loop().
echo() -> receive {From, Word} -> From ! Word, echo() end.
woken(Parent) -> receive wake -> Parent ! {woken, self()} end.
trap() -> process_flag(trap_exit, true).
down(M) -> receive {'DOWN', M, process, _, Reason} -> Reason after 8000 -> never end.
ends(Body, Reason) -> {_, M} = spawn_monitor(Body), down(M) =:= Reason.
dead() -> {P, M} = spawn_monitor(fun() -> ok end), normal = down(M), P.
heard(P, Reason) -> receive {'EXIT', P, R} -> R =:= Reason after 5000 -> false end.
silent(P, Ms) -> receive {'EXIT', P, _} -> false after Ms -> true end.
nothing(Ms) -> receive _ -> false after Ms -> true end.
linked(P, Q) -> {links, L} = process_info(P, links), lists:member(Q, L).
badarg(Body) -> try Body(), false catch error:badarg -> true end.
gone(_, 0) -> false;
gone(R, N) ->
    case erlang:read_timer(R) of
        false -> true;
        _ -> timer:sleep(1), gone(R, N - 1)
    end.
