from functools import partial
from itertools import accumulate, repeat

from benchmarks.bench_converter import in_turns


def test_networks_run_in_turns_and_the_first_turns_do_not_count():
    ran = []
    runs = {name: partial(ran.append, name) for name in ("int8", "float32")}
    seconds = accumulate(repeat(1))
    times_ms = in_turns(runs, warm_up=1, turns=2, clock=lambda: next(seconds))
    assert ran == ["int8", "float32"] * 3
    assert times_ms == {"int8": [1000, 1000], "float32": [1000, 1000]}
