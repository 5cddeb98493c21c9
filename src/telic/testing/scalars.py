"""Strategies for what has no parts: numbers, texts, instants, ids, addresses.

Every value is in the form in which telic keeps it: instants in UTC, decimals without
trailing zeros, floats finite and without a negative zero. What may never be here: a model.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import Enum
from importlib.util import find_spec
from uuid import UUID

from hypothesis import strategies as st
from pydantic import AwareDatetime

from telic.kernel.values import TypedId
from telic.testing.constraints import Limits
from telic.testing.errors import NoStrategy

__all__ = ["scalar"]

Strategy = st.SearchStrategy[object]

# No process lives before or after; beyond, a deadline "two days from now" leaves the calendar.
_FIRST, _LAST = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001  (Hypothesis adds the zone)
_FAR = 10**12
_PLACES = 6
_LABEL = "abcdefghijklmnopqrstuvwxyz0123456789"
_ASCII = st.characters(max_codepoint=127)


def scalar(kind: type, limits: Limits, where: str) -> Strategy | None:
    """Return the strategy for a type without parts, or ``None`` for any other.

    A typed id comes as a plain text: what its class says of it is for the caller to ask.

    Args:
        kind: The type.
        limits: What is said beside it.
        where: The field or the type, for messages.
    """
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if issubclass(kind, TypedId):
        return _texts(limits & Limits({"min_length": 1}), where)
    make = _SCALARS.get(kind)
    if make is not None:
        return make(limits, where)
    return _address(kind, where)


def _exact(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _steps(limits: Limits, size: Decimal) -> tuple[int | None, int | None]:
    """Return the smallest and the largest whole multiple of a size within the bounds."""
    lows, highs = [], []
    if (ge := _exact(limits.get("ge"))) is not None:
        lows.append(int((ge / size).to_integral_value(ROUND_CEILING)))
    if (gt := _exact(limits.get("gt"))) is not None:
        lows.append(int((gt / size).to_integral_value(ROUND_FLOOR)) + 1)
    if (le := _exact(limits.get("le"))) is not None:
        highs.append(int((le / size).to_integral_value(ROUND_FLOOR)))
    if (lt := _exact(limits.get("lt"))) is not None:
        highs.append(int((lt / size).to_integral_value(ROUND_CEILING)) - 1)
    return max(lows, default=None), min(highs, default=None)


def _booleans(limits: Limits, where: str) -> Strategy:  # noqa: ARG001  (one shape for all)
    return st.booleans()


def _integers(limits: Limits, where: str) -> Strategy:  # noqa: ARG001
    size = limits.number("multiple_of", 1) or 1
    low, high = _steps(limits, Decimal(size))
    return _between(low, high, None).map(lambda count: count * size)


def _between(low: int | None, high: int | None, far: int | None) -> st.SearchStrategy[int]:
    if far is not None:
        low, high = (
            low if low is not None else min(-far, high or 0),
            high if high is not None else max(far, low or 0),
        )
    if low is not None and high is not None and low > high:
        return st.nothing()
    return st.integers(low, high)


def _floats(limits: Limits, where: str) -> Strategy:  # noqa: ARG001
    size = limits.get("multiple_of")
    if isinstance(size, (int, float)):
        low, high = _steps(limits, Decimal(str(size)))
        return _between(low, high, _FAR).map(lambda count: float(count * size))
    low_at, above = _bound(limits, "ge", "gt", max)
    high_at, below = _bound(limits, "le", "lt", min)
    found = st.floats(low_at, high_at, exclude_min=above, exclude_max=below, allow_nan=False, allow_infinity=False)
    return found.map(lambda value: value + 0.0)  # a negative zero becomes the other one


def _bound(limits: Limits, held: str, beyond: str, tighter: Callable[..., float]) -> tuple[float | None, bool]:
    """Return one bound of a float, and whether it is excluded."""
    at, past = limits.get(held), limits.get(beyond)
    values = [float(one) for one in (at, past) if isinstance(one, (int, float, Decimal))]
    if not values:
        return None, False
    chosen = tighter(values)
    return chosen, isinstance(past, (int, float, Decimal)) and float(past) == chosen


def _decimals(limits: Limits, where: str) -> Strategy:  # noqa: ARG001
    size = _exact(limits.get("multiple_of"))
    if size is not None:
        return _between(*_steps(limits, size), _FAR).map(lambda count: _decimal(*_taken_apart(count * size)))
    digits, places = limits.number("max_digits"), limits.number("decimal_places")
    most = places if places is not None else min(_PLACES, digits if digits is not None else _PLACES)
    ways = [_scaled(limits, at, digits, places) for at in range(most + 1)]
    if places is None and digits is None and all(way.is_empty for way in ways):
        ways = [_scaled(limits, at, digits, places) for at in range(most, 30)]
    return st.one_of(ways)


def _scaled(limits: Limits, at: int, digits: int | None, places: int | None) -> st.SearchStrategy[Decimal]:
    """Return the decimals within the bounds that have so many places at most."""
    low, high = _steps(limits, Decimal((0, (1,), -at)))
    if digits is not None:
        whole = digits - places if places is not None else digits - at
        most = 10 ** (max(whole, 0) + at) - 1
        low = max(low, -most) if low is not None else -most
        high = min(high, most) if high is not None else most
    return _between(low, high, _FAR * 10**at).map(lambda count: _decimal(count, at))


def _taken_apart(value: Decimal) -> tuple[int, int]:
    exponent = value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return int(value.scaleb(places)), places


def _decimal(count: int, places: int) -> Decimal:
    """Return ``count / 10**places`` without trailing zeros, exactly."""
    while places > 0 and count % 10 == 0:
        count, places = count // 10, places - 1
    if places < 0:
        count, places = count * 10**-places, 0
    return Decimal((int(count < 0), tuple(int(one) for one in str(abs(count))), -places))


def _texts(limits: Limits, where: str) -> st.SearchStrategy[str]:
    low, high = limits.number("min_length", 0) or 0, limits.number("max_length")
    pattern = limits.get("pattern")
    if pattern is None:
        alphabet = _ASCII if limits.get("ascii_only") else st.characters(codec="utf-8")
        return st.text(alphabet, min_size=low, max_size=high)
    try:
        compiled = re.compile(pattern if isinstance(pattern, (str, re.Pattern)) else str(pattern))
    except re.error as error:
        raise NoStrategy(
            where, "a pattern that Python can read", f"{pattern!r} ({error})", "pass overrides for its type"
        ) from error
    found = st.from_regex(compiled, fullmatch=True)
    return found.filter(lambda value: low <= len(value) and (high is None or len(value) <= high))


def _bytes(limits: Limits, where: str) -> Strategy:  # noqa: ARG001
    return st.binary(min_size=limits.number("min_length", 0) or 0, max_size=limits.number("max_length"))


def _datetimes(limits: Limits, where: str) -> Strategy:  # noqa: ARG001
    def plain(name: str, step: timedelta, default: datetime) -> datetime:
        given = limits.get(name)
        if not isinstance(given, datetime):
            return default
        return (given.astimezone(UTC) if given.tzinfo is not None else given).replace(tzinfo=None) + step

    tick = timedelta(microseconds=1)
    low = max(plain("ge", timedelta(0), _FIRST), plain("gt", tick, _FIRST))
    high = min(plain("le", timedelta(0), _LAST), plain("lt", -tick, _LAST))
    return st.datetimes(low, max(low, high), timezones=st.just(UTC), allow_imaginary=False)


def _dates(limits: Limits, where: str) -> Strategy:  # noqa: ARG001
    day = timedelta(days=1)
    ge, gt, le, lt = (limits.get(name) for name in ("ge", "gt", "le", "lt"))
    lows = [ge if isinstance(ge, date) else _FIRST.date(), gt + day if isinstance(gt, date) else _FIRST.date()]
    highs = [le if isinstance(le, date) else _LAST.date(), lt - day if isinstance(lt, date) else _LAST.date()]
    return st.dates(max(lows), max(*lows, min(highs)))


def _spans(limits: Limits, where: str) -> Strategy:  # noqa: ARG001
    tick, far = timedelta(microseconds=1), timedelta(days=10_000)
    ge, gt, le, lt = (limits.get(name) for name in ("ge", "gt", "le", "lt"))
    lows = [one for one in (ge, gt + tick if isinstance(gt, timedelta) else None) if isinstance(one, timedelta)]
    highs = [one for one in (le, lt - tick if isinstance(lt, timedelta) else None) if isinstance(one, timedelta)]
    low = max(lows, default=min([-far, *highs]))
    return st.timedeltas(low, max(low, min(highs, default=max(far, low))))


def _times(limits: Limits, where: str) -> Strategy:  # noqa: ARG001
    return st.times()


def _uuids(limits: Limits, where: str) -> Strategy:  # noqa: ARG001
    version = limits.number("uuid_version")
    if version is None:
        return st.uuids()

    def marked(number: int) -> UUID:
        # By hand: ``uuid`` knows versions 6 to 8 only from Python 3.14 on.
        number = number & ~(0xF << 76) | (version << 76)
        return UUID(int=number & ~(0x3 << 62) | (0x2 << 62))

    return st.integers(0, 2**128 - 1).map(marked)


_SCALARS: dict[object, Callable[[Limits, str], Strategy]] = {
    bool: _booleans,
    int: _integers,
    float: _floats,
    Decimal: _decimals,
    str: _texts,
    bytes: _bytes,
    datetime: _datetimes,
    AwareDatetime: _datetimes,
    date: _dates,
    time: _times,
    timedelta: _spans,
    UUID: _uuids,
    type(None): lambda limits, where: st.none(),  # noqa: ARG005
}


def _address(kind: type, where: str) -> Strategy | None:
    """Return a strategy for one of Pydantic's addresses; they are told by their names."""
    names = [base.__name__ for base in kind.__mro__ if base.__module__ == "pydantic.networks"]
    label = st.text(_LABEL, min_size=1, max_size=12)
    hosts = label.map(lambda name: f"{name}.example.org")
    if "EmailStr" in names:
        if find_spec("email_validator") is None:
            raise NoStrategy(
                where, "email-validator beside Pydantic for EmailStr", "none", "pip install 'pydantic[email]'"
            )
        return st.builds(lambda user, host: f"{user}@{host}", label, hosts)
    if "_BaseUrl" in names and names[0] in ("AnyUrl", "AnyHttpUrl", "HttpUrl"):
        paths = st.lists(label, max_size=3).map("/".join)
        texts = st.builds(
            lambda scheme, host, path: f"{scheme}://{host}/{path}", st.sampled_from(["https", "http"]), hosts, paths
        )
        return texts.map(kind)
    return None
