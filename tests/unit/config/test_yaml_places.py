"""YAML as operators mean it, with lines, and bounded."""

from pathlib import Path

import pytest

from config.yaml_places import MAX_REPEATED_VALUES, parse_yaml, read_yaml
from workers.errors import WrongConfiguration


def refusal(text: str) -> str:
    with pytest.raises(WrongConfiguration) as caught:
        parse_yaml(text, "f.yaml")
    return caught.value.public


def test_values_are_those_of_yaml_1_2() -> None:
    """`NO` is a country, 1.10 as a key is text, a date is text."""
    text = "NO: off\n1.10: yes\nday: 2026-12-24\nnumber: 0o17\nbool: true\nnothing:\n"
    expected = {"NO": "off", "1.10": "yes", "day": "2026-12-24", "number": 15, "bool": True, "nothing": None}
    assert expected == parse_yaml(text, "f.yaml").value


def test_each_value_knows_its_line() -> None:
    """Of its key, or of its item; of the nearest place above where it does not exist."""
    document = parse_yaml("a:\n  b: 1\n  c:\n    - x\n    - y: 2\n", "f.yaml")
    assert [2, 3, 5, 5, 1] == [
        document.line_of(path) for path in [("a", "b"), ("a", "c"), ("a", "c", 1), ("a", "c", 1, "z"), ("q",)]
    ]


def test_a_key_twice_is_refused_at_its_second_line() -> None:
    """Else the first is silently lost."""
    assert refusal("a:\n  b: 1\n  b: 2\n") == "f.yaml:3: a.b: is here twice; keep one of both"


def test_what_is_not_yaml_is_refused_with_its_line() -> None:
    """In the words of the parser."""
    assert refusal("a: [1\nb: 2\n").startswith("f.yaml:2: is not YAML:")


@pytest.mark.parametrize("text", ["a: !!python/object:os.system x", "a: !secret x"])
def test_tags_construct_nothing(text: str) -> None:
    """Plain values only."""
    assert "has a YAML tag" in refusal(text)


def test_a_bomb_of_aliases_is_refused() -> None:
    """Nine levels of nine: 400 million values in a few lines."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert MAX_REPEATED_VALUES < 9**9
    assert "aliases repeat too much" in refusal("\n".join(lines))


def test_an_alias_inside_itself_is_refused() -> None:
    """A value without end."""
    assert "nested too deeply" in refusal("a: &a [*a]")


def test_deep_nesting_is_refused() -> None:
    """Neither the parser nor we run out of stack."""
    assert "deeply" in refusal("[" * 5_000 + "]" * 5_000)


def test_an_alias_in_measure_is_the_same_value() -> None:
    """They are for people who repeat themselves."""
    assert {"a": [1], "b": [1]} == parse_yaml("a: &x [1]\nb: *x\n", "f.yaml").value


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(WrongConfiguration, match=r"none\.yaml: cannot be read .*check the path"):
        read_yaml(tmp_path / "none.yaml")


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """UTF-8, with or without a mark."""
    (tmp_path / "latin.yaml").write_bytes("a: é".encode("latin-1"))
    (tmp_path / "bom.yaml").write_bytes("a: é".encode("utf-8-sig"))
    assert {"a": "é"} == read_yaml(tmp_path / "bom.yaml").value
    with pytest.raises(WrongConfiguration, match="not UTF-8"):
        read_yaml(tmp_path / "latin.yaml")
