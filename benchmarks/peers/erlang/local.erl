%% Between the processes of one node.
-module(local).
-export([rows/0, idler/1, leave/1]).
-import(figures, [check/3, per_second/2, sum_to/1]).

rows() ->
    [{"ping-pong", "messages/s", 3_000_000, fun ping_pong/1},
     {"request", "requests/s", 1_000_000, fun request/1},
     {"ring", "hops/s", 3_000, fun ring/1},
     {"fan-in", "messages/s", 50_000, fun fan_in/1},
     {"fan-in-2", "messages/s", 50_000, fun fan_in/1},
     {"pairs", "messages/s", 200_000, fun pairs/1},
     {"pairs-2", "messages/s", 200_000, fun pairs/1},
     {"spawn", "actors/s", 1_000, fun spawn_to_exit/1},
     {"idle", "bytes", 100_000, fun idle/1}].

%% ---- ping-pong

pong(Partner) ->
    receive
        Left ->
            Partner ! Left - 1,
            pong(Partner)
    end.

ping(Partner, Received) ->
    receive
        Left when Left > 1 ->
            Partner ! Left - 1,
            ping(Partner, Received + 1);
        _ ->
            Received + 1
    end.

play(Messages) ->
    Self = self(),
    Partner = spawn_link(fun() -> pong(Self) end),
    Partner ! Messages,
    check("balls that came back", ping(Partner, 0), Messages div 2).

ping_pong(Messages) ->
    Begin = erlang:monotonic_time(),
    play(Messages),
    per_second(Messages, Begin).

pairs(Messages) ->
    Pairs = 16,
    Begin = erlang:monotonic_time(),
    All = [spawn_monitor(fun() -> play(Messages) end) || _ <- lists:seq(1, Pairs)],
    [receive {'DOWN', Monitor, process, Pid, Reason} -> normal = Reason end || {Pid, Monitor} <- All],
    per_second(Pairs * Messages, Begin).

%% ---- ring

member(Next) ->
    receive
        HopsLeft ->
            Next ! HopsLeft - 1,
            member(Next)
    end.

ring(Rounds) ->
    Members = 1_000,
    Next = lists:foldl(fun(_, To) -> spawn_link(fun() -> member(To) end) end, self(), lists:seq(2, Members)),
    Begin = erlang:monotonic_time(),
    Next ! Rounds * Members - 1,
    Passes = passes(Next, 0),
    Figure = per_second(Rounds * Members, Begin),
    check("times that the token came round", Passes, Rounds),
    Figure.

passes(Next, Count) ->
    receive
        0 ->
            Count + 1;
        HopsLeft ->
            Next ! HopsLeft - 1,
            passes(Next, Count + 1)
    end.

%% ---- fan-in

sender(_, Next, Last) when Next > Last -> ok;
sender(To, Next, Last) ->
    To ! Next,
    sender(To, Next + 1, Last).

sum_of(0, Sum) -> Sum;
sum_of(Missing, Sum) ->
    receive
        Value -> sum_of(Missing - 1, Sum + Value)
    end.

fan_in(Each) ->
    Senders = 20,
    Self = self(),
    process_flag(message_queue_data, off_heap),
    Begin = erlang:monotonic_time(),
    [spawn_link(fun() -> sender(Self, 1, Each) end) || _ <- lists:seq(1, Senders)],
    Sum = sum_of(Senders * Each, 0),
    Figure = per_second(Senders * Each, Begin),
    check("the sum", Sum, Senders * sum_to(Each)),
    Figure.

%% ---- request/reply

doubler() ->
    receive
        {From, Tag, Value} ->
            From ! {Tag, 2 * Value},
            doubler()
    end.

ask(_, 0, Sum) -> Sum;
ask(Server, Value, Sum) ->
    Tag = make_ref(),
    Server ! {self(), Tag, Value},
    receive
        {Tag, Answer} -> ask(Server, Value - 1, Sum + Answer)
    end.

request(Requests) ->
    Server = spawn_link(fun doubler/0),
    Begin = erlang:monotonic_time(),
    Sum = ask(Server, Requests, 0),
    Figure = per_second(Requests, Begin),
    check("the sum", Sum, 2 * sum_to(Requests)),
    Figure.

%% ---- making and keeping processes

spawn_to_exit(Batches) ->
    AtOnce = 1_000,
    Self = self(),
    StillToCome = atomics:new(1, []),
    PasserBy = fun() ->
        case atomics:sub_get(StillToCome, 1, 1) of
            0 -> Self ! all_have_passed;
            _ -> ok
        end
    end,
    Begin = erlang:monotonic_time(),
    [begin
         atomics:put(StillToCome, 1, AtOnce),
         spawn_many(PasserBy, AtOnce),
         receive all_have_passed -> ok end
     end || _ <- lists:seq(1, Batches)],
    per_second(Batches * AtOnce, Begin).

spawn_many(_, 0) -> ok;
spawn_many(F, Count) ->
    spawn(F),
    spawn_many(F, Count - 1).

%% The least that a process can take: it hibernates.
idler(Parent) -> erlang:hibernate(?MODULE, leave, [Parent]).

leave(Parent) ->
    receive
        leave -> Parent ! left
    end.

idle(Count) ->
    Before = resident_bytes(),
    All = [hibernated(spawn(?MODULE, idler, [self()])) || _ <- lists:seq(1, Count)],
    Figure = (resident_bytes() - Before) / Count,
    [Pid ! leave || Pid <- All],
    wait_for_left(Count),
    Figure.

wait_for_left(0) -> ok;
wait_for_left(Count) ->
    receive
        left -> wait_for_left(Count - 1)
    end.

hibernated(Pid) ->
    case process_info(Pid, current_function) of
        {current_function, {erlang, hibernate, 3}} -> Pid;
        _ -> hibernated(Pid)
    end.

resident_bytes() ->
    {ok, Statm} = file:read_file("/proc/self/statm"),
    [_, Resident | _] = string:lexemes(Statm, " "),
    4096 * binary_to_integer(Resident).
