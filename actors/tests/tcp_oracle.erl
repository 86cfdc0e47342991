%% What gen_tcp answers, one line a case: a name and what came. tcp_oracle.c asks the same
%% of actors/tcp.h, and tcp_oracle.sh compares the lines.
-module(tcp_oracle).
-export([main/0]).

main() ->
    [io:format("~s:~s~n", [Name, [[" ", text(W)] || W <- answer(Case)]])
     || {Name, Case} <- cases()],
    halt(0).

%% Each case in a process of its own, so that its sockets close with it.
answer(Case) ->
    {_, Monitor} = spawn_monitor(fun() -> exit({answer, Case()}) end),
    receive
        {'DOWN', Monitor, process, _, {answer, Words}} -> Words;
        {'DOWN', Monitor, process, _, Reason} -> [crashed, io_lib:format("~p", [Reason])]
    end.

text({ok, W}) when is_list(W); is_binary(W) -> W;
text({ok, _}) -> "ok";
text({error, E}) -> text(E);
text(A) when is_atom(A) -> atom_to_list(A);
text(W) -> W.

cases() -> [
    {refused, fun() ->
        L = listen([]), Port = port(L), gen_tcp:close(L), [connect(Port, [])] end},
    {in_use, fun() -> L = listen([]), [gen_tcp:listen(port(L), opts([]))] end},
    {accept_timeout, fun() -> [gen_tcp:accept(listen([]), 20)] end},
    {accept_of_closed, fun() ->
        L = listen([]), gen_tcp:close(L), [gen_tcp:accept(L, 20)] end},
    {accept_closed_meanwhile, fun() ->
        L = listen([]), ask(fun() -> gen_tcp:accept(L) end), gen_tcp:close(L), [told()] end},
    {accept_of_connection, fun() ->
        {C, _} = pair([], []), [gen_tcp:accept(C, 20)] end},
    {recv_of_listening, fun() -> [gen_tcp:recv(listen([]), 0, 20)] end},
    {send_of_listening, fun() -> [gen_tcp:send(listen([]), "x")] end},
    {peer_of_listening, fun() -> [inet:peername(listen([]))] end},
    {recv_timeout, fun() -> {C, _} = pair([], []), [gen_tcp:recv(C, 0, 20)] end},
    {recv_exact_keeps, fun() ->
        {C, S} = pair([], []), gen_tcp:send(S, "abcd"),
        [gen_tcp:recv(C, 8, 30), gen_tcp:recv(C, 4, 1000)] end},
    {recv_split, fun() ->
        {C, S} = pair([], []), gen_tcp:send(S, "ab"), gen_tcp:send(S, "cd"),
        gen_tcp:send(S, "ef"), [gen_tcp:recv(C, 5, 1000), gen_tcp:recv(C, 1, 1000)] end},
    {recv_of_ended, fun() ->
        {C, S} = pair([], []), gen_tcp:close(S),
        [gen_tcp:recv(C, 0, 1000), gen_tcp:recv(C, 0, 1000), gen_tcp:send(C, "x")] end},
    {recv_too_little, fun() ->
        {C, S} = pair([], []), gen_tcp:send(S, "abc"), gen_tcp:close(S),
        [gen_tcp:recv(C, 4, 1000)] end},
    {recv_closed_meanwhile, fun() ->
        {C, _} = pair([], []), ask(fun() -> gen_tcp:recv(C, 0) end),
        gen_tcp:close(C), [told()] end},
    {recv_by_two, fun() ->
        {C, _} = pair([], []), ask(fun() -> gen_tcp:recv(C, 0) end),
        [gen_tcp:recv(C, 0, 20)] end},
    {recv_of_closed, fun() ->
        {C, _} = pair([], []), gen_tcp:close(C), [gen_tcp:recv(C, 0, 20)] end},
    {close_twice, fun() ->
        {C, _} = pair([], []), [gen_tcp:close(C), gen_tcp:close(C)] end},
    {send_of_closed, fun() ->
        {C, _} = pair([], []), gen_tcp:close(C), [gen_tcp:send(C, "x")] end},
    {send_timeout, fun() ->
        {C, _} = pair([{send_timeout, 50}], []), [fill(C)] end},
    {half_closed, fun() ->
        {C, S} = pair([], [{exit_on_close, false}]),
        gen_tcp:send(C, "last"), W = gen_tcp:shutdown(C, write),
        [W, gen_tcp:recv(S, 4, 1000), gen_tcp:recv(S, 0, 1000), gen_tcp:send(S, "answer"),
         gen_tcp:recv(C, 6, 1000), gen_tcp:send(C, "x")] end},
    {active_recv, fun() -> {C, _} = pair([{active, true}], []), [gen_tcp:recv(C, 0, 20)] end},
    {active_true, fun() ->
        {C, S} = pair([{active, true}], []), gen_tcp:send(S, "abc"), First = next(C),
        gen_tcp:close(S), [First, next(C), next(C)] end},
    {active_once, fun() ->
        {C, S} = pair([{active, once}], []), gen_tcp:send(S, "one"), First = next(C),
        gen_tcp:send(S, "two"), Second = next(C), inet:setopts(C, [{active, once}]),
        Third = next(C), gen_tcp:close(S), Fourth = next(C),
        inet:setopts(C, [{active, once}]), [First, Second, Third, Fourth, next(C)] end},
    {active_count, fun() ->
        {C, S} = pair([{active, 2}, {packet, line}], []), gen_tcp:send(S, "a.\nb.\nc.\n"),
        [strip(next(C)), strip(next(C)), next(C), next(C), inet:setopts(C, [{active, 1}]),
         strip(next(C)), next(C)] end},
    {active_count_bounds, fun() ->
        {C, _} = pair([{active, 2}], []), Over = inet:setopts(C, [{active, 32767}]),
        inet:setopts(C, [{active, -5}]), [Over, next(C)] end},
    {made_active_late, fun() ->
        {C, S} = pair([], []), gen_tcp:send(S, "abc"), Timeout = gen_tcp:recv(C, 5, 30),
        inet:setopts(C, [{active, true}]), [Timeout, next(C)] end},
    {packet_1, fun() -> packets(1) end},
    {packet_2, fun() -> packets(2) end},
    {packet_4, fun() -> packets(4) end},
    {packet_length, fun() ->
        {C, _} = pair([{packet, 2}], []), [gen_tcp:recv(C, 3, 20)] end},
    {packet_too_large, fun() ->
        {C, S} = pair([{packet, 4}, {packet_size, 8}], []), gen_tcp:send(S, <<9:32>>),
        [gen_tcp:recv(C, 0, 1000)] end},
    {lines, fun() ->
        {C, S} = pair([{packet, line}], []), gen_tcp:send(S, "one\ntw"),
        First = gen_tcp:recv(C, 0, 1000), Second = gen_tcp:recv(C, 0, 30),
        gen_tcp:send(S, "o\n"),
        [strip(First), Second, strip(gen_tcp:recv(C, 0, 1000))] end},
    {reset, fun() ->
        {C, S} = pair([], []), reset(C, S), [gen_tcp:recv(C, 0, 1000)] end},
    {reset_shown, fun() ->
        {C, S} = pair([{show_econnreset, true}], []), reset(C, S),
        [gen_tcp:recv(C, 0, 1000)] end},
    {reset_active, fun() ->
        {C, S} = pair([{active, true}, {show_econnreset, true}], []), reset(C, S),
        [next(C), next(C)] end},
    {not_owner, fun() ->
        {C, _} = pair([], []), Self = self(),
        ask(fun() -> gen_tcp:controlling_process(C, self()) end), First = told(),
        ask(fun() -> gen_tcp:controlling_process(C, Self) end), [First, told()] end},
    {new_owner, fun() ->
        {C, S} = pair([{active, true}], []), Self = self(), gen_tcp:send(S, "before"),
        timer:sleep(30),
        Heir = spawn_link(fun() -> First = next(C), Self ! {told, First}, Self ! {told, next(C)} end),
        W = gen_tcp:controlling_process(C, Heir), First = told(), gen_tcp:send(S, "after"),
        [W, First, told()] end},
    {owner_ends, fun() ->
        L = listen([]), Port = port(L),
        spawn(fun() -> connect(Port, []), timer:sleep(30) end),
        {ok, S} = gen_tcp:accept(L), [gen_tcp:recv(S, 0, 1000)] end},
    {accept_order, fun() ->
        L = listen([]), Port = port(L), Self = self(),
        [begin
             spawn_link(fun() -> {ok, _} = gen_tcp:accept(L), Self ! {told, N},
                                 timer:sleep(2000) end),
             timer:sleep(20)
         end || N <- ["1", "2", "3"]],
        [begin {ok, _} = connect(Port, []), told() end || _ <- [1, 2, 3]] end}].

