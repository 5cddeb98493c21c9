"""Stores that keep everything and give it back changed, each in one way; the others stand in `broken`."""

from datetime import timedelta
from decimal import Decimal

from telic.kernel.snapshot import NOTHING_SEEN, Status
from telic.kernel.waits import Deadline
from tests.testing.store_contract.broken import CAUGHT_BY, caught_by
from tests.testing.store_contract.plain import PlainStore

__all__ = ["CAUGHT_BY"]


class Tampering(PlainStore):
    """Keeps everything, and gives it back changed."""

    async def load(self, id, event_ids=()):
        snapshot = await super().load(id, event_ids)
        return self.changed(snapshot) if snapshot is not None else None


@caught_by("moments_are_exact", "the_first_moment_stays_and_the_last_one_moves")
class TruncatesMicroseconds(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(at=snapshot.at.replace(microsecond=snapshot.at.microsecond // 1000 * 1000))


@caught_by("moments_are_exact", "what_was_begun_is_loaded")
class DropsTheTimeZone(Tampering):
    def changed(self, snapshot):
        meta = snapshot.meta
        return snapshot._replace(
            at=snapshot.at.replace(tzinfo=None), meta=meta._replace(started_at=meta.started_at.replace(tzinfo=None))
        )


@caught_by("time_zones_are_kept", "moments_in_values_are_exact")
class TruncatesMicrosecondsInValues(Tampering):
    def changed(self, snapshot):
        held = snapshot.state.held
        at = held.at.replace(microsecond=0) if held.at is not None else None
        return snapshot._replace(state=snapshot.state.evolve(held=held.evolve(at=at)))


@caught_by("decimals_are_exact")
class DecimalsAsFloats(Tampering):
    def changed(self, snapshot):
        held = snapshot.state.held
        return snapshot._replace(
            state=snapshot.state.evolve(held=held.evolve(amount=Decimal(repr(float(held.amount)))))
        )


@caught_by("text_is_exact")
class TrimsText(Tampering):
    def changed(self, snapshot):
        held = snapshot.state.held
        return snapshot._replace(state=snapshot.state.evolve(held=held.evolve(text=held.text.strip())))


@caught_by("text_with_control_characters_is_exact")
class CutsTextAtNul(Tampering):
    def changed(self, snapshot):
        held = snapshot.state.held
        return snapshot._replace(state=snapshot.state.evolve(held=held.evolve(text=held.text.split("\0")[0])))


@caught_by("long_text_is_exact")
class CutsLongText(Tampering):
    def changed(self, snapshot):
        held = snapshot.state.held
        return snapshot._replace(state=snapshot.state.evolve(held=held.evolve(text=held.text[:65_535])))


@caught_by("a_withdrawn_intent_stays_withdrawn")
class ForgetsWithdrawn(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(open={id: one._replace(withdrawn=False) for id, one in snapshot.open.items()})


@caught_by("a_correlated_intent_stays_correlated")
class ForgetsCorrelated(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(open={id: one._replace(correlated=False) for id, one in snapshot.open.items()})


@caught_by("open_intents_keep_their_order")
class SortsOpenIntents(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(open=dict(sorted(snapshot.open.items())))


@caught_by("a_late_intent_is_kept")
class ForgetsLateIntents(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(late={})


@caught_by("a_wait_keeps_its_age")
class RenewsWaits(Tampering):
    def changed(self, snapshot):
        renewed = tuple(one._replace(since=snapshot.revision, opened_at=snapshot.at) for one in snapshot.waits)
        return snapshot._replace(waits=renewed)


@caught_by("a_fired_deadline_stays_fired")
class ForgetsFiredDeadlines(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(waits=tuple(one._replace(fired=None) for one in snapshot.waits))


@caught_by("waits_of_parts_are_kept")
class ForgetsDeadlinesOfParts(Tampering):
    def changed(self, snapshot):
        waits = tuple(one for one in snapshot.waits if not (isinstance(one.wait, Deadline) and "." in one.key))
        return snapshot._replace(waits=waits)


@caught_by("deferred_commands_are_kept_in_order", "unplaced_facts_are_kept_with_their_intent")
class ForgetsKeptEvents(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(parked=())


@caught_by("deferred_commands_are_kept_in_order")
class TurnsKeptEventsRound(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(parked=snapshot.parked[::-1])


@caught_by("a_cancelled_instance_is_cancelled", "a_terminated_instance_is_terminated")
class KnowsOneEndOnly(Tampering):
    def changed(self, snapshot):
        over = snapshot.status in (Status.CANCELLED, Status.TERMINATED)
        return snapshot._replace(status=Status.ENDED) if over else snapshot


@caught_by("what_was_begun_is_loaded")
class StatusAsText(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(status=str(snapshot.status.value))


@caught_by("the_business_key_and_the_parent_are_kept")
class ForgetsTheParent(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(meta=snapshot.meta._replace(parent=None))


@caught_by("an_instance_without_key_and_parent_has_none")
class EmptyTextForNone(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(meta=snapshot.meta._replace(key=snapshot.meta.key or ""))


@caught_by("the_first_moment_stays_and_the_last_one_moves")
class MovesTheFirstMoment(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(meta=snapshot.meta._replace(started_at=snapshot.at))


@caught_by("a_given_id_is_seen", "every_outcome_is_seen")
class SeesNothingButTheRevision(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(
            seen={
                id: one._replace(intent_ids=(), outcome=type(one.outcome)("stepped"))
                for id, one in snapshot.seen.items()
            }
        )


@caught_by("a_step_that_fails_and_is_tried_again_counts_once")
class ForgetsToLookEventIdsUp(Tampering):
    def changed(self, snapshot):
        return snapshot._replace(seen=NOTHING_SEEN)

    async def save(self, commit):
        given = {one.given_id for one in commit.records} - {None}
        for id in given & set(self.known.get(commit.id, {})):
            del self.known[commit.id][id]
        await super().save(commit)


@caught_by("random_runs_are_those_of_the_model")
class WrongInOneCorner(Tampering):
    """Mistakes the moment of an instance that keeps two events."""

    def changed(self, snapshot):
        wrong = len(snapshot.parked) == 2
        return snapshot._replace(at=snapshot.at + timedelta(microseconds=1)) if wrong else snapshot
