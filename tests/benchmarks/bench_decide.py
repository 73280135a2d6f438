"""What one decision costs, without parsing and records: `python -m tests.benchmarks decide`."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from timeit import timeit

from schemas.mail import EnrichedMail
from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.servers import Servers
from tests.support.routing_builders import SIGNER, a_mail, a_policy, a_ticket_state, in_group, users
from workers.routing.decide import Decided, Forward, decide_mail
from workers.routing.rights import Rights

CALLS = 2_000
ROUNDS = 5
ABOUT = "One pure decision with its receipt, from values in memory, beside the JSON that it can't do without."
RULES = [
    {"id": f"r{n}", "when": {"subject_regex": f"never {n}"}, "set": {"area": "sales"}} for n in range(10)
]


def measure(servers: Servers, scale: float = 1.0) -> Findings:
    """New tickets and follow-ups of a customer in three groups, with and without ten content rules."""
    del servers  # needs none
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
    cases: dict[str, Callable[[], Forward | Decided]] = {
        "new ticket": lambda: decide_mail(mail, None, plain, Rights(directory), SIGNER),
        "new ticket, 10 rules": lambda: decide_mail(mail, None, ruled, Rights(directory), SIGNER),
        "follow-up, 19 messages": lambda: decide_mail(follow_up, state, plain, Rights(directory), SIGNER),
    }
    calls = max(50, int(CALLS * min(scale, 1.0)))
    return Findings("decide", ABOUT, [_compare(name, call, calls) for name, call in cases.items()])


def _compare(case: str, decide: Callable[[], Forward | Decided], calls: int) -> Measured:
    decided = decide()
    if isinstance(decided, Forward):
        raise TypeError("this case is about a decision")
    mail, events = a_mail().write(), [decided.ticket, decided.state, decided.receipt, *decided.tags]

    def read_and_write() -> None:
        EnrichedMail.read(mail)
        for event in events:
            if event is not None:
                event.write()

    runs = [(_microseconds(decide, calls), _microseconds(read_and_write, calls)) for _ in range(ROUNDS)]
    ours, theirs = zip(*runs, strict=True)
    reference = "its mail read, its events written"
    return Measured(case, "µs of CPU", ours, reference, theirs, more_is_better=False)


def _microseconds(call: Callable[[], object], calls: int) -> float:
    return timeit(call, timer=process_time, number=calls) / calls * 1e6
