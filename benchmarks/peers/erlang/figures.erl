%% figures:main([Row, Scale]): prints the row's JSON object, as figures.hpp does, or ends with an error.
-module(figures).
-export([main/1, check/3, per_second/2, sum_to/1]).

main([Name, Scale]) ->
    try
        {Name, Unit, Count, Figure} = lists:keyfind(Name, 1, local:rows() ++ remote:rows()),
        Value = in_a_process(fun() -> Figure(max(1, trunc(Count * number(Scale)))) end),
        io:format("{\"work\": \"~s\", \"value\": ~w, \"unit\": \"~s\"}~n", [Name, Value, Unit]),
        erlang:halt(0)
    catch
        Class:Reason:Trace ->
            io:format(standard_error, "~s: ~p~n", [Name, {Class, Reason, Trace}]),
            erlang:halt(1)
    end.

%% "2" is no float, and "0.5.0" begins with one.
number(Text) ->
    {Number, _} = string:to_float(Text ++ ".0"),
    Number.

in_a_process(F) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({value, F()}) end),
    receive
        {'DOWN', Monitor, process, Pid, {value, Value}} -> Value;
        {'DOWN', Monitor, process, Pid, Reason} -> error(Reason)
    end.

check(_, Value, Value) -> ok;
check(What, Is, MustBe) -> error({What, Is, must_be, MustBe}).

%% Since erlang:monotonic_time().
per_second(Count, Begin) ->
    Count * erlang:convert_time_unit(1, second, native) / (erlang:monotonic_time() - Begin).

sum_to(N) -> N * (N + 1) div 2.
