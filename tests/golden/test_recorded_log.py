"""A change of the code that alters history is found here. `python -m tests.golden.rewrite` changes it on purpose."""

from collections import Counter

from tests.golden.log import decided, read


def test_the_recorded_log_is_decided_as_it_was_recorded() -> None:
    """P3: every byte that each decision publishes."""
    recorded = read()
    changed = [
        (number, then["outcome"], now["outcome"])
        for number, (then, now) in enumerate(zip(recorded, decided(recorded), strict=True))
        if then != now
    ]
    assert [] == changed[:10], f"{len(changed)} decisions changed: DECIDER_VERSION, and tests.golden.rewrite"


def test_the_recorded_log_has_every_kind_of_turn() -> None:
    """A log of new tickets only would protect little."""
    outcomes = Counter(line["outcome"].partition(":")[0] for line in read() if "outcome" in line)
    assert {"applied", "duplicate", "refused", "routed", "suppressed", "thread_refused"} <= set(outcomes)
    assert min(outcomes.values()) >= 10
    assert outcomes.total() >= 2_000
