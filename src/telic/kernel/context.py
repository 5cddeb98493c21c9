"""The context of one step: the only source of what is in neither state nor event.

Everything here derives from values that the journal keeps, by label and not by the order of
calls, so the same step yields the same result in any process, for ever. What may never be
here: a clock, a counter, or a source of randomness.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import UUID

from telic.kernel.values import EventId, WorkflowId

if TYPE_CHECKING:
    from telic.kernel.events import Fact
    from telic.kernel.intents import Intent
    from telic.kernel.snapshot import OpenWait

__all__ = ["DERIVED", "Context", "derived_event_id", "derived_revision"]


# Ids of this form name a record; an event of a caller cannot have one.
DERIVED = "telic:"


def derived_event_id(workflow_id: str, revision: int) -> EventId:
    """Return the id of an event that came without one: it names its own record."""
    return EventId(f"{DERIVED}{workflow_id}:{revision}")


def derived_revision(workflow_id: str, event_id: str) -> int | None:
    """Return the record that a derived event id names, or ``None`` for an id of another form."""
    prefix, _, number = event_id.removeprefix(DERIVED).rpartition(":")
    if prefix != workflow_id or not event_id.startswith(DERIVED) or not number.isdecimal():
        return None
    revision = int(number)
    return revision if revision > 0 and derived_event_id(workflow_id, revision) == event_id else None


class Context:
    """What a transition may know besides its state and its event.

    Attributes:
        now: The moment of the step, aware, in UTC.
        workflow_id: The instance.
        tenant: Whose instance it is; empty when there are no tenants.
        actor: Who caused the step, as the shell authenticated it; empty when nobody did.
        revision: The record that this step writes.
        answers: The intent that the event answers, if it answers one.
        task: The human task that the command completes, if it completes one.

    Example:
        >>> from datetime import UTC
        >>> ctx = Context(now=datetime(2026, 1, 1, tzinfo=UTC), workflow_id=WorkflowId("w"))
        >>> ctx.uuid("shipment") == ctx.uuid("shipment")
        True
        >>> ctx.uuid("shipment") == ctx.uuid("parcel")
        False
        >>> 0 <= ctx.random("sample") < 1
        True
    """

    __slots__ = ("_event_id", "actor", "answers", "now", "revision", "task", "tenant", "workflow_id")

    def __init__(
        self,
        now: datetime,
        workflow_id: WorkflowId = WorkflowId("none"),  # noqa: B008  (frozen)
        tenant: str = "",
        actor: str = "",
        revision: int = 1,
        event_id: EventId | None = None,
        answers: Intent[Fact] | None = None,
        task: OpenWait | None = None,
    ) -> None:
        """Keep the values of one step; tests may leave out all but ``now``."""
        self.now = now
        self.workflow_id = workflow_id
        self.tenant = tenant
        self.actor = actor
        self.revision = revision
        self._event_id = event_id
        self.answers = answers
        self.task = task

    def in_step(
        self,
        workflow_id: WorkflowId,
        tenant: str,
        actor: str,
        revision: int,
        event_id: EventId | None,
        answers: Intent[Fact] | None = None,
        task: OpenWait | None = None,
    ) -> Context:
        """Return the context of one record: the same moment, with what belongs to the record.

        What explores a machine overrides this, to see what a transition asks for.
        """
        return Context(self.now, workflow_id, tenant, actor, revision, event_id, answers, task)

    @property
    def event_id(self) -> EventId:
        """The id of the event; derived from the record where the caller named none."""
        return self._event_id or derived_event_id(self.workflow_id, self.revision)

    def uuid(self, label: str) -> UUID:
        """Return the UUID of this step that has this label.

        Args:
            label: What the id is for; two labels give two ids.

        Returns:
            A version 8 UUID (RFC 9562, section 5.8), the same in every process.
        """
        return UUID(bytes=_as_version_8(self._digest("uuid", label, 16)))

    def random(self, label: str) -> float:
        """Return the number of this step that has this label, from 0 up to 1.

        Args:
            label: What the number is for; two labels give two numbers.
        """
        return (int.from_bytes(self._digest("random", label, 8), "big") >> 11) / 2**53

    def _digest(self, purpose: str, label: str, size: int) -> bytes:
        parts = (purpose, self.tenant, self.workflow_id, str(self.revision), label)
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return blake2b(text.encode(), digest_size=size).digest()

    def __repr__(self) -> str:
        """Return the parts that tell steps apart."""
        return f"Context(now={self.now.isoformat()}, workflow_id={self.workflow_id!r}, revision={self.revision})"


def _as_version_8(raw: bytes) -> bytes:
    """Set the version and variant bits; ``uuid.UUID`` knows versions 6 to 8 only from 3.14 on."""
    number = int.from_bytes(raw, "big")
    number = number & ~(0xF << 76) | (8 << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    return number.to_bytes(16, "big")
