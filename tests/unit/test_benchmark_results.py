"""The benchmarks' own arithmetic, and how figures come into RESULTS.md."""

from tests.benchmarks.measured import Findings, Measured
from tests.benchmarks.recorded_outputs import Output, Recipe
from tests.benchmarks.report import markdown
from tests.benchmarks.results_file import marker, with_figures


def test_a_ratio_is_of_the_medians_and_its_spread_of_single_rounds() -> None:
    """One bad round changes the spread and not the ratio."""
    line = Measured("throughput", "mails/s", (50.0, 60.0, 10.0), "bare", (100.0, 100.0, 100.0), True)
    assert (0.5, (0.1, 0.6)) == (line.ratio, line.ratio_spread)


def test_ratios_come_before_absolute_figures() -> None:
    """A reader meets first what can be compared."""
    line = Measured("throughput", "mails/s", (1234.0,), "bare", (2468.0,), True)
    written = markdown(Findings("route", "About.", [line]))
    assert written.index("0.50") < written.index("1,234")


def test_new_figures_take_the_place_of_the_old_ones_and_leave_the_words() -> None:
    """RESULTS.md is written by people, its figures by the benchmarks."""
    before = f"Words.\n\n{marker('route')}\nold\n{marker('route', 'end of ')}\n\nMore words.\n"
    after = with_figures(before, "route", "new")
    assert before.replace("old", "new") == after


def test_a_new_benchmark_is_added_at_the_end() -> None:
    """Nobody has to prepare the document."""
    assert with_figures("Words.\n", "price", "new").endswith(
        f"## price\n\n{marker('price')}\nnew\n{marker('price', 'end of ')}\n"
    )


def test_a_pass_through_writes_every_output_once_and_a_receipt_for_each_mail() -> None:
    """The reference must write as much as routing wrote."""
    receipts: list[Output] = [("routing.decisions", b"k", str(n).encode(), []) for n in range(4)]
    routed: list[Output] = [("tickets.routed", b"k", str(n).encode(), []) for n in range(3)]
    recipe = Recipe({0: 4}, {0: {"routing.decisions": receipts, "tickets.routed": routed}})
    portions = recipe.of(0)
    written = sorted(output[:3] for portion in portions for output in portion)
    assert sorted(output[:3] for output in (*receipts, *routed)) == written
    assert [1] * 4 == [sum(output[0] == "routing.decisions" for output in portion) for portion in portions]
