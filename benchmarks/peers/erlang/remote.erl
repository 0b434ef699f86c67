%% Between the processes of two nodes, each an operating system's process.
-module(remote).
-export([rows/0, follow/0, serve/0, pass_by/1, passed/0]).
-import(figures, [check/3, per_second/2, sum_to/1]).

-define(OUTSTANDING, 256).
-define(MEBIBYTE, (1 bsl 20)).

rows() ->
    [{"remote-one-way", "messages/s", 300_000, fun one_way/1},
     {"remote-mebibytes", "GB/s", 1_000, fun mebibytes/1},
     {"remote-request", "us", 10_000, fun request/1},
     {"remote-requests-256", "requests/s", 300, fun requests/1},
     {"remote-spawn", "us", 5_000, fun spawn_one/1},
     {"remote-spawns-256", "spawns/s", 200, fun spawns/1}].

%% ---- the other node, which ends with this one

follow() ->
    ok = net_kernel:monitor_nodes(true, #{node_type => all}),
    case nodes(connected) of
        [] -> receive {nodeup, _, _} -> ok end;
        [_] -> ok  % it was faster
    end,
    receive {nodedown, _, _} -> erlang:halt() end.

there() ->
    case net_kernel:connect_node('there@127.0.0.1') of
        true ->
            'there@127.0.0.1';
        false ->
            timer:sleep(10),
            there()
    end.

server() -> spawn_link(there(), ?MODULE, serve, []).

serve() -> serve(0).

serve(Sum) ->
    receive
        Value when is_integer(Value) ->
            serve(Sum + Value);
        Bytes when is_binary(Bytes) ->
            serve(Sum + byte_size(Bytes));
        {From, Tag, total} ->
            From ! {Tag, Sum},
            serve(Sum);
        {From, Tag, Value} ->
            From ! {Tag, 2 * Value},
            serve(Sum)
    end.

%% The first call makes the counter, before there are two that could.
passed() -> counters:get(passers(), 1).

pass_by(Value) -> counters:add(passers(), 1, Value).

passers() ->
    case persistent_term:get(passers, none) of
        none ->
            Passers = counters:new(1, []),
            persistent_term:put(passers, Passers),
            Passers;
        Passers ->
            Passers
    end.

ask(Server, Question) ->
    Tag = make_ref(),
    Server ! {self(), Tag, Question},
    receive
        {Tag, Answer} -> Answer
    end.

%% ---- one way

stream(Messages, Message) ->
    Server = server(),
    Begin = erlang:monotonic_time(),
    Send = fun Send(I) when I > Messages -> ok;
               Send(I) -> Server ! Message(I), Send(I + 1)
           end,
    Send(1),
    Sum = ask(Server, total),
    {per_second(Messages, Begin), Sum}.

one_way(Messages) ->
    {Figure, Sum} = stream(Messages, fun(I) -> I end),
    check("the sum", Sum, sum_to(Messages)),
    Figure.

mebibytes(Messages) ->
    Bytes = binary:copy(<<"b">>, ?MEBIBYTE),
    {Figure, Sum} = stream(Messages, fun(_) -> Bytes end),
    check("the bytes", Sum, Messages * ?MEBIBYTE),
    Figure * ?MEBIBYTE / 1.0e9.

%% ---- one at a time

median_of_each(Count, F) ->
    Taken = [begin
                 Begin = erlang:monotonic_time(),
                 F(I),
                 erlang:monotonic_time() - Begin
             end || I <- lists:seq(1, Count)],
    lists:nth(Count div 2 + 1, lists:sort(Taken)) * 1.0e6 / erlang:convert_time_unit(1, second, native).

request(Requests) ->
    Server = server(),
    median_of_each(Requests, fun(I) -> check("an answer", ask(Server, I), 2 * I) end).

spawn_one(Spawns) ->
    There = there(),
    0 = erpc:call(There, ?MODULE, passed, []),
    Figure = median_of_each(Spawns, fun(I) -> spawn(There, ?MODULE, pass_by, [I]) end),
    check_passed(There, sum_to(Spawns)),
    Figure.

check_passed(There, Sum) ->
    case erpc:call(There, ?MODULE, passed, []) of
        Passed when Passed < Sum -> check_passed(There, Sum);
        Passed -> check("the sum", Passed, Sum)
    end.

%% ---- 256 outstanding

%% F(I) in so many processes at once, each for its share.
outstanding(Each, F) ->
    Begin = erlang:monotonic_time(),
    All = [spawn_monitor(fun() -> [F(Share * Each + I) || I <- lists:seq(1, Each)] end)
           || Share <- lists:seq(0, ?OUTSTANDING - 1)],
    [receive {'DOWN', Monitor, process, Pid, Reason} -> normal = Reason end || {Pid, Monitor} <- All],
    per_second(?OUTSTANDING * Each, Begin).

requests(Each) ->
    Server = server(),
    outstanding(Each, fun(I) -> check("an answer", ask(Server, I), 2 * I) end).

spawns(Each) ->
    There = there(),
    0 = erpc:call(There, ?MODULE, passed, []),
    Figure = outstanding(Each, fun(I) -> spawn(There, ?MODULE, pass_by, [I]) end),
    check_passed(There, sum_to(?OUTSTANDING * Each)),
    Figure.
