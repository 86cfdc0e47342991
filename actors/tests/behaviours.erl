%% The cases of behaviours_*.c about servers and supervisors that Erlang can say, answered
%% by OTP's own gen_server and supervisor: prints each name with true or false.
-module(behaviours).
-behaviour(gen_server).
-export([main/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2,
         terminate/2]).
-export([part/2, part_body/2, troubled/2, ignored/0, slow/2, nested/1]).

main() ->
    [io:format("~s ~s~n", [Name, answer(Case)]) || {Name, Case} <- cases()],
    halt(0).

answer(Case) ->
    {_, Monitor} = spawn_monitor(fun() -> exit({answer, Case()}) end),
    receive
        {'DOWN', Monitor, process, _, {answer, true}} -> true;
        {'DOWN', Monitor, process, _, _} -> false
    end.

cases() ->
    starts() ++ calls() ++ stops() ++ restarts() ++ failing() ++ requests() ++ many() ++
        shutdowns().

%% --- the server that does as it is told, and this module's supervisors

init({supervisor, Flags, Children}) -> {ok, {Flags, Children}};
init({told, stop, _}) -> {stop, stopped};
init({told, ignore, _}) -> ignore;
init({told, crash, _}) -> exit(crashed);
init({told, sleep, _}) -> timer:sleep(10000), {ok, 0};
init({told, well, Mourner}) -> {ok, {0, Mourner}};
init({told, traps, Mourner}) -> process_flag(trap_exit, true), {ok, {0, Mourner}}.

handle_call({add, N}, _, {Sum, M}) -> {reply, Sum + N, {Sum + N, M}};
handle_call(silence, _, S) -> {noreply, S};
handle_call(later, From, S) -> erlang:send_after(30, self(), {later, From}), {noreply, S};
handle_call(by_another, From, S) ->
    spawn(fun() -> gen_server:reply(From, 77) end), {noreply, S};
handle_call(exit, _, _) -> exit(bad);
handle_call(stop, _, S) -> {stop, stopped, 0, S};
handle_call(stop_silently, _, S) -> {stop, stopped, S};
handle_call({continue, N}, _, {Sum, M}) -> {reply, Sum, {Sum, M}, {continue, N}};
handle_call(hibernate, _, {Sum, M}) -> {reply, Sum, {Sum, M}, hibernate};
handle_call(within, _, {Sum, M}) -> {reply, Sum, {Sum, M}, 5};
handle_call(call_itself, _, S) -> gen_server:call(self(), x), {noreply, S};
handle_call({sleep, Ms}, _, {Sum, M}) -> timer:sleep(Ms), {reply, Sum, {Sum, M}};
handle_call({repeat, N}, _, S) -> {reply, binary:copy(<<7>>, N), S}.

handle_cast({add, N}, {Sum, M}) -> {noreply, {Sum + N, M}}.

handle_info({later, From}, {Sum, M}) -> gen_server:reply(From, Sum), {noreply, {Sum, M}};
handle_info(timeout, {Sum, M}) -> {noreply, {Sum + 1000, M}};
handle_info(N, {Sum, M}) when is_integer(N) -> {noreply, {Sum + N, M}};
handle_info(_, S) -> {noreply, S}.

handle_continue(N, {Sum, M}) -> {noreply, {Sum + N, M}}.

terminate(Reason, {_, M}) when is_pid(M) -> M ! {terminated, Reason};
terminate(_, _) -> ok.

told() -> {ok, P} = gen_server:start(?MODULE, {told, well, none}, []), P.
mourned(How) -> {ok, P} = gen_server:start(?MODULE, {told, How, self()}, []), P.
add(P, N) -> gen_server:call(P, {add, N}).
fails(P, Request, Timeout) ->
    try gen_server:call(P, Request, Timeout) of _ -> answered
    catch exit:{Reason, {gen_server, call, _}} -> Reason end.
terminated(Reason) -> receive {terminated, Reason} -> true after 8000 -> false end.
dead() -> {P, M} = spawn_monitor(fun() -> ok end), receive {'DOWN', M, _, _, _} -> P end.
down(P, Do) ->
    M = monitor(process, P), Do(), receive {'DOWN', M, _, _, R} -> R after 8000 -> none end.

