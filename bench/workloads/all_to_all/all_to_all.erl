%% all_to_all: 120 processes ask each other at random; one op is a question and its answer.
-module(all_to_all).
-export([main/0]).

-define(PLAYERS, 120).
-define(NUMBERS, 16#FFFFF).
-define(WORD, 16#FFFFFFFF).
%% What the generator must give from the state {1, 2, 3, 4} (core/rng.h).
-define(PUBLISHED, [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034,
                    3734860849, 3729100597, 4258142804]).

main() ->
    quartet_peer:play(#{quantum => ?PLAYERS, run => fun run/1, check => fun check/0,
                        tiny => {10 * ?PLAYERS, answer(10 * ?PLAYERS, 76900)}}).

check() ->
    case draws(length(?PUBLISHED), {1, 2, 3, 4}) of
        ?PUBLISHED -> ok;
        Drawn -> throw({3, "generator: ~0p, expected ~0p", [Drawn, ?PUBLISHED]})
    end.

run(Ops) ->
    Driver = self(),
    spawn_link(fun() -> Driver ! {sum, umpire(Ops div ?PLAYERS)} end),
    receive {sum, Sum} -> answer(Ops, Sum) end.

%% Besides two messages of 8 bytes an op: to each player who plays, its sum, its end.
answer(Ops, Sum) ->
    Small = 2 * Ops + 2 * ?PLAYERS,
    #{units => ?PLAYERS + 1, messages => Small + ?PLAYERS,
      bytes => 8 * Small + ?PLAYERS * 8 * ?PLAYERS, checksum => Sum}.

umpire(Questions) ->
    Umpire = self(),
    List = [spawn_link(fun() -> player(Umpire, Me, Questions) end)
            || Me <- lists:seq(0, ?PLAYERS - 1)],
    Players = list_to_tuple(List),
    [Pid ! {players, Players} || Pid <- List],
    Sum = lists:sum([receive {sum, Part} -> Part end || _ <- List]),
    [Pid ! finish || Pid <- List],
    Sum.

player(Umpire, Me, Questions) ->
    receive {players, Players} -> ok end,
    Umpire ! {sum, ask(Players, Me, 0, Questions, seed(Me), 0)},
    answer_others(Me).

ask(_, _, Questions, Questions, _, Sum) ->
    Sum;
ask(Players, Me, I, Questions, State, Sum) ->
    {Drawn, Next} = next(State),
    Other = case Drawn * (?PLAYERS - 1) bsr 32 of
                Index when Index >= Me -> Index + 1;
                Index -> Index
            end,
    element(Other + 1, Players) ! {question, self(), I band ?NUMBERS},
    ask(Players, Me, I + 1, Questions, Next, Sum + hear(Me)).

hear(Me) ->
    receive
        {question, From, Number} ->
            From ! {answer, Number + Me},
            hear(Me);
        {answer, Value} ->
            Value
    end.

answer_others(Me) ->
    receive
        {question, From, Number} ->
            From ! {answer, Number + Me},
            answer_others(Me);
        finish ->
            ok
    end.

%% xoshiro128** and its seeding, as core/rng.h.
seed(Seed) ->
    {A, S1} = split(Seed),
    {B, S2} = split(S1),
    {C, S3} = split(S2),
    {D, _} = split(S3),
    {A, B, C, D}.

split(State) ->
    Z0 = (State + 16#9e3779b9) band ?WORD,
    Z1 = ((Z0 bxor (Z0 bsr 16)) * 16#85ebca6b) band ?WORD,
    Z2 = ((Z1 bxor (Z1 bsr 13)) * 16#c2b2ae35) band ?WORD,
    {Z2 bxor (Z2 bsr 16), Z0}.

next({A, B, C, D}) ->
    C1 = C bxor A,
    D1 = D bxor B,
    {(rotate((B * 5) band ?WORD, 7) * 9) band ?WORD,
     {A bxor D1, B bxor C1, C1 bxor ((B bsl 9) band ?WORD), rotate(D1, 11)}}.

rotate(X, K) ->
    ((X bsl K) band ?WORD) bor (X bsr (32 - K)).

draws(0, _) ->
    [];
draws(N, State) ->
    {Drawn, Next} = next(State),
    [Drawn | draws(N - 1, Next)].
