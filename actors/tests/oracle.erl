%% The cases of oracle_*.c that Erlang can say, answered by a real BEAM: prints each name
%% with true or false. Written from the reference manual; the C tests are compared name by
%% name with it (oracle.cmake).
-module(oracle).
-export([main/0, woken/1, counted/2, raise/0, told/1]).

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
    exits() ++ links() ++ monitors() ++ names() ++ mailbox() ++ timers() ++ others()
        ++ otp_process() ++ otp_signal() ++ otp_sleep() ++ otp_monitor() ++ otp_link()
        ++ otp_receive() ++ otp_timer() ++ otp_shares().

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

%% --- further cases of OTP's own suites, named as there

otp_process() ->
    [{t_exit_2_other, fun() ->
         Large = lists:seq(1, 20000), {P, M} = spawn_monitor(fun idle/0), exit(P, Large),
         down(M) =:= Large end},
     {abnormal_suicide_exit, fun() ->
         ends(fun() -> exit(self(), garbage), idle() end, garbage) end},
     {t_exit_2_catch, fun() ->
         trap(), P = spawn_link(fun() -> catch exit(self(), garbage), idle() end),
         heard(P, garbage) end},
     {exit_and_timeout, fun() ->
         lists:all(fun(_) ->
             {P, M} = spawn_monitor(fun() -> receive nothing -> ok after 1 -> idle() end end),
             timer:sleep(1), exit(P, x), down(M) =:= x end, lists:seq(1, 50)) end},
     {exit_before_pending_exit, fun() ->
         lists:all(fun(_) ->
             {P, M} = spawn_monitor(fun() -> receive go -> exit(own) end end),
             P ! go, exit(P, pending), lists:member(down(M), [own, pending]) end,
             lists:seq(1, 200)) end},
     {trap_exit_counts_when_the_signal_comes, fun() ->
         Self = self(),
         {P, M} = spawn_monitor(fun() ->
             trap(), Self ! one, receive {'EXIT', _, _} -> ok end,
             process_flag(trap_exit, false), Self ! two, idle() end),
         receive one -> exit(P, trapped) end, receive two -> exit(P, not_trapped) end,
         down(M) =:= not_trapped end},
     {normal_is_a_message_to_who_traps, fun() ->
         trap(), P = spawn_link(fun() -> ok end), Heard = heard(P, normal),
         exit(self(), normal), Heard andalso heard(self(), normal) end},
     {process_info_other_msg, fun() ->
         Self = self(),
         P = spawn(fun() ->
             receive 99 -> ok end, [receive X -> Self ! X end || _ <- [1, 2, 3, 4, 5]] end),
         All = [begin P ! I, {messages, L} = process_info(P, messages), length(L) end
                || I <- [1, 2, 3, 4, 5]],
         P ! 99, All =:= [1, 2, 3, 4, 5] andalso
         [receive X -> X end || _ <- All] =:= [1, 2, 3, 4, 5] end},
     {yield, fun() ->
         Self = self(), spawn(fun() -> Self ! ran end), yields(10000000) end},
     {otp_7738_waiting, fun() ->
         P = spawn(fun echo/0),
         lists:all(fun(I) ->
             P ! {self(), I}, receive I -> ok end, erlang:suspend_process(P),
             P ! {self(), {I}}, Quiet = nothing(1), erlang:resume_process(P),
             receive {I} -> Quiet after 5000 -> false end end, lists:seq(1, 20)) end},
     {otp_7738_suspended, fun() ->
         P = spawn(fun echo/0), Self = self(),
         {Q, M} = spawn_monitor(fun() ->
             erlang:suspend_process(P), Self ! done,
             receive go -> erlang:resume_process(P) end end),
         receive done -> ok end, erlang:suspend_process(P), P ! {self(), seven}, Q ! go,
         normal = down(M), Quiet = nothing(5), erlang:resume_process(P),
         receive seven -> Quiet after 5000 -> false end end},
     {otp_7738_resume, fun() ->
         C = counters:new(1, []), P = spawn(fun() -> counted(C, 1) end),
         lists:all(fun(_) ->
             climbs(C, 1, counters:get(C, 1)), erlang:suspend_process(P),
             Before = counters:get(C, 1), timer:sleep(1),
             Still = counters:get(C, 1) =:= Before, erlang:resume_process(P), Still end,
             lists:seq(1, 10)) end},
     {no_priority_inversion, fun() ->
         process_flag(priority, max), Loops = [spawn(fun loop/0) || _ <- lists:seq(1, 6)],
         P = spawn_opt(fun loop/0, [{priority, low}]),
         Answer = [process_info(P, priority) || _ <- lists:seq(1, 5)],
         [exit(Q, kill) || Q <- [P | Loops]],
         Answer =:= lists:duplicate(5, {priority, low}) end},
     {system_task_blast, fun() ->
         P = spawn(fun loop/0),
         Ms = [element(2, spawn_monitor(fun() ->
             exit(lists:sum([length(element(2, process_info(P, links))) + 1
                             || _ <- lists:seq(1, 100)])) end)) || _ <- lists:seq(1, 20)],
         Answers = [down(M) || M <- Ms], exit(P, kill),
         Answers =:= lists:duplicate(20, 100) end},
     {spawn_huge_arglist, fun() ->
         L = lists:seq(0, 99999), Self = self(),
         spawn(lists, foreach, [fun(X) -> Self ! X end, [lists:sum(L) | tl(L)]]),
         receive X -> X =:= 100000 * 99999 div 2 end end}].

