"""What one decision costs: `python -m tests.benchmarks.bench_decide`. Microseconds of CPU, the best of five runs."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from timeit import repeat

from tests.support.routing_builders import SIGNER, a_mail, a_policy, a_ticket_state, in_group, users
from workers.routing.decide import decide_mail
from workers.routing.rights import Rights

CALLS = 2_000
RULES = [
    {"id": f"r{n}", "when": {"subject_regex": f"never {n}"}, "set": {"area": "sales"}} for n in range(10)
]


def best_microseconds(call: Callable[[], object]) -> float:
    """CPU time of one call, in the best of five runs: the others measure the machine."""
    return min(repeat(call, timer=process_time, number=CALLS, repeat=5)) / CALLS * 1e6


def main() -> None:
    """New tickets and follow-ups of a customer in three groups, with and without ten content rules."""
    directory, plain, ruled = users(), a_policy(), a_policy(rules=RULES)
    groups = tuple(in_group(name) for name in ("key-accounts", "partners", "retail"))
    mail, state = a_mail(groups=groups), a_ticket_state()
    for number in range(2, 20):
        state = state.model_copy(
            update={
                "messages": (
                    *state.messages,
                    state.messages[0].model_copy(update={"delivery_id": str(number)}),
                )
            }
        )
    follow_up = a_mail(99, groups=groups)
    cases = {
        "new ticket": lambda: decide_mail(mail, None, plain, Rights(directory), SIGNER),
        "new ticket, 10 rules": lambda: decide_mail(mail, None, ruled, Rights(directory), SIGNER),
        "follow-up, 19 messages": lambda: decide_mail(follow_up, state, plain, Rights(directory), SIGNER),
    }
    for name, call in cases.items():
        print(f"{name:24} {best_microseconds(call):8.1f} us")


if __name__ == "__main__":
    main()
