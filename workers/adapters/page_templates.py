"""Templates in `pages/`: everything that they print is escaped, made visible and bounded, without being asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from workers.adapters.visible_text import visible

TEXT_LIMIT = 300
"""Characters of one printed value."""

_LINK_LIMIT = 4_000


class PageTemplates:
    """Made once; `render` is pure. A name that a page lacks is a bug and raises."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("workers.adapters", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {"link": link, "time": time_element}
        self._environment.filters |= {
            "span": plain_span,
            "count": _count,
            "rate": _rate,
            "breakable": breakable,
        }

    def render(self, name: str, context: Mapping[str, object]) -> str:
        return self._environment.get_template(f"{name}.html").render(context)

    def asset(self, name: str) -> bytes:
        source, _, _ = PackageLoader("workers.adapters", "pages").get_source(self._environment, name)
        return source.encode()


def link(path: str, *segments: str, **query: object) -> Markup:
    """A path of ours with these segments, and those query values that are given; safe in an attribute."""
    place = path + "".join("/" + quote(segment, safe="") for segment in segments)
    given = {name: str(value) for name, value in query.items() if value not in (None, "")}
    whole = f"{place}?{urlencode(given)}" if given else place
    return escape(whole if len(whole) <= _LINK_LIMIT else path)


def time_element(at: datetime | None, seconds: bool = False) -> Markup:
    """UTC, to the minute; a dash for no time."""
    if at is None:
        return Markup("–")
    utc = at.astimezone(UTC)
    machine = utc.isoformat(timespec="seconds").replace("+00:00", "Z")
    people = utc.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}">{}</time>').format(machine, people)


def plain_span(span: timedelta | float | None) -> str:
    """The two largest units: `2 d 4 h`, `4 h 30 min`, `12 s`."""
    if span is None:
        return "–"
    seconds = int(span.total_seconds() if isinstance(span, timedelta) else span)
    units = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
    parts: list[str] = []
    for size, unit in units:
        number, seconds = divmod(seconds, size)
        if number or (parts and len(parts) < 2):
            parts.append(f"{number} {unit}" if number else "")
    return " ".join(filter(None, parts[:2])) or "under 1 s"


def breakable(text: str) -> Markup:
    """Long words of ours may wrap after a colon."""
    return Markup(":<wbr>").join(escape(part) for part in visible(text, TEXT_LIMIT).split(":"))


def _shown(value: object) -> object:
    """Markup is ours: macros, links, times. Everything else is a value."""
    return visible(value, TEXT_LIMIT) if isinstance(value, str) and not isinstance(value, Markup) else value


def _count(number: int) -> str:
    """Thousands apart."""
    return f"{number:,}"


def _rate(per_second: float | None) -> str:
    """Mails a second below ten to two digits."""
    if per_second is None:
        return "–"
    return f"{per_second:.2f}" if per_second < 10 else f"{per_second:,.0f}"
