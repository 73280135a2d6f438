"""Every rule of the domain is shown by a test, or says why it is not taken over."""

import pytest

from tests.support.rules_table import DECISIONS, RULES, TESTS, names_by_rule, numbers_in, state

BY_RULE = names_by_rule(TESTS)
EXPLAINED = numbers_in(DECISIONS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", sorted(RULES))
def test_no_rule_is_forgotten(number: int) -> None:
    """`make rules` prints the table."""
    assert "MISSING" != state(number, BY_RULE, EXPLAINED)


def test_tests_name_no_rule_that_does_not_exist() -> None:
    """A slip in a number would claim what nobody shows."""
    assert set() == set(BY_RULE) - set(RULES)
