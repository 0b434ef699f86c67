# Of all figures of a run, {row, who, value, unit} each, and of $rows, those of benchmarks/goals: the list that scripts/bench
# writes.

def median: sort | .[length / 2 | floor];
def summary: map(.value) as $rounds
  | ($rounds | median) as $value
  | {unit: .[0].unit, $value, spread: (($rounds | max - min) / 2 / $value), $rounds};
def by(f; g): group_by(f) | map({key: (.[0] | f), value: g}) | from_entries;
# The smaller of two that are better when they are small, relative to the other.
def times_as_good($value; $than; $more_is_better):
  if $value == null or $than == null then null elif $more_is_better then $value / $than else $than / $value end;

by(.row; by(.who; summary)) as $figures
| $rows
| map($figures[.row] as $of
    | $of.snow.value as $snow
    | ($of.snow.unit // "" | endswith("/s")) as $more_is_better
    | ([.peers[] | select($of[.]) | {peer: ., value: $of[.].value}]
       | if $more_is_better then max_by(.value) else min_by(.value) end) as $best
    | ([.goals[]
        | (if .of == null then 1 elif .of == "best" then $best.value else ($of[.of] // $figures[.of].snow).value end) as $unit
        | times_as_good($snow; if $unit then .factor * $unit else null end; .is == ">=")]) as $shares
    | {work, row, unit: $of.snow.unit, $snow,
       best_peer: $best.value, peer: $best.peer, ratio: times_as_good($snow; $best.value; $more_is_better),
       goal, of_goal: (if any($shares[]; . == null) then null else $shares | min end),
       floor: $of[.floors[0] // ""].value, floor_is: .floors[0],
       floor_ratio: times_as_good($snow; $of[.floors[0] // ""].value; $more_is_better),
       spread: $of.snow.spread, rounds: ($of // {} | map_values(.rounds))}
    | .reached = (if .of_goal then .of_goal >= 1 else null end))
