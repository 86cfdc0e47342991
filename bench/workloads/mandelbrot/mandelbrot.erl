%% mandelbrot: eight processes compute rows of a picture; one op is one row.
-module(mandelbrot).
-export([main/0]).

-define(WORKERS, 8).
-define(WIDTH, 512).
-define(HEIGHT, 512).
-define(STRIDE, 317).
-define(ITERATIONS, 128).
-define(STEP, (5.0 / 1024.0)).

main() ->
    quartet_peer:play(#{quantum => ?WORKERS, run => fun run/1,
                        tiny => {?WORKERS, answer(?WORKERS, 142180)}}).

run(Ops) ->
    Parent = self(),
    Collector = spawn_link(fun() -> Parent ! {collected, collect(?WORKERS, 0, 0)} end),
    [spawn_link(fun() -> Collector ! rows(T, Ops, 0) end)
     || T <- lists:seq(0, ?WORKERS - 1)],
    receive {collected, {Messages, Sum}} -> answer(Messages, Sum) end.

answer(Messages, Sum) ->
    #{units => ?WORKERS + 1, messages => Messages, bytes => 8 * Messages,
      checksum => Sum}.

collect(0, Messages, Sum) ->
    {Messages, Sum};
collect(Left, Messages, Sum) ->
    receive Part -> collect(Left - 1, Messages + 1, Sum + Part) end.

rows(Op, Ops, Sum) when Op < Ops ->
    Im = -1.25 + ?STEP * (Op * ?STRIDE rem ?HEIGHT),
    rows(Op + ?WORKERS, Ops, row(?WIDTH - 1, Im, Sum));
rows(_, _, Sum) ->
    Sum.

row(-1, _, Sum) ->
    Sum;
row(X, Im, Sum) ->
    row(X - 1, Im, Sum + point(-2.0 + ?STEP * X, Im, 0.0, 0.0, 0)).

point(_, _, _, _, ?ITERATIONS) ->
    ?ITERATIONS;
point(Re, Im, Zr, Zi, N) ->
    Zr2 = Zr * Zr,
    Zi2 = Zi * Zi,
    if
        Zr2 + Zi2 > 4.0 -> N;
        true -> point(Re, Im, Zr2 - Zi2 + Re, 2.0 * Zr * Zi + Im, N + 1)
    end.
