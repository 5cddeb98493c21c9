"""Cases of values: each kind comes back as it was, in a state, an event, an intent and an answer.

One table: what is tried, and the fields that try it. What may never be here: a value that
equals what a careless store makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

from telic.kernel.events import Terminate
from telic.kernel.frozen import FrozenMap, FrozenSet
from telic.kernel.values import WorkflowId
from telic.testing.store_contract.machine import (
    Check,
    Checked,
    Everything,
    Grade,
    Inner,
    ItemId,
    Mark,
    Open,
    Send,
)
from telic.testing.store_contract.rules import CaseFunction, case
from telic.testing.store_contract.story import open_intent
from telic.testing.store_contract.trial import Trial

_BYTES = "keep the bytes of machine.codec as bytes, and do not read them"
_ZONE = timezone(timedelta(hours=5, minutes=45))
_EARLY, _END = datetime(1, 1, 2, 0, 0, 0, 1, tzinfo=UTC), datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC)

VALUES: Mapping[str, tuple[str, Sequence[Mapping[str, object]]]] = {
    "text_is_exact": (
        "Text of any script, with quotes, backslashes, line ends and blanks at its ends, is loaded as it was saved",
        [
            {"text": " Grüße, 世界 😀 e\u0301 \"' \\ \\u0041 %s {} $1 ? :a \r\n\t "},
            {"text": "ﬁ\u200b\u2028\ufeff\U0010ffff"},
        ],
    ),
    "text_with_control_characters_is_exact": (
        "Text with NUL and other control characters is loaded as it was saved",
        [{"text": "a\x00b\x01\x1f\x7f\x00"}, {"text": "\x00"}],
    ),
    "long_text_is_exact": (
        "Text of 64 KiB, of one byte or four to a character, is loaded as it was saved",
        [{"text": "x" * 65536}, {"text": "😀" * 16384}],
    ),
    "decimals_are_exact": (
        "Decimals are loaded digit by digit: they never become floats",
        [
            {"amount": Decimal("0.1"), "stock": FrozenMap({ItemId("a"): Decimal("1e-30")})},
            {"amount": Decimal("-123456789012345678901234567890.123456789012345678901234567890")},
            {"amount": Decimal(10) ** 40, "pair": ("sum", Decimal("0.30000000000000004"))},
        ],
    ),
    "whole_numbers_are_exact": (
        "Whole numbers are loaded exactly, beyond 53 and 64 bits too",
        [{"whole": 2**53 + 1}, {"whole": -(2**63) - 1, "numbers": (2**64, 0, -1)}, {"whole": 10**60}],
    ),
    "floats_are_exact": (
        "Floats are loaded bit by bit",
        [{"ratio": one} for one in (0.1, 5e-324, 1.7976931348623157e308, -0.0, 1 / 3)],
    ),
    "moments_in_values_are_exact": (
        "Moments are loaded to the microsecond, in any year",
        [
            {"at": datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)},
            {"at": _EARLY, "nested": (Inner(at=datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)),)},
            {"at": _END},
        ],
    ),
    "time_zones_are_kept": (
        "Moments are loaded aware and in UTC, whatever the time zone they were given in",
        [{"at": datetime(2026, 3, 29, 2, 30, 0, 7, tzinfo=_ZONE)}, {"at": datetime(2026, 1, 1, tzinfo=UTC)}],
    ),
    "days_and_durations_are_exact": (
        "Days and durations are loaded exactly",
        [
            {"day": date(2024, 2, 29), "elapsed": timedelta(days=400, microseconds=1)},
            {"day": date(1, 1, 1), "elapsed": -timedelta(microseconds=1)},
        ],
    ),
    "bytes_and_uuids_are_exact": (
        "Bytes and UUIDs are loaded exactly",
        [{"raw": bytes(range(256)), "unique": UUID(int=1)}, {"raw": b"\x00", "unique": UUID(int=2**128 - 1)}],
    ),
    "enums_and_typed_ids_keep_their_types": (
        "Members of enums and typed ids are loaded as such, not as plain text",
        [{"grade": Grade.ODD, "item_id": ItemId("Ü/1"), "sure": True}, {"item_id": ItemId("1")}],
    ),
    "nothing_is_not_empty": (
        "None, the empty text, zero and false are told apart",
        [{"text": "", "at": None, "item_id": None, "pair": ("", Decimal(0))}, {"text": "None"}, {"text": "null"}],
    ),
    "maps_and_sets_keep_their_order": (
        "Maps and sets are loaded with all of their content, in their order",
        [
            {
                "stock": FrozenMap({ItemId(key): Decimal(number) for number, key in enumerate("baAäZ10")}),
                "tags": FrozenSet({"10", "9", "a", "B", "ä", ""}),
            }
        ],
    ),
    "values_in_values_are_exact": (
        "Values inside values are loaded exactly",
        [{"nested": tuple(Inner(amount=Decimal(number) / 7) for number in range(5)), "numbers": tuple(range(1000))}],
    ),
}


def _tried(name: str, rule: str, rows: Sequence[Mapping[str, object]]) -> CaseFunction:
    async def run(trial: Trial) -> None:
        for row in rows:
            beside = trial.fresh()
            await _through_everything(beside, Everything.model_validate(row), f"{name}-{rows.index(row)}")

    run.__name__ = name
    run.__doc__ = rule
    return case(do=_BYTES)(run)


async def _through_everything(trial: Trial, held: Everything, name: str) -> None:
    """Keep a value in the state, the event and the intent, and in an answer that is kept."""
    id = WorkflowId(name)
    await trial.begin(Open(held=held), id)
    await trial.agree()
    await trial.step(Mark(mark=1, held=held), id)
    await trial.step(Send(), id)
    await trial.agree()
    loaded = await trial.load(id)
    await trial.step(Terminate(reason=held.text), id)
    await trial.step(Checked(item_id=ItemId("all"), held=held), id, answers=open_intent(loaded, Check))
    await trial.agree()


for _name, (_rule, _rows) in VALUES.items():
    _tried(_name, _rule, _rows)
