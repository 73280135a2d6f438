"""Receipts for people: who wrote and how we know, each field with what gave it and what did not, versions."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from schemas.decision import Looked, RoutingDecision, Step
from schemas.event import Part
from schemas.mail import EnrichedMail, Sender
from workers.entrypoints.ticket_pages import minute
from workers.processors.explain import Explained

_OUTCOME_STYLES = {"routed": "green", "applied": "green", "dead-lettered": "red", "refused": "red"}
_VERDICT_STYLES = {"chosen": "green", "lost": "yellow", "missed": "dim", "ignored": "dim"}


def receipt_page(decision: Explained) -> Group:
    """One decision."""
    receipt, mail = decision.receipt, decision.mail
    parts: list[RenderableType] = [_head(receipt)]
    if mail is not None:
        parts += [_indented(line) for line in mail_lines(mail)]
    parts += [_indented(Text(f"Why: {receipt.reason}")), Padding(_steps(receipt.steps), (1, 0, 1, 2))]
    if decision.tag is not None:
        private = f", private to {decision.tag.private_to}" if decision.tag.private_to else ""
        parts.append(_indented(Text(f"This message requires: {requirements(decision.tag)}{private}")))
    parts.append(_indented(Text(versions(receipt), style="dim")))
    return Group(*parts)


def mail_lines(mail: EnrichedMail) -> list[Text]:
    """Who wrote, how we know it, and which groups that gives."""
    groups = [
        f"{group.group_id} (via {group.via_contact_id}, {_distance(group.distance)})" for group in mail.groups
    ]
    return [
        Text(f"To {mail.mailbox}, received {minute(mail.received_at)} UTC, {mail.classification}"),
        Text(f"From {sender(mail.sender)}; identity: {mail.identity_level}"),
        Text(f"Contact groups: {', '.join(groups) or 'none'}"),
    ]


def sender(who: Sender) -> str:
    """By ids: the address itself is content."""
    if who.user_id is not None:
        return f"our user {who.user_id} (named by {who.named_by})"
    if who.contact_id is None:
        return f"a stranger: no contact has the address or its domain (named by {who.named_by})"
    company = f" of {who.company_id}" if who.company_id not in (None, who.contact_id) else ""
    others = [each.contact_id for each in who.candidates if each.contact_id != who.contact_id]
    also = f"; it could also be {', '.join(others)}" if others else ""
    return f"{who.contact_id}{company}, matched by {who.matched_by} (named by {who.named_by}){also}"


def requirements(tag: Part) -> str:
    """`books … areas … user groups …` of anything that has `requires`."""
    requires = tag.model_dump(mode="json")["requires"]
    named = [f"{kind.replace('_', ' ')} {', '.join(ids)}" for kind, ids in requires.items() if ids]
    return "; ".join(named) or "nothing of its own"


def _head(receipt: RoutingDecision) -> Text:
    what = f"delivery {receipt.delivery_id}" if receipt.delivery_id else f"command {receipt.command_id}"
    revision = f" revision {receipt.revision}" if receipt.revision is not None else ""
    attempt = f"  (attempt {receipt.attempt})" if receipt.attempt else ""
    return Text.assemble(
        (receipt.outcome.upper(), f"bold {_OUTCOME_STYLES.get(receipt.outcome, 'yellow')}"),
        (f"  {what}", "bold"),
        f"  {receipt.ticket_id}{revision}{attempt}",
    )


def _steps(steps: tuple[Step, ...]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, expand=True)
    table.add_column("step", style="bold", no_wrap=True)
    table.add_column("result", overflow="fold", ratio=2)
    table.add_column("given by", overflow="fold", ratio=2)
    table.add_column("looked at", overflow="fold", ratio=5)
    for step in steps:
        result = Text(step.result) if step.result is not None else Text("nothing", style="dim")
        table.add_row(step.step, result, Text(step.because), Text("\n").join(map(_looked, step.looked_at)))
    return table


def _looked(looked: Looked) -> Text:
    style = _VERDICT_STYLES.get(looked.verdict, "")
    return Text.assemble((f"{looked.verdict:<7} ", style), f"{looked.candidate}: {looked.why}")


def versions(receipt: RoutingDecision) -> str:
    """What it was decided by, and the record that it is about."""
    source = receipt.source
    return (
        f"policy {receipt.policy_version[:12]}, directory {receipt.directory_version}, "
        f"decider {receipt.decider_version}, from {source.topic}-{source.partition}@{source.offset}"
    )


def _distance(steps: int) -> str:
    return "its own" if steps == 0 else f"{steps} above"


def _indented(line: Text) -> Padding:
    return Padding(line, (0, 0, 0, 2))
