"""Cases of claims: leases and epochs, retries, what is withdrawn, what a pause holds, dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import anyio

from telic.kernel.events import Pause, Resume
from telic.kernel.orders import FailureCause
from telic.kernel.values import IntentId
from telic.runtime.claims import Claim, Settlement, buried, given_up, left_for_later, released, retried
from telic.runtime.protocols import DurableStore
from telic.testing.store_contract.machine import NOON, Recall, Weigh, Weighed
from telic.testing.store_contract.rules import Capability, case
from telic.testing.store_contract.story import open_intent, sent
from telic.testing.store_contract.trial import Trial

_LATER = NOON + timedelta(hours=1)
_LEASE = timedelta(seconds=30)
_ONE = "claim in one statement or one transaction, so that nobody else finds the same row"
_FENCED = "raise the epoch with each claim, and change only a row that is leased under the claim's epoch"
_WITHDRAWN = "let a withdrawn intent become ready at once, but for what runs or may have happened"


def _books(trial: Trial) -> DurableStore:
    return cast("DurableStore", trial.store)


async def _claimed(
    trial: Trial, most: int = 10, *, at: datetime = _LATER, store: DurableStore | None = None
) -> tuple[Claim, ...]:
    books = store or _books(trial)
    return await books.claim({"Weigh": most}, most, now=at, until=at + _LEASE, worker="kit")


async def _settled(trial: Trial, *settlements: Settlement) -> None:
    heard = await _books(trial).settle(settlements)
    trial.hold(heard == (True,) * len(settlements), "settlements of claims that stand to be heard", heard)


def _ids(claims: Sequence[Claim]) -> list[str]:
    return sorted(str(claim.id) for claim in claims)


@case(Capability.CLAIMS, do=_ONE)
async def an_intent_is_claimed_once_at_a_time(trial: Trial) -> None:
    """What is due is claimed by one, and by another only when the lease has ended, which counts as a crash."""
    await sent(trial)
    first = await _claimed(trial)
    trial.hold(len(first) == 3, "three claims", first)
    trial.hold(await _claimed(trial) == (), "no claim of what is claimed", await _claimed(trial))
    told = {(claim.attempt, claim.crashes, claim.epoch) for claim in first}
    trial.hold(told == {(1, 0, 1)}, "attempt 1, no crash and epoch 1", told)
    again = await _claimed(trial, at=_LATER + _LEASE)
    trial.same(_ids(first), _ids(again), "what is claimed after the end of the leases")
    told = {(claim.attempt, claim.crashes, claim.epoch) for claim in again}
    trial.hold(told == {(2, 1, 2)}, "attempt 2, one crash and epoch 2", told)


@case(Capability.CLAIMS, do=_ONE)
async def claims_at_the_same_time_share_nothing(trial: Trial) -> None:
    """Of many who claim at the same time no two get the same intent."""
    await sent(trial, items=12)
    found: list[Claim] = []

    async def client() -> None:
        for _ in range(3):
            found.extend(await _claimed(trial, 2))

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(client)
    trial.hold(len(_ids(found)) == len(set(_ids(found))), "each intent claimed once", _ids(found))
    left = await _claimed(trial, 20)
    trial.hold(len(found) + len(left) == 12, "all twelve claimed", len(found) + len(left))


@case(Capability.CLAIMS, do="take no more rows of a type than are wanted, nor more in all than the limit")
async def no_more_is_claimed_than_is_wanted(trial: Trial) -> None:
    """A claim returns no more of a type than are wanted, and no more in all than the limit."""
    await sent(trial)
    books = _books(trial)
    counts: list[int] = []
    for wanted, limit in (({"Weigh": 0, "check-it": 5}, 9), ({"Weigh": 1}, 9), ({"Weigh": 9, "Notify": 9}, 2)):
        claims = await books.claim(wanted, limit, now=_LATER, until=_LATER + _LEASE, worker="kit")
        counts.append(len(claims))
    trial.hold(counts == [1, 1, 2], "one, one and two claims", counts)


@case(Capability.CLAIMS, do=_FENCED)
async def a_stale_claim_is_not_heard(trial: Trial) -> None:
    """What is said of a claim is not heard once somebody else has claimed the intent."""
    await sent(trial, items=1)
    (stale,) = await _claimed(trial)
    (fresh,) = await _claimed(trial, at=_LATER + _LEASE)
    books = _books(trial)
    for settlement in (
        retried(stale, _LATER, "no"),
        released(stale, _LATER),
        left_for_later(stale, None),
        given_up(stale, FailureCause.EXHAUSTED, "no"),
        buried(stale, "no"),
    ):
        heard = await books.settle([settlement])
        trial.hold(heard == (False,), f"{settlement.state.name} of a stale claim not to be heard", heard)
    trial.hold(await books.renew([stale], _LATER) == {}, "no renewal of a stale claim", stale)
    held = await books.renew([fresh], _LATER + 3 * _LEASE)
    trial.hold(dict(held) == {fresh.id: False}, "the renewal of the claim that stands", held)
    trial.hold(await _claimed(trial, at=_LATER + 2 * _LEASE) == (), "no claim of what was renewed", fresh)


@case(Capability.CLAIMS, do="write the moment of the retry as the row's due moment, and find rows by it")
async def a_retry_waits_for_its_moment(trial: Trial) -> None:
    """An intent that is to be tried again is claimed at its moment, with what went wrong, and not before."""
    await sent(trial, items=2)
    first, second = await _claimed(trial)
    await _settled(trial, retried(first, _LATER + 5 * _LEASE, "no network"), released(second, _LATER))
    (given_back,) = await _claimed(trial)
    trial.hold((given_back.id, given_back.attempt) == (second.id, 1), "what was given back, uncounted", given_back)
    due = await _books(trial).next_due(["Weigh"])
    trial.hold(due == given_back.until, "the end of the lease as the next due moment", due)
    (again,) = [one for one in await _claimed(trial, at=_LATER + 5 * _LEASE) if one.id == first.id]
    told = (again.attempt, again.crashes, again.problem)
    trial.hold(told == (2, 0, "no network"), "attempt 2, no crash, and the problem", told)


@case(Capability.CLAIMS, do="delete the row of an answered intent, whoever holds its claim")
async def an_answer_counts_whoever_holds_the_claim(trial: Trial) -> None:
    """An answered intent is claimed no more, and nothing that is said of its claim is heard."""
    loaded = await sent(trial, items=1)
    (claim,) = await _claimed(trial)
    id = open_intent(loaded, Weigh)
    await trial.step(Weighed.model_validate({"item_id": "item-0"}), answers=id)
    heard = await _books(trial).settle([buried(claim, "no")])
    trial.hold(heard == (False,), "the settlement of an answered intent not to be heard", heard)
    trial.hold(await _claimed(trial, at=_LATER + 2 * _LEASE) == (), "no claim of an answered intent", claim)
    trial.hold(await _books(trial).next_due(["Weigh"]) is None, "nothing due", id)


@case(Capability.CLAIMS, do=_WITHDRAWN)
async def a_withdrawn_intent_is_ready_at_once(trial: Trial) -> None:
    """A withdrawn intent is claimed at once to be ended, wherever it stood, but for one that runs."""
    await sent(trial, items=5)
    dead, later, failed, given_back, running = await _claimed(trial)
    await _settled(
        trial, buried(dead, "no", FailureCause.EXHAUSTED), left_for_later(later, None),
        retried(failed, _LATER + 99 * _LEASE, "no"), released(given_back, _LATER),
    )  # fmt: skip
    await trial.step(Recall())
    claims = await _claimed(trial)
    trial.same(_ids([dead, later, failed, given_back]), _ids(claims), "what is claimed after the withdrawal")
    told = {(one.opened.withdrawn, one.overdue, one.cause) for one in claims}
    trial.hold(told == {(True, False, None)}, "all withdrawn, none overdue or given up", told)
    held = await _books(trial).renew([running], _LATER + _LEASE)
    trial.hold(dict(held) == {running.id: True}, "the renewal to say that it was withdrawn", held)
    await _settled(trial, retried(running, _LATER + 99 * _LEASE, "no"))
    trial.same([str(running.id)], _ids(await _claimed(trial)), "what is claimed when it comes back")


@case(Capability.CLAIMS, do=_WITHDRAWN)
async def what_may_have_happened_survives_a_withdrawal(trial: Trial) -> None:
    """In doubt, or with an answer that was not taken, an intent is not ended by a withdrawal."""
    await sent(trial, items=5)
    answered, doubted, late_answered, late_doubted, late_failed = await _claimed(trial)
    doubt = FailureCause.IN_DOUBT
    await _settled(trial, buried(answered, "no"), buried(doubted, "no", doubt))
    await trial.step(Recall())
    await _settled(trial, buried(late_answered, "no"), buried(late_doubted, "no", doubt))
    await _settled(trial, buried(late_failed, "no", FailureCause.EXHAUSTED))
    found = {str(one.id): one.cause for one in await _claimed(trial)}
    trial.same({str(doubted.id): doubt, str(late_failed.id): None}, found, "what is claimed, with the cause")
    dead = sorted(str(one.opened.id) for one in await _books(trial).dead_letters())
    trial.same(_ids([answered, late_answered, late_doubted]), dead, "the dead letters")


@case(Capability.CLAIMS, do=_WITHDRAWN)
async def a_lapsed_claim_of_a_withdrawn_intent_counts_as_a_crash(trial: Trial) -> None:
    """One that was withdrawn while it ran, and whose lease has ended, is claimed with its crash."""
    await sent(trial, items=1)
    (claim,) = await _claimed(trial)
    await trial.step(Recall())
    trial.hold(await _claimed(trial) == (), "no claim while the lease stands", claim)
    (again,) = await _claimed(trial, at=_LATER + _LEASE)
    told = (again.opened.withdrawn, again.crashes, again.cause)
    trial.hold(told == (True, 1, None), "withdrawn, with one crash", told)
    await _settled(trial, given_up(again, FailureCause.IN_DOUBT, "no", due=_LATER))
    (noted,) = await _claimed(trial, at=_LATER + _LEASE)
    trial.hold(noted.cause is FailureCause.IN_DOUBT, "the note that it is in doubt", noted)


@case(Capability.CLAIMS, do="hold what is ready when its instance is paused, and let it go with the resumption")
async def a_pause_holds_what_is_not_claimed(trial: Trial) -> None:
    """Intents of a paused instance are claimed after its resumption; what runs is held when it comes back."""
    await sent(trial, items=2)
    (running,) = await _claimed(trial, 1)
    await trial.step(Pause())
    await _settled(trial, retried(running, _LATER, "no"))
    trial.hold(await _claimed(trial) == (), "no claim during the pause", running)
    trial.hold(await _books(trial).next_due(["Weigh"]) is None, "nothing due during the pause", running)
    await trial.step(Resume())
    trial.hold(len(await _claimed(trial)) == 2, "both claimed after the pause", running)


@case(Capability.CLAIMS, do="list rows of dead letters by their ids, and make them ready again when they are redriven")
async def dead_letters_wait_for_a_redrive(trial: Trial) -> None:
    """Dead letters are listed in pages, in the order of their ids, and claimed again only after a redrive."""
    await sent(trial)
    books = _books(trial)
    await _settled(trial, *[buried(one, "no", FailureCause.EXHAUSTED) for one in await _claimed(trial)])
    trial.hold(await _claimed(trial, at=_LATER + 99 * _LEASE) == (), "no claim of a dead letter", None)
    first = await books.dead_letters(limit=2)
    rest = await books.dead_letters(after=first[-1].opened.id)
    found = [str(one.opened.id) for one in (*first, *rest)]
    trial.hold(len(found) == 3 and found == sorted(found), "three in the order of their ids", found)
    count = await books.redrive([rest[0].opened.id, IntentId("none:1:0")], now=_LATER)
    trial.hold(count == 1, "one redriven", count)
    (again,) = await _claimed(trial)
    told = (str(again.id), again.attempt, again.crashes, again.cause)
    trial.hold(told == (found[2], 1, 0, None), "as if for the first time", told)
    trial.hold(await books.redrive(now=_LATER) == 2, "the others redriven", await books.dead_letters())
