"""Images of the instances of one machine and tenant in a SQLite file: read, and installed.

What may never be here: a step; the caller decides it.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from telic.kernel.codec import microseconds
from telic.kernel.errors import StoreError
from telic.kernel.snapshot import Commit
from telic.kernel.values import WorkflowId
from telic.runtime.acts import Act
from telic.runtime.images import Image, snapshot_in
from telic.stores.encoding import act_row
from telic.stores.imaging import ImageDialect, image_of, imaging
from telic.stores.sqlite.statements import STATEMENTS
from telic.stores.sqlite.transaction import saved_alone
from telic.stores.writes import Step

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine
    from telic.stores.encoding import Encoder
    from telic.stores.sqlite.session import Session

__all__ = ["Imaged"]

_DIALECT: Final = ImageDialect("?", "json_array({cells})", "hex({cell})", "{cell}")
_LAST_TOLD: Final = "SELECT coalesce(max(number), 0) FROM telic_happening"
_UNTELL: Final = "DELETE FROM telic_happening WHERE number > ? AND tenant = ? AND machine = ? AND id = ?"


class Imaged:
    """How instances of a store on SQLite are carried to another store; a part of the store."""

    lane_key: Session
    tenant: str
    _key: tuple[str, str]
    _machine: AnyMachine

    def _plain_encoder(self) -> Encoder[BaseModel]:
        raise NotImplementedError

    async def image(self, id: WorkflowId) -> Image | None:
        """Return all that is kept of an instance; see :class:`telic.runtime.images.KeepsImages`."""
        return image_of(self.lane_key.rows("image", imaging(_DIALECT).format(s=""), (*self._key, id)))

    async def install(self, id: WorkflowId, image: Image, act: Act, commit: Commit[BaseModel] | None = None) -> None:
        """Write all of an image as a new instance; see :class:`telic.runtime.images.KeepsImages`."""
        before = snapshot_in(self._machine.codec, id, self.tenant, image.instance)
        write = self._plain_encoder().admitted(image, commit.after if commit is not None else before, commit, act)

        def work(connection: sqlite3.Connection) -> StoreError | None:
            (last,) = connection.execute(_LAST_TOLD).fetchone()
            outcome = saved_alone(connection, self.lane_key.path, write)
            connection.execute(_UNTELL, (last, *write.instance))
            return outcome

        _raised(await self.lane_key.carry_out("install", work))
        self.lane_key.hints.ring()

    async def leave(self, act: Act, commit: Commit[BaseModel] | None = None) -> None:
        """Set aside all that nobody carries out yet; see :class:`telic.runtime.images.KeepsImages`."""
        instance = (*self._key, str(act.workflow_id))
        write = self._plain_encoder().left(commit, act) if commit is not None else None

        def work(connection: sqlite3.Connection) -> StoreError | None:
            if write is not None:
                return saved_alone(connection, self.lane_key.path, write)
            connection.execute(STATEMENTS[Step.KEEP_ACT].text, act_row(instance, act))
            connection.execute(STATEMENTS[Step.LEAVE].text, (*instance, microseconds(act.at)))
            return None

        _raised(await self.lane_key.carry_out("leave", work))


def _raised(outcome: StoreError | None) -> None:
    if outcome is not None:
        raise outcome