starts() ->
    [{start, fun() ->
         P = told(), 3 = add(P, 3), 7 = add(P, 4), gen_server:stop(P),
         not is_process_alive(P) end},
     {start_named_already_started, fun() ->
         Start = fun() -> gen_server:start({local, told}, ?MODULE, {told, well, none}, []) end,
         {ok, P} = Start(), {error, {already_started, P}} = Start(),
         gen_server:stop(P), whereis(told) =:= undefined end},
     {start_init_stop, fun() -> failed(stop) =:= {error, stopped} end},
     {start_init_ignore, fun() -> failed(ignore) =:= ignore end},
     {start_init_crash, fun() -> failed(crash) =:= {error, crashed} end},
     {start_init_timeout, fun() -> failed(sleep) =:= {error, timeout} end},
     {loop_start_fail, fun() ->
         lists:all(fun(_) -> failed(stop) =:= {error, stopped} end, lists:seq(1, 200)) end},
     {start_link_init_stop_is_heard, fun() ->
         process_flag(trap_exit, true),
         {error, stopped} = gen_server:start_link(?MODULE, {told, stop, none}, []),
         receive {'EXIT', _, stopped} -> true after 1000 -> false end end}].

failed(How) ->
    Timeout = case How of sleep -> 50; _ -> infinity end,
    Answer = gen_server:start({local, failing}, ?MODULE, {told, How, none}, [{timeout, Timeout}]),
    timer:sleep(case How of sleep -> 20; _ -> 0 end), % it is killed, and not waited for
    undefined = whereis(failing), Answer.

calls() ->
    [{call, fun() ->
         P = told(), [I = add(P, 1) || I <- lists:seq(1, 100)],
         {gen_server:call(P, later), gen_server:call(P, by_another)} =:= {100, 77} end},
     {call_timeout_exits, fun() ->
         P = told(), timeout = fails(P, silence, 10), add(P, 1) =:= 1 end},
     {late_reply_does_not_confuse, fun() ->
         P = told(),
         lists:all(fun(I) -> fails(P, {sleep, 200}, 1) =:= timeout andalso add(P, 1) =:= I
                   end, lists:seq(1, 3)) end},
     {call_noproc, fun() ->
         fails(dead(), x, 1000) =:= noproc andalso fails(nobody, x, 1000) =:= noproc end},
     {calling_self, fun() ->
         calling_self = fails(self(), x, 1000),
         {calling_self, _} = fails(told(), call_itself, 1000), true end},
     {call_leaves_the_mailbox_as_it_was, fun() ->
         P = told(), [self() ! I || I <- lists:seq(1, 50)], add(P, 1),
         [receive N -> N end || _ <- lists:seq(1, 50)] =:= lists:seq(1, 50) end},
     {replies_of_any_size, fun() ->
         P = told(),
         lists:all(fun(N) -> byte_size(gen_server:call(P, {repeat, N})) =:= N end,
                   [0, 1, 239, 240, 241, 4096, 1 bsl 20]) end},
     {cast, fun() ->
         P = told(), [gen_server:cast(P, {add, 2}) || _ <- lists:seq(1, 1000)],
         ok = gen_server:cast(dead(), x), add(P, 0) =:= 2000 end},
     {info, fun() -> P = told(), P ! 5, add(P, 0) =:= 5 end},
     {continues, fun() ->
         P = told(), 0 = gen_server:call(P, {continue, 9}), add(P, 0) =:= 9 end},
     {hibernate, fun() ->
         P = told(), add(P, 6), [6 = gen_server:call(P, hibernate) || _ <- lists:seq(1, 20)],
         add(P, 1) =:= 7 end},
     {timeout_return, fun() ->
         P = told(), 0 = gen_server:call(P, within), timer:sleep(300), add(P, 0) =:= 1000 end}].

