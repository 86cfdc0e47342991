%% bounded_buffer: producers and consumers with a buffer process between them; one op is
%% one item.
-module(bounded_buffer).
-export([main/0]).

-define(MOST, 40).
-define(MASK, 16#FFFFF).

main() ->
    quartet_peer:play(#{quantum => 1, sized => fun run/2,
                        tiny => {16, answer(16, 1, 120)}}).

run(Ops, Pairs) ->
    Driver = self(),
    spawn_link(fun() -> Driver ! {sum, start(Ops div Pairs, Pairs)} end),
    receive {sum, Sum} -> answer(Ops, Pairs, Sum) end.

%% To put and to get are a request and a reply each; then the reports.
answer(Ops, Pairs, Sum) ->
    Messages = 4 * Ops + Pairs,
    #{units => 2 * Pairs + 2, messages => Messages, bytes => 8 * Messages,
      checksum => Sum}.

start(Items, Pairs) ->
    Main = self(),
    Places = case Pairs of ?MOST -> 50; _ -> 128 end,
    Buffer = spawn_link(fun() ->
        buffer(2 * Items * Pairs, Places, queue:new(), queue:new(), queue:new())
    end),
    lists:foreach(fun(Producer) ->
        spawn_link(fun() -> produce(Buffer, Producer, 0, Items) end),
        spawn_link(fun() -> Main ! {report, consume(Buffer, Items, #{}, 0)} end)
    end, lists:seq(1, Pairs)),
    lists:sum([receive {report, Sum} -> Sum end || _ <- lists:seq(1, Pairs)]).

%% A producer is told that its item is in as soon as there is a place, a consumer gets an
%% item as soon as there is one; first come, first served. Places are those left.
buffer(0, _, _, _, _) ->
    ok;
buffer(Requests, Places, Items, Putting, Getting) ->
    receive
        {put, From, Item} when Places > 0 ->
            From ! ok,
            give(Requests - 1, Places - 1, queue:in(Item, Items), Putting, Getting);
        {put, From, Item} ->
            buffer(Requests - 1, Places, Items, queue:in({From, Item}, Putting), Getting);
        {get, From} ->
            give(Requests - 1, Places, Items, Putting, queue:in(From, Getting))
    end.

give(Requests, Places, Items, Putting, Getting) ->
    case {queue:out(Items), queue:out(Getting)} of
        {{{value, Item}, Rest}, {{value, To}, Others}} ->
            To ! {item, Item},
            refill(Requests, Places + 1, Rest, Putting, Others);
        _ ->
            buffer(Requests, Places, Items, Putting, Getting)
    end.

refill(Requests, Places, Items, Putting, Getting) ->
    case queue:out(Putting) of
        {{value, {From, Item}}, Others} ->
            From ! ok,
            buffer(Requests, Places - 1, queue:in(Item, Items), Others, Getting);
        {empty, _} ->
            buffer(Requests, Places, Items, Putting, Getting)
    end.

produce(_, _, Items, Items) ->
    ok;
produce(Buffer, Me, Number, Items) ->
    Buffer ! {put, self(), {Me, Number}},
    receive ok -> produce(Buffer, Me, Number + 1, Items) end.

%% The sum of what it took, of each producer in ascending order.
consume(_, 0, _, Sum) ->
    Sum;
consume(Buffer, Left, Next, Sum) ->
    Buffer ! {get, self()},
    receive
        {item, {Producer, Number}} ->
            case Next of
                #{Producer := Least} when Number < Least ->
                    consume(Buffer, Left - 1, Next, Sum);
                _ ->
                    consume(Buffer, Left - 1, Next#{Producer => Number + 1},
                            Sum + Number band ?MASK)
            end
    end.
