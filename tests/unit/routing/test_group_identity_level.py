"""A group whose conditions only a mail of a certain identity level gets: gold SLA only from aligned senders."""

from tests.support.routing_builders import a_mail, a_policy, decided, in_group
from workers.routing.compiled_policy import CompiledPolicy
from workers.routing.outcome import Decided

BOTH = (in_group("gold"), in_group("plain"))


def policy(*levels: str) -> CompiledPolicy:
    """Group gold asks for these levels and comes before group plain."""
    gold = {"priority": 20, "identity_level": levels, "processes": {"helpdesk": {"handler": "petr"}}}
    plain = {"priority": 10, "processes": {"helpdesk": {"handler": "eva"}}}
    return a_policy(groups={"gold": gold, "plain": plain})


def of(decision: Decided) -> tuple[str | None, tuple[str, ...]]:
    assert decision.ticket is not None
    return decision.ticket.handler, tuple(decision.ticket.groups)


def test_a_mail_of_the_level_gets_the_groups_conditions() -> None:
    """As without the requirement."""
    decision = decided(a_mail(groups=BOTH, identity_level="aligned"), policy=policy("aligned"))
    assert ("petr", ("gold", "plain")) == of(decision)


def test_another_mail_is_routed_as_if_its_sender_were_not_in_the_group() -> None:
    """And the receipt says why, without a word of the mail."""
    decision = decided(a_mail(groups=BOTH, identity_level="unknown"), policy=policy("aligned", "dkim"))
    assert ("eva", ("plain",)) == of(decision)
    groups = next(step for step in decision.receipt.steps if step.step == "groups")
    why = {look.candidate: (look.verdict, look.why) for look in groups.looked_at}
    assert ("ignored", "needs identity level aligned or dkim, the mail has unknown") == why["group:gold"]
    assert "chosen" == why["group:plain"][0]


def test_a_follow_up_that_could_be_anybodys_does_not_go_to_the_groups_handler() -> None:
    """The ticket keeps the handler that it has."""
    state = decided(a_mail(groups=BOTH, identity_level="none"), policy=policy("aligned")).state
    again = decided(a_mail(2, groups=BOTH, identity_level="spf"), state, policy("aligned"))
    assert again.ticket is not None
    assert "eva" == again.ticket.handler
    proven = decided(a_mail(2, groups=BOTH, identity_level="aligned"), state, policy("aligned"))
    assert proven.ticket is not None
    assert "petr" == proven.ticket.handler


def test_where_all_groups_ask_for_more_there_is_none() -> None:
    """The process's and the mailbox's defaults hold."""
    decision = decided(a_mail(groups=BOTH[:1], identity_level="failed"), policy=policy("aligned"))
    assert (None, ()) == of(decision)
    groups = next(step for step in decision.receipt.steps if step.step == "groups")
    assert (None, "all ask for another identity level") == (groups.result, groups.because)