stops() ->
    [{stop1, fun() ->
         P = mourned(well), ok = gen_server:stop(P),
         terminated(normal) andalso not is_process_alive(P) end},
     {stop_other_reason, fun() ->
         P = mourned(well),
         other = down(P, fun() -> gen_server:stop(P, other, infinity) end),
         terminated(other) end},
     {stop_noproc, fun() -> stopping(dead(), 1000) =:= noproc end},
     {stop_timeout, fun() ->
         P = told(), timeout = fails(P, {sleep, 300}, 0), stopping(P, 5) =:= timeout end},
     {stop_heard_other_reason, fun() ->
         P = told(), timeout = fails(P, {sleep, 300}, 0), timeout = fails(P, stop_silently, 0),
         {stopped, _} = stopping(P, 5000), true end},
     {stop_by_return, fun() ->
         0 = gen_server:call(mourned(well), stop), true = terminated(stopped),
         stopped = fails(mourned(well), stop_silently, 5000), terminated(stopped) end},
     {crash_in_call, fun() -> bad = fails(mourned(well), exit, 5000), terminated(bad) end},
     {killed_during_call, fun() ->
         P = told(), spawn(fun() -> timer:sleep(10), exit(P, kill) end),
         fails(P, silence, 8000) =:= killed end},
     {parents_end_is_a_stop, fun() ->
         Home = self(),
         spawn(fun() -> gen_server:start_link(?MODULE, {told, traps, Home}, []), exit(over) end),
         terminated(over) end},
     {other_exits_are_messages, fun() ->
         P = mourned(traps), exit(P, ignored), add(P, 4) =:= 4 end},
     {exit_signal_untrapped, fun() ->
         P = told(), down(P, fun() -> exit(P, away) end) =:= away end}].

stopping(P, Timeout) ->
    try gen_server:stop(P, normal, Timeout) of _ -> ok catch exit:Reason -> Reason end.

%% --- supervisors: children that say when they start

part(Home, N) -> {ok, spawn_link(?MODULE, part_body, [Home, N])}.
part_body(Home, N) -> Home ! {started, N}, part_loop().
part_loop() ->
    receive
        {unlink, Sup, From} -> unlink(Sup), From ! unlinked, part_loop();
        {stop, Reason} -> exit(Reason)
    end.
troubled(Home, N) ->
    case ets:update_counter(trouble, failures, -1) of
        Left when Left < 0 -> ets:insert(trouble, {failures, 0}), part(Home, N);
        _ -> timer:sleep(ets:lookup_element(trouble, delay, 2)), {error, trouble}
    end.
ignored() -> ignore.
slow(Home, Manner) ->
    {ok, spawn_link(fun() -> process_flag(trap_exit, true), Home ! {started, 2}, slow(Manner) end)}.
slow(Manner) ->
    receive {'EXIT', _, _} when Manner =:= slow -> timer:sleep(30), exit(shutdown);
            _ -> slow(Manner) end.
nested({Name, Flags, Children}) ->
    supervisor:start_link({local, Name}, ?MODULE, {supervisor, Flags, Children}).

part_spec(Id, N, Restart) ->
    #{id => Id, start => {?MODULE, part, [self(), N]}, restart => Restart}.
troubled_spec(Id, N) -> #{id => Id, start => {?MODULE, troubled, [self(), N]}}.
trouble(Failures, Delay) ->
    ets:new(trouble, [named_table, public]),
    ets:insert(trouble, [{failures, Failures}, {delay, Delay}]).
sup(Flags, Children) ->
    process_flag(trap_exit, true),
    {ok, P} = supervisor:start_link(?MODULE, {supervisor, Flags, Children}), P.
started(N) -> receive {started, N} -> true after 8000 -> false end.
quiet(N) -> receive {started, N} -> false after 0 -> true end.
over(Sup, Reason) -> receive {'EXIT', Sup, R} -> R =:= Reason after 8000 -> false end.
child(Sup, Id) ->
    case lists:keyfind(Id, 1, supervisor:which_children(Sup)) of
        {Id, P, _, _} -> P; false -> none end.
finish(P, Reason) -> Reason = down(P, fun() -> P ! {stop, Reason} end).
comes_to(Sup, Id, What) -> comes_to(Sup, Id, What, 8000).
comes_to(_, _, _, 0) -> false;
comes_to(Sup, Id, What, Left) ->
    case child(Sup, Id) of
        What -> true;
        _ -> timer:sleep(1), comes_to(Sup, Id, What, Left - 1) end.
watch(Ps) -> [monitor(process, P) || P <- Ps].
hear(Monitors) ->
    [receive {'DOWN', M, _, _, R} -> R after 8000 -> none end || M <- Monitors].

restarts() ->
    [{list_to_atom(atom_to_list(Restart) ++ "_" ++ atom_to_list(Name)),
      fun() -> ends(Restart, Reason) end} ||
        Restart <- [permanent, transient, temporary],
        {Name, Reason} <- [{normal, normal}, {shutdown, shutdown}, {abnormal, abnormal}]] ++
    [{Strategy, fun() -> strategy(Strategy, Again) end} ||
        {Strategy, Again} <- [{one_for_one, [false, true, false]},
                              {one_for_all, [true, true, true]},
                              {rest_for_one, [false, true, true]}]] ++
    [{list_to_atom(atom_to_list(Strategy) ++ "_escalation"),
      fun() ->
         S = sup(#{strategy => Strategy, intensity => 0},
                 [part_spec(1, 1, permanent), part_spec(2, 2, permanent)]),
         M = watch([child(S, 2)]), finish(child(S, 1), abnormal),
         [shutdown] = hear(M), over(S, shutdown) end} ||
        Strategy <- [one_for_one, one_for_all, rest_for_one]].