otp_signal() ->
    [{simultaneous_signals_basic, fun() ->
         Self = self(),
         Ms = [element(2, spawn_monitor(fun() ->
             [begin M = monitor(process, Self), Self ! {N, I}, demonitor(M) end
              || I <- lists:seq(1, 300)] end)) || N <- lists:seq(1, 8)],
         [normal = down(M) || M <- Ms],
         lists:all(fun(N) -> [receive {N, I} -> I end || _ <- lists:seq(1, 300)] =:=
                             lists:seq(1, 300) end, lists:seq(1, 8)) end},
     {simultaneous_signals_exit, fun() ->
         lists:all(fun(_) ->
             {P, M} = spawn_monitor(fun idle/0),
             Ms = [element(2, spawn_monitor(fun() -> exit(P, x) end))
                   || _ <- lists:seq(1, 8)],
             [normal = down(N) || N <- Ms], down(M) =:= x andalso nothing(0) end,
             lists:seq(1, 20)) end}].

otp_sleep() ->
    [{hibernate_basic, fun() ->
         P = spawn(?MODULE, counted, [self(), 0]),
         lists:all(fun(I) -> P ! 1000, receive X -> X =:= 1000 + I end end,
                   lists:seq(0, 199)) end},
     {hibernate_killed, fun() ->
         {P, M} = spawn_monitor(?MODULE, counted, [self(), 0]), timer:sleep(1),
         exit(P, kill), down(M) =:= killed end},
     {hibernate_forgets_a_catch, fun() ->
         {P, M} = spawn_monitor(fun() ->
             catch erlang:hibernate(?MODULE, raise, []), exit(caught) end),
         P ! go, down(M) =:= awake end},
     {hibernate_wakes_on_trapped_exit, fun() ->
         Self = self(),
         P = spawn(fun() ->
             trap(), Self ! ready, erlang:hibernate(?MODULE, told, [Self]) end),
         receive ready -> exit(P, x) end, receive {told, {'EXIT', Self, x}} -> true end end},
     {hibernate_suspended, fun() ->
         P = spawn(?MODULE, counted, [self(), 0]),
         lists:all(fun(I) ->
             erlang:suspend_process(P), P ! 5, Quiet = nothing(1),
             erlang:resume_process(P), receive X -> Quiet andalso X =:= 5 + I end end,
             lists:seq(0, 19)) end},
     {message_queue_data, fun() ->
         Self = self(),
         spawn(fun() ->
             [begin self() ! I,
                    case I of
                        10 -> process_flag(message_queue_data, off_heap);
                        20 -> process_flag(message_queue_data, on_heap);
                        _ -> ok
                    end end || I <- lists:seq(0, 29)],
             [receive X -> Self ! X after 0 -> ok end || _ <- lists:seq(0, 29)] end),
         [receive X -> X end || _ <- lists:seq(0, 29)] =:= lists:seq(0, 29) end},
     {otp_8099, fun() ->
         Self = self(),
         lists:all(fun(_) ->
             spawn(fun() -> register(reused, self()), Self ! done end),
             receive done -> ok end, free(reused) end, lists:seq(1, 5000)) end},
     {a_name_may_be_changed, fun() ->
         P = spawn(fun idle/0),
         lists:all(fun(_) ->
             register(even, P), P = whereis(even), unregister(even), register(odd, P),
             undefined = whereis(even), unregister(odd) end, lists:seq(1, 50)) end}].