opts(More) -> [binary, {active, false}, {ip, {127, 0, 0, 1}} | More].
listen(More) -> {ok, L} = gen_tcp:listen(0, opts(More)), L.
port(Socket) -> {ok, Port} = inet:port(Socket), Port.
connect(Port, More) -> gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false} | More]).

pair(Client, Server) ->
    L = listen(Server),
    {ok, C} = connect(port(L), Client),
    {ok, S} = gen_tcp:accept(L),
    {C, S}.

ask(Fun) ->
    Self = self(),
    spawn(fun() -> Self ! {told, Fun()} end),
    timer:sleep(30).

told() -> receive {told, What} -> What after 5000 -> nothing end.

next(Socket) ->
    receive
        {tcp, Socket, Data} -> {ok, Data};
        {tcp_closed, Socket} -> tcp_closed;
        {tcp_error, Socket, Why} -> "tcp_error-" ++ atom_to_list(Why);
        {tcp_passive, Socket} -> tcp_passive
    after 100 -> nothing
    end.

strip({ok, Line}) -> {ok, binary:part(Line, 0, byte_size(Line) - 1)};
strip(Other) -> Other.

packets(N) ->
    {C, S} = pair([{packet, N}], [{packet, N}]),
    gen_tcp:send(S, "one"), gen_tcp:send(S, "two"),
    First = gen_tcp:recv(C, 0, 1000), inet:setopts(C, [{active, true}]),
    Second = next(C), inet:setopts(S, [{packet, raw}]),
    gen_tcp:send(C, "three"), {ok, Raw} = gen_tcp:recv(S, N + 5, 1000),
    [First, Second, integer_to_list(binary:decode_unsigned(binary:part(Raw, 0, N)))].

fill(Socket) ->
    case gen_tcp:send(Socket, binary:copy(<<"x">>, 1 bsl 20)) of
        ok -> fill(Socket);
        Error -> Error
    end.

reset(C, S) ->
    gen_tcp:send(C, "unread"), timer:sleep(10), gen_tcp:close(S), timer:sleep(10).
