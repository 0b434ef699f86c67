#!/usr/bin/env escript
%%! +S 1
%% Plays scripts of differential.cpp in Erlang: one a line on standard input, what its processes observed on
%% standard output, then "end".
%%
%% A signal lies in the queue of its receiver, of this node, once the operation that sends it has returned; what
%% the end of a process sends has come once nobody's links and monitors name it any more.
-mode(compile).

main(_) ->
    logger:set_primary_config(level, none),
    serve().

serve() ->
    case io:get_line("") of
        eof ->
            ok;
        Line ->
            Me = self(),
            Steps = string:split(string:trim(Line), "; ", all),
            Player = spawn_link(fun() -> Me ! {played, self(), play(Steps, 0, #{}, #{})} end),
            receive {played, Player, Lines} -> io:put_chars([Lines, "end\n"]) end,
            serve()
    end.

%% Pids: of each name that was ever born. Living: the names of those that were not seen to end.
play([], _, _, Living) ->
    [exit(Pid, kill) || Pid <- maps:keys(Living)],
    [];
play([Step | Rest], N, Pids, Living) ->
    [Who, Does] = string:split(Step, ": "),
    Acts = [resolved(string:lexemes(Act, " "), Pids) || Act <- string:split(Does, ", ", all)],
    Expected = play_step(Who, [A || A <- Acts, A =/= none], Pids, Living),
    {Pids1, Living1} = lists:foldl(fun newborn/2, {Pids, Living}, Expected),
    Names = maps:from_list([{Pid, Name} || {Name, Pid} <- maps:to_list(Pids1)]),
    {Ends, Living2, States} = settle(Living1, Names, []),
    Said = seen(Names) ++ Ends ++ [has(State, Names) || State <- States],
    [[io_lib:format("~2..0b ", [N]), Line, "\n"] || Line <- lists:append(Said)]
        ++ play(Rest, N + 1, Pids1, Living2).

resolved([Spawn, Name | Ends], Pids) when Spawn =:= "spawn"; Spawn =:= "spawn_link"; Spawn =:= "spawn_monitor" ->
    case Pids of
        #{Name := _} -> none;
        _ -> {birth, list_to_atom(Spawn), Name, Ends}
    end;
resolved([Alone, How], _) when Alone =:= "trap"; Alone =:= "end" ->
    {list_to_atom(Alone), How};
resolved([Act, Name | More], Pids) ->
    case Pids of
        #{Name := Pid} -> list_to_tuple([list_to_atom(Act), Pid | More]);
        _ -> none
    end.

%% The names of those who are born by it.
play_step("*", [{birth, spawn, Name, Ends}], _, _) ->
    All = self(),
    spawn(fun() -> live(All, Name, Ends) end),
    [Name];
play_step(Who, Acts, Pids, Living) ->
    Pid = maps:get(Who, Pids, none),
    case Living of
        #{Pid := _} ->
            Watch = monitor(process, Pid),
            Pid ! {do, Acts},
            receive
                {done, Pid} -> demonitor(Watch, [flush]);
                {'DOWN', Watch, process, Pid, _} -> ended
            end,
            [Name || {birth, _, Name, _} <- Acts];
        _ ->
            []
    end.

newborn(Name, {Pids, Living}) ->
    receive
        {born, Name, Pid, []} ->
            monitor(process, Pid),
            {Pids#{Name => Pid}, Living#{Pid => Name}};
        {born, Name, Pid, _} ->
            {Pids#{Name => Pid}, Living}
    end.

%% Until nobody has mail, and nobody's links and monitors name one that has ended.
settle(Living, Names, Ends) ->
    Round = make_ref(),
    [Pid ! {tell, Round} || Pid <- maps:keys(Living)],
    Answers = [
        receive
            {state, Round, Pid, _, _, _, _} = State -> State;
            {'DOWN', _, process, Pid, Why} -> {ended, Pid, [Name, " ends: ", reason_text(Why)]}
        end
     || {Pid, Name} <- maps:to_list(Living)
    ],
    Now = [{Pid, Line} || {ended, Pid, Line} <- Answers],
    Living1 = maps:without([Pid || {Pid, _} <- Now], Living),
    States = [State || State <- Answers, element(1, State) =:= state],
    Ends1 = Ends ++ [[Line] || {_, Line} <- Now],
    Named = lists:append([L ++ M ++ B || {state, _, _, L, M, B, _} <- States]),
    Gone = [P || P <- Named, is_map_key(P, Names), not is_map_key(P, Living1)],
    Unread = [Mail || {state, _, _, _, _, _, Mail} <- States, Mail > 0],
    case {Now, Gone, Unread} of
        {[], [], []} -> {Ends1, Living1, States};
        _ -> settle(Living1, Names, Ends1)
    end.

seen(Names) ->
    receive
        {saw, Pid, Of, What} ->
            [[[maps:get(Pid, Names), " of ", maps:get(Of, Names), What]] | seen(Names)]
    after 0 ->
        []
    end.

has({state, _, Pid, Links, Monitors, MonitoredBy, _}, Names) ->
    Parts = [
        [" ", What, [[" ", Name] || Name <- Of]]
     || {What, Pids} <- [{"links", Links}, {"monitors", Monitors}, {"monitored by", MonitoredBy}],
        Of <- [lists:sort([maps:get(P, Names) || P <- Pids, P =/= Pid, is_map_key(P, Names)])],
        Of =/= []
    ],
    [[maps:get(Pid, Names), " has:", Parts] || Parts =/= []].

%% ---- a process of a script

live(All, Name, Ends) ->
    All ! {born, Name, self(), Ends},
    case Ends of
        [] -> ok;
        ["normal"] -> exit(normal);
        ["exception"] -> error(boom);
        [Why] -> exit(self(), reason(Why))
    end,
    live(All, []).

live(All, Watches) ->
    receive
        {do, Acts} ->
            Watches1 = lists:foldl(fun(Act, W) -> do(Act, All, W) end, Watches, Acts),
            All ! {done, self()},
            live(All, Watches1);
        {tell, Round} ->
            [{_, Links}, {_, Monitors}, {_, MonitoredBy}, {_, Mail}] =
                process_info(self(), [links, monitors, monitored_by, message_queue_len]),
            All ! {state, Round, self(), Links, [P || {process, P} <- Monitors], MonitoredBy, Mail},
            live(All, Watches);
        {ping, From, Ref} ->
            From ! {pong, Ref},
            live(All, Watches);
        {note, From, Number} ->
            All ! {saw, self(), From, [": got ", Number]},
            live(All, Watches);
        {'EXIT', Of, Why} ->
            All ! {saw, self(), Of, [": exit ", reason_text(Why)]},
            live(All, Watches);
        {'DOWN', Ref, process, Of, Why} ->
            All ! {saw, self(), Of, ["'s end: down ", reason_text(Why)]},
            live(All, lists:keydelete(Ref, 2, Watches))
    end.

do({birth, spawn, Name, Ends}, All, W) ->
    spawn(fun() -> live(All, Name, Ends) end),
    W;
do({birth, spawn_link, Name, Ends}, All, W) ->
    spawn_link(fun() -> live(All, Name, Ends) end),
    W;
do({birth, spawn_monitor, Name, Ends}, All, W) ->
    W ++ [spawn_monitor(fun() -> live(All, Name, Ends) end)];
do({trap, How}, _, W) ->
    process_flag(trap_exit, How =:= "on"),
    W;
do({'end', "normal"}, _, _) ->
    exit(normal);
do({'end', "exception"}, _, _) ->
    error(boom);
do({link, Pid}, _, W) ->
    %% Where it is cheap to know that nobody is there, link/1 fails in one that does not trap exits; from afar the
    %% same comes as an exit signal. snow has the latter only (docs/otp.md).
    try link(Pid) catch error:noproc -> exit(noproc) end,
    W;
do({unlink, Pid}, _, W) ->
    %% The manual's idiom; snow's unlink has it built in (docs/otp.md).
    unlink(Pid),
    receive {'EXIT', Pid, _} when Pid =/= self() -> W after 0 -> W end;
do({monitor, Pid}, _, W) ->
    W ++ [{Pid, monitor(process, Pid)}];
do({demonitor, Pid}, _, W) ->
    case lists:keytake(Pid, 1, W) of
        {value, {_, Ref}, Rest} ->
            demonitor(Ref, [flush]),
            Rest;
        false ->
            W
    end;
do({exit, Pid, Why}, _, W) ->
    exit(Pid, reason(Why)),
    W;
do({rest, Pid}, _, W) ->
    Ref = monitor(process, Pid),
    Pid ! {ping, self(), Ref},
    receive
        {pong, Ref} -> demonitor(Ref, [flush]);
        {'DOWN', Ref, process, Pid, _} -> ended
    end,
    W;
do({send, Pid, Number}, _, W) ->
    Pid ! {note, self(), Number},
    W.

reason("no_process") -> noproc;
reason(Word) -> list_to_atom(Word).

reason_text(noproc) -> "no_process";
reason_text(Word) when is_atom(Word) -> atom_to_list(Word);
reason_text({What, [_ | _]}) -> io_lib:format("exception ~p", [What]);
reason_text(Other) -> io_lib:format("~p", [Other]).
