%% A peer whose tiny case comes out wrong: it must stop with exit code 3.
-module(liar).
-export([main/0]).

main() ->
    quartet_peer:play(#{quantum => 1, run => fun(Ops) -> answer(Ops) end,
                        tiny => {3, answer(4)}}).

answer(Checksum) ->
    #{units => 1, messages => 0, bytes => 0, checksum => Checksum}.