ends(Restart, Reason) ->
    S = sup(#{}, [part_spec(1, 1, Restart)]), First = child(S, 1), true = started(1),
    finish(First, Reason),
    Again = Restart =:= permanent orelse (Restart =:= transient andalso Reason =:= abnormal),
    case Again of
        true -> started(1) andalso child(S, 1) =/= First andalso is_pid(child(S, 1));
        false when Restart =:= transient -> comes_to(S, 1, undefined) andalso quiet(1);
        false -> comes_to(S, 1, none) andalso quiet(1)
    end.

strategy(Strategy, Again) ->
    S = sup(#{strategy => Strategy}, [part_spec(N, N, permanent) || N <- [1, 2, 3]]),
    Before = [child(S, N) || N <- [1, 2, 3]], [true = started(N) || N <- [1, 2, 3]],
    finish(lists:nth(2, Before), abnormal), true = started(2),
    Again =:= [B =/= child(S, N) || {B, N} <- lists:zip(Before, [1, 2, 3])].

failing() ->
    [{default_intensity, fun() ->
         S = sup(#{}, [part_spec(1, 1, permanent)]), finish(child(S, 1), abnormal),
         true = started(1), true = started(1), finish(child(S, 1), abnormal),
         over(S, shutdown) andalso quiet(1) end},
     {one_for_all_other_child_fails_restart, fun() -> other_fails(one_for_all, 3) end},
     {rest_for_one_other_child_fails_restart, fun() -> other_fails(rest_for_one, 1) end},
     {hanging_restart_loop, fun() -> hanging(one_for_one) end},
     {hanging_restart_loop_rest_for_one, fun() -> hanging(rest_for_one) end},
     {restarts_that_fail_count, fun() ->
         trouble(0, 0), S = sup(#{intensity => 10}, [troubled_spec(1, 1)]),
         ets:insert(trouble, {failures, 1000}), finish(child(S, 1), abnormal),
         over(S, shutdown) andalso ets:lookup_element(trouble, failures, 2) =:= 990 end},
     {temporary_bystander, fun() ->
         bystander(one_for_all) andalso bystander(rest_for_one) end}].

other_fails(Strategy, Most) ->
    trouble(0, 0),
    S = sup(#{strategy => Strategy, intensity => 3},
            [part_spec(1, 1, permanent), troubled_spec(2, 2)]),
    true = started(1), true = started(2), ets:insert(trouble, {failures, 2}),
    finish(child(S, 1), abnormal), true = started(2), true = is_pid(child(S, 1)),
    Starts = length([x || _ <- lists:seq(1, 10), not quiet(1)]),
    Starts >= 1 andalso Starts =< Most.

hanging(Strategy) ->
    trouble(0, 1), S = sup(#{strategy => Strategy, intensity => 100000}, [troubled_spec(1, 1)]),
    ets:insert(trouble, {failures, 100000}), finish(child(S, 1), abnormal),
    true = comes_to(S, 1, restarting), [restarting = child(S, 1) || _ <- lists:seq(1, 5)],
    {error, restarting} = supervisor:restart_child(S, 1),
    {error, restarting} = supervisor:delete_child(S, 1),
    ok = supervisor:terminate_child(S, 1), undefined = child(S, 1),
    ets:insert(trouble, {failures, 0}), {ok, P} = supervisor:restart_child(S, 1), is_pid(P).

bystander(Strategy) ->
    S = sup(#{strategy => Strategy}, [part_spec(1, 1, permanent), part_spec(2, 2, temporary)]),
    M = watch([child(S, 2)]), true = started(1), true = started(2),
    finish(child(S, 1), abnormal),
    started(1) andalso hear(M) =:= [shutdown] andalso comes_to(S, 2, none) andalso quiet(2).

requests() ->
    [{sup_start_normal, fun() ->
         process_flag(trap_exit, true),
         {ok, S} = nested({sup, #{}, [part_spec(1, 1, permanent), part_spec(2, 2, permanent)]}),
         true = started(1), true = started(2), S = whereis(sup), gen_server:stop(S),
         over(S, normal) andalso whereis(sup) =:= undefined end},
     {sup_start_twice, fun() ->
         {ok, S} = nested({sup, #{}, []}),
         Twice = nested({sup, #{}, []}), gen_server:stop(S),
         Twice =:= {error, {already_started, S}} end},
     {sup_start_ignore_child, fun() ->
         S = sup(#{}, [#{id => 1, start => {?MODULE, ignored, []}},
                       #{id => 2, start => {?MODULE, ignored, []}, restart => temporary}]),
         child(S, 1) =:= undefined andalso child(S, 2) =:= none end},
     {sup_start_fail, fun() ->
         process_flag(trap_exit, true), trouble(1, 0),
         {error, {shutdown, {failed_to_start_child, 2, trouble}}} =
             nested({sup, #{}, [part_spec(1, 1, permanent), troubled_spec(2, 2)]}),
         whereis(sup) =:= undefined end},
     {child_adm, fun child_adm/0},
     {temporary_child_is_forgotten, fun() ->
         S = sup(#{}, [part_spec(1, 1, temporary)]), ok = supervisor:terminate_child(S, 1),
         child(S, 1) =:= none end},
     {sup_start_child_returns_error, fun() ->
         trouble(1, 0), S = sup(#{}, []),
         {error, _} = supervisor:start_child(S, troubled_spec(1, 1)), none = child(S, 1),
         {ok, P} = supervisor:start_child(S, troubled_spec(1, 1)), is_pid(P) end},
     {count_children, fun() ->
         S = three(), ok = supervisor:terminate_child(S, c),
         lists:sort(supervisor:count_children(S)) =:=
             [{active, 2}, {specs, 3}, {supervisors, 1}, {workers, 2}] end},
     {tree, fun tree/0}].

three() ->
    sup(#{}, [part_spec(a, 1, permanent),
              #{id => b, type => supervisor, start => {?MODULE, nested, [{empty, #{}, []}]}},
              part_spec(c, 3, permanent)]).

child_adm() ->
    Spec = part_spec(1, 1, permanent), S = sup(#{}, []),
    {ok, P} = supervisor:start_child(S, Spec),
    {error, {already_started, P}} = supervisor:start_child(S, Spec),
    {error, running} = supervisor:delete_child(S, 1),
    {error, running} = supervisor:restart_child(S, 1),
    ok = supervisor:terminate_child(S, 1), undefined = child(S, 1),
    ok = supervisor:terminate_child(S, 1),
    {error, already_present} = supervisor:start_child(S, Spec),
    {ok, Q} = supervisor:restart_child(S, 1), true = Q =/= P,
    ok = supervisor:terminate_child(S, 1), ok = supervisor:delete_child(S, 1),
    none = child(S, 1), {error, not_found} = supervisor:delete_child(S, 1),
    {error, not_found} = supervisor:terminate_child(S, 1),
    {error, not_found} = supervisor:restart_child(S, 1), true.

tree() ->
    Leaves = [part_spec(1, 1, permanent), part_spec(2, 2, permanent)],
    Top = sup(#{}, [#{id => branch, type => supervisor, start =>
        {?MODULE, nested, [{branch, #{strategy => one_for_all, intensity => 0}, Leaves}]}}]),
    Before = whereis(branch), true = started(1), true = started(2),
    finish(child(Before, 1), abnormal), true = started(1), true = started(2),
    After = child(Top, branch), true = After =/= Before, After = whereis(branch),
    M = watch([child(After, 2)]), gen_server:stop(Top),
    hear(M) =:= [shutdown] andalso not is_process_alive(After).

simple(Spec, Flags) -> sup(Flags#{strategy => simple_one_for_one}, [Spec]).
another(S) -> another(S, []).
another(S, Extra) -> {ok, P} = supervisor:start_child(S, Extra), P.

many() ->
    [{simple_one_for_one, fun() ->
         S = simple(part_spec(1, 1, permanent), #{}), One = another(S), Two = another(S),
         true = started(1), true = started(1), finish(One, abnormal), true = started(1),
         ok = supervisor:terminate_child(S, Two), false = is_process_alive(Two),
         ok = supervisor:terminate_child(S, Two),
         {error, not_found} = supervisor:terminate_child(S, self()),
         {error, simple_one_for_one} = supervisor:terminate_child(S, 1),
         lists:sort(supervisor:count_children(S)) =:=
             [{active, 1}, {specs, 1}, {supervisors, 0}, {workers, 1}] end},
     {simple_one_for_one_extra, fun() ->
         S = simple(#{id => 1, start => {?MODULE, part, [self()]}}, #{intensity => 3}),
         One = another(S, [42]), true = started(42), finish(One, abnormal), started(42) end},
     {simple_one_for_one_escalation, fun() ->
         S = simple(part_spec(1, 1, permanent), #{intensity => 0}),
         One = another(S), M = watch([another(S)]), finish(One, abnormal),
         hear(M) =:= [shutdown] andalso over(S, shutdown) end},
     {simple_one_for_one_scale_many_temporary_children, fun() ->
         S = simple(part_spec(1, 1, temporary), #{}),
         [finish(another(S), normal) || _ <- lists:seq(1, 1500)],
         Last = lists:last([another(S) || _ <- lists:seq(1, 1500)]),
         lists:keyfind(active, 1, supervisor:count_children(S)) =:= {active, 1500}
             andalso begin gen_server:stop(S), not is_process_alive(Last) end end}].

shutdowns() ->
    [{Name, fun() -> stopped(Shutdown, Manner, Reasons) end} ||
        {Name, Shutdown, Manner, Reasons} <-
            [{sup_stop_infinity, infinity, slow, [shutdown, shutdown]},
             {sup_stop_timeout, 10, stubborn, [shutdown, killed]},
             {sup_stop_in_time, 5000, slow, [shutdown, shutdown]},
             {sup_stop_brutal_kill, brutal_kill, slow, [killed, killed]}]] ++
    [{Name, fun() ->
         S = simple(#{id => 1, start => {?MODULE, slow, [self(), Manner]}, shutdown => Shutdown},
                    #{}),
         M = watch([begin P = another(S), true = started(2), P end || _ <- lists:seq(1, 20)]),
         gen_server:stop(S, shutdown, infinity), lists:usort(hear(M)) =:= [Reason] end} ||
        {Name, Shutdown, Manner, Reason} <-
            [{simple_one_for_one_shutdown, 5000, slow, shutdown},
             {sup_stop_timeout_dynamic, 10, stubborn, killed},
             {sup_stop_brutal_kill_dynamic, brutal_kill, stubborn, killed}]] ++
    [{child_unlink, fun() ->
         S = sup(#{}, [part_spec(1, 1, permanent)]), P = child(S, 1),
         P ! {unlink, S, self()}, receive unlinked -> ok end,
         ok = supervisor:terminate_child(S, 1), not is_process_alive(P) end},
     {child_unlinked_and_dead, fun() ->
         S = sup(#{}, [part_spec(1, 1, permanent)]), P = child(S, 1),
         P ! {unlink, S, self()}, receive unlinked -> ok end, finish(P, abnormal),
         P = child(S, 1), supervisor:terminate_child(S, 1) =:= ok end},
     {any_significant, fun() ->
         S = significant(any_significant), M = watch([child(S, 2)]),
         finish(child(S, 1), normal), [shutdown] = hear(M), over(S, shutdown) end},
     {all_significant, fun() ->
         S = significant(all_significant), true = started(2), finish(child(S, 1), normal),
         true = comes_to(S, 1, none), finish(child(S, 2), abnormal), true = started(2),
         finish(child(S, 2), normal), over(S, shutdown) end},
     {significant_by_request, fun() ->
         S = significant(any_significant), ok = supervisor:terminate_child(S, 1),
         ok = supervisor:terminate_child(S, 2),
         lists:keyfind(specs, 1, supervisor:count_children(S)) =:= {specs, 1} end}].

stopped(Shutdown, Manner, Reasons) ->
    Plain = case Shutdown of brutal_kill -> brutal_kill; _ -> 5000 end,
    S = sup(#{}, [(part_spec(1, 1, permanent))#{shutdown => Plain},
                  #{id => 2, start => {?MODULE, slow, [self(), Manner]}, shutdown => Shutdown}]),
    M = watch([child(S, 1), child(S, 2)]), true = started(1), true = started(2),
    gen_server:stop(S, shutdown, infinity), hear(M) =:= Reasons andalso over(S, shutdown).

significant(Auto) ->
    sup(#{auto_shutdown => Auto},
        [(part_spec(1, 1, temporary))#{significant => true},
         (part_spec(2, 2, transient))#{significant => true}]).