otp_monitor() ->
    [{case_1, fun() ->
         {P, M} = spawn_monitor(fun() ->
             receive W -> exit(W, shot) end, exit(shooter) end),
         {_, N} = spawn_monitor(fun() -> monitor(process, P), P ! self(), idle() end),
         down(M) =:= shooter andalso down(N) =:= shot end},
     {case_2, fun() ->
         P = spawn(fun idle/0), M = monitor(process, P),
         {_, N} = spawn_monitor(fun() -> catch demonitor(M) end), normal = down(N),
         exit(P, x), down(M) =:= x end},
     {mon_1, fun() ->
         P = spawn(fun idle/0), M = monitor(process, P), exit(P, bar),
         Q = spawn(fun idle/0), register(mon_1, Q), N = monitor(process, mon_1),
         exit(Q, kill),
         ends(fun() -> ok end, normal) andalso ends(fun() -> exit(foo) end, foo)
             andalso down(M) =:= bar andalso down(monitor(process, P)) =:= noproc
             andalso down(N) =:= killed end},
     {mon_e_1, fun() ->
         lists:all(fun badarg/1,
                   [fun() -> monitor(process, 0) end, fun() -> monitor(process, {}) end,
                    fun() -> monitor(no_process, self()) end]) end},
     {demon_1, fun() -> demonitor(make_ref()) end},
     {demon_2, fun() ->
         P = spawn(fun idle/0), M = monitor(process, P), true = demonitor(M),
         true = demonitor(M), exit(P, kill), nothing(5) end},
     {demon_3, fun() ->
         P = spawn(fun idle/0), One = monitor(process, P), Two = monitor(process, P),
         true = demonitor(One), exit(P, x), down(Two) =:= x andalso nothing(5) end},
     {large_exit, fun() ->
         Large = lists:seq(1, 12500), P = spawn(fun idle/0),
         Ms = [monitor(process, P) || _ <- lists:seq(1, 100)], exit(P, Large),
         lists:all(fun(M) -> down(M) =:= Large end, Ms) end},
     {list_cleanup_of_the_monitored, fun() ->
         trap(), Self = self(),
         lists:all(fun(_) ->
             P = spawn(fun() ->
                 monitor(process, Self), link(Self), Self ! done, idle() end),
             receive done -> ok end, Known = knows(self(), P), exit(P, x),
             Known =:= [true, true] andalso heard(P, x) andalso forgotten(P, 5000) end,
             lists:seq(1, 50)) end},
     {otp_5772_monitor, fun() ->
         lists:all(fun(_) ->
             {P, M} = spawn_monitor(fun() -> receive go -> exit(gone) end end), P ! go,
             demonitor(M, [flush]), nothing(0) end, lists:seq(1, 500)) end}].

otp_link() ->
    [{otp_5772_link, fun() ->
         trap(),
         lists:all(fun(_) ->
             P = spawn_link(fun() -> receive go -> exit(gone) end end), P ! go, unlink(P),
             silent(P, 0), silent(P, 0) end, lists:seq(1, 500)) end},
     {exits_go_along_a_chain, fun() ->
         Self = self(),
         {P, M} = spawn_monitor(fun() -> chain(Self, 100) end),
         receive {last, Last} -> Last ! stop end, timer:sleep(5),
         Alive = is_process_alive(P), exit(P, first), first = down(M),
         {_, N} = spawn_monitor(fun() -> chain(Self, 100) end),
         receive {last, End} -> exit(End, last) end, Alive andalso down(N) =:= last end},
     {a_link_made_from_both_ends_is_one, fun() ->
         trap(), Self = self(),
         P = spawn(fun() -> trap(), link(Self), Self ! done, idle() end), link(P),
         receive done -> ok end, {links, [Self]} = process_info(P, links),
         unlink(P), {links, []} = process_info(P, links),
         {links, []} =:= process_info(Self, links) end},
     {relations_in_random_order, fun() ->
         trap(), rand:seed(exsss, 4711),
         Ps = list_to_tuple([spawn(fun idle/0) || _ <- lists:seq(1, 40)]),
         {Links, Monitors} = lists:foldl(fun(_, {L, Ms}) ->
             P = element(rand:uniform(40), Ps),
             case rand:uniform(4) of
                 1 -> link(P), {lists:usort([P | L]), Ms};
                 2 -> unlink(P), {lists:delete(P, L), Ms};
                 3 -> {L, [monitor(process, P) | Ms]};
                 4 when Ms =:= [] -> {L, Ms};
                 4 -> M = lists:nth(rand:uniform(length(Ms)), Ms), demonitor(M),
                      {L, lists:delete(M, Ms)}
             end end, {[], []}, lists:seq(1, 2000)),
         {links, Known} = process_info(self(), links),
         {monitors, Watched} = process_info(self(), monitors),
         Right = lists:sort(Known) =:= Links andalso length(Watched) =:= length(Monitors),
         [exit(P, x) || P <- tuple_to_list(Ps)],
         Right andalso lists:all(fun(P) -> heard(P, x) end, Links)
             andalso lists:all(fun(M) -> down(M) =:= x end, Monitors)
             andalso nothing(5) end}].

otp_receive() ->
    [{t_after, fun() ->
         lists:all(fun(Ms) ->
             Before = erlang:monotonic_time(nanosecond), receive after Ms -> ok end,
             erlang:monotonic_time(nanosecond) - Before >= Ms * 1000000 end,
             [0, 1, 2, 5, 10, 20]) end},
     {receive_after_32bit, fun() ->
         Self = self(),
         [spawn(fun() -> receive after 16#ffffffff -> Self ! early end end)
          || _ <- lists:seq(1, 10)],
         nothing(50) end},
     {receive_after_blast, fun() ->
         Ms = [element(2, spawn_monitor(fun() -> receive after 50 -> ok end end))
               || _ <- lists:seq(1, 10000)],
         lists:all(fun(M) -> down(M) =:= normal end, Ms) end},
     {multi_recv_opt, fun() ->
         lists:all(fun(_) ->
             self() ! junk, One = ask(), Two = ask(), Three = ask(),
             [receive R -> ok end || R <- [One, Two, Three]] =:= [ok, ok, ok] end,
             lists:seq(1, 20)) end},
     {receive_opt_exception, fun() ->
         lists:all(fun(I) ->
             self() ! I, {'EXIT', {between, R}} = (catch exit({between, ask()})),
             receive I -> ok end, receive R -> true after 0 -> false end end,
             lists:seq(1, 20)) end},
     {receive_opt_recursion, fun() -> self() ! junk, deeper(30) end}].

otp_timer() ->
    [{start_timer_1, fun() ->
         Rs = [erlang:start_timer((3 - I) * 20, self(), I) || I <- [0, 1, 2]],
         [receive {timeout, R, I} -> {R, I} end || _ <- Rs] =:=
             lists:reverse(lists:zip(Rs, [0, 1, 2])) end},
     {send_after_big, fun() ->
         Big = lists:seq(1, 12500), erlang:send_after(1, self(), Big),
         R = erlang:start_timer(20, self(), Big),
         receive Big -> receive {timeout, R, Big} -> true end end end},
     {send_after_e, fun() ->
         lists:all(fun badarg/1,
                   [fun() -> erlang:send_after(-1, self(), x) end,
                    fun() -> erlang:send_after(1, 0, x) end,
                    fun() -> erlang:start_timer(-1, self(), x) end]) end},
     {send_after_dead, fun() ->
         P = dead(),
         lists:all(fun(_) -> gone(erlang:send_after(1000, P, x), 5000) end,
                   lists:seq(1, 100)) end},
     {cancel_timer_1, fun() ->
         R = erlang:send_after(50, self(), x), Left = erlang:cancel_timer(R),
         Left =< 50 andalso not erlang:cancel_timer(R) andalso nothing(70) end},
     {read_timer, fun() ->
         R = erlang:send_after(100000, self(), x),
         Read = [begin timer:sleep(2), erlang:read_timer(R) end || _ <- [1, 2, 3]],
         erlang:cancel_timer(R), lists:reverse(lists:sort(Read)) =:= Read
             andalso not erlang:read_timer(R) end},
     {same_time_yielding, fun() ->
         At = erlang:monotonic_time(millisecond) + 20,
         [erlang:send_after(At, self(), {word, I}, [{abs, true}])
          || I <- lists:seq(1, 5000)],
         lists:sort([receive {word, I} -> I end || _ <- lists:seq(1, 5000)]) =:=
             lists:seq(1, 5000) end},
     {same_time_yielding_with_cancel, fun() ->
         Rs = same_time(10), timer:sleep(10),
         Cancelled = length([1 || R <- every_other(Rs), erlang:cancel_timer(R) =/= false]),
         [receive fired -> ok end || _ <- lists:seq(1, 5000 - Cancelled)], nothing(5) end},
     {same_time_yielding_with_cancel_other, fun() ->
         Rs = same_time(10), timer:sleep(9),
         {_, M} = spawn_monitor(fun() ->
             exit({n, length([1 || R <- Rs, erlang:cancel_timer(R) =/= false])}) end),
         {n, Cancelled} = down(M),
         [receive fired -> ok end || _ <- lists:seq(1, 5000 - Cancelled)], nothing(5) end},
     {same_time_yielding_with_reschedule, fun() ->
         [erlang:send_after(1, self(), {word, I}) || I <- lists:seq(1, 500)],
         [receive {word, I} when N =< 2500 -> erlang:send_after(1, self(), {word, I});
                  {word, _} -> ok end || N <- lists:seq(1, 3000)], nothing(5) end},
     {auto_cancel_yielding, fun() ->
         {P, M} = spawn_monitor(fun idle/0),
         Rs = [erlang:send_after(case I rem 2 of 0 -> 100000; 1 -> 1 end, P, x)
               || I <- lists:seq(1, 5000)],
         exit(P, kill), killed = down(M),
         lists:all(fun(R) -> gone(R, 5000) end, Rs) end},
     {timer_of_a_suspended_process, fun() ->
         Self = self(), P = spawn(fun() -> receive five -> Self ! passed end end),
         erlang:suspend_process(P), erlang:send_after(5, P, five), Quiet = nothing(15),
         erlang:resume_process(P), receive passed -> Quiet end end}].

%% Enough loops for all schedulers; asked so that a busy machine answers the same.
otp_shares() ->
    [{equal, fun() -> lists:sum(shares([{normal, 8}])) > 0 end},
     {few_low, fun() -> low_gets_less(8, 2) end},
     {many_low, fun() -> low_gets_less(4, 16) end},
     {equal_with_high, fun() -> above(high, normal) end},
     {equal_with_max, fun() -> above(max, normal) end},
     {equal_with_high_max, fun() -> above(max, high) end},
     {high_above_low, fun() -> above(high, low) end}].

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
counted(Counter, Index) when is_tuple(Counter); is_reference(Counter) ->
    counters:add(Counter, Index, 1), erlang:yield(), counted(Counter, Index);
counted(Parent, N) ->
    receive Word -> Parent ! Word + N after 0 -> idle_until(Parent, N) end,
    erlang:hibernate(?MODULE, counted, [Parent, N + 1]).
idle_until(Parent, N) -> erlang:hibernate(?MODULE, counted, [Parent, N]).
raise() -> receive go -> exit(awake) end.
told(Parent) -> receive Message -> Parent ! {told, Message} end.
yields(0) -> false;
yields(N) -> erlang:yield(), receive ran -> true after 0 -> yields(N - 1) end.
climbs(C, I, Before) ->
    case counters:get(C, I) of Before -> erlang:yield(), climbs(C, I, Before); _ -> ok end.
free(Name) -> case whereis(Name) of undefined -> true; _ -> erlang:yield(), free(Name) end.
knows(P, Q) ->
    [lists:member(Q, L) || {_, L} <- process_info(P, [links, monitored_by])].
forgotten(_, 0) -> false;
forgotten(P, N) ->
    knows(self(), P) =:= [false, false] orelse begin timer:sleep(1), forgotten(P, N - 1) end.
chain(Root, 0) -> Root ! {last, self()}, idle();
chain(Root, N) -> spawn_link(fun() -> chain(Root, N - 1) end), idle().
ask() -> R = make_ref(), self() ! R, R.
deeper(N) ->
    R = ask(), N =:= 0 orelse deeper(N - 1), receive R -> true after 0 -> false end.
same_time(Ms) ->
    At = erlang:monotonic_time(millisecond) + Ms,
    [erlang:send_after(At, self(), fired, [{abs, true}]) || _ <- lists:seq(1, 5000)].
every_other([A, _ | Rest]) -> [A | every_other(Rest)];
every_other([]) -> [].
%% How often each loop of these priorities had its turn, in the order given.
shares(Kinds) ->
    process_flag(priority, max), C = counters:new(100, []),
    All = [Kind || {Kind, N} <- Kinds,
                   _ <- lists:seq(1, N * erlang:system_info(schedulers_online))],
    Ps = [spawn_opt(fun() -> counted(C, I) end, [{priority, Kind}])
          || {I, Kind} <- lists:zip(lists:seq(1, length(All)), All)],
    timer:sleep(200), [exit(P, kill) || P <- Ps],
    [counters:get(C, I) || I <- lists:seq(1, length(All))].
low_gets_less(Normal, Low) ->
    Schedulers = erlang:system_info(schedulers_online),
    {Ns, Ls} = lists:split(Normal * Schedulers, shares([{normal, Normal}, {low, Low}])),
    lists:sum(Ls) * length(Ns) < lists:sum(Ns) * length(Ls).
above(High, Low) ->
    {Hs, Ls} = lists:split(3 * erlang:system_info(schedulers_online),
                           shares([{High, 3}, {Low, 3}])),
    lists:sum(Ls) < lists:sum(Hs).
