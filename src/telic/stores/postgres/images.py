"""Images of the instances of one machine and tenant on a PostgreSQL server: read, and installed.

What may never be here: a step; the caller decides it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from telic.kernel.errors import RevisionConflict
from telic.kernel.snapshot import Commit
from telic.kernel.values import WorkflowId
from telic.runtime.acts import Act
from telic.runtime.images import Image, snapshot_in
from telic.stores.encoding import act_row
from telic.stores.imaging import ImageDialect, image_of, imaging

if TYPE_CHECKING:
    from telic.kernel.machine import AnyMachine
    from telic.stores.encoding import Encoder
    from telic.stores.postgres.store import Session
    from telic.stores.writes import Write

__all__ = ["Imaged"]

_DIALECT: Final = ImageDialect("$", "json_build_array({cells})::text", "encode({cell}, 'hex')", "{cell}::int")
# Triggers run at the end of a statement, in its transaction; that of a caller goes on.
_QUIET: Final = "SELECT n FROM saved WHERE set_config('telic.quiet', 'on', true) IS NOT NULL"
_LOUD: Final = "SELECT set_config('telic.quiet', '', true)"
_LEAVE: Final = """
    WITH kept AS (
        INSERT INTO {s}.telic_act (tenant, machine, id, operation, subject, act, actor, at_us, detail)
        VALUES ($1, $2, $3::text, $4, $5, $6, $7, $8::bigint, $9) ON CONFLICT DO NOTHING
    ), changed AS (
        UPDATE {s}.telic_outbox SET state = 5
        WHERE tenant = $1 AND machine = $2 AND intent_id > $3::text || ':' AND intent_id < $3::text || ';'
            AND id = $3::text AND NOT withdrawn AND cause IS NULL
            AND (state IN (0, 3) OR (state = 1 AND due_us <= $8::bigint)) AND {hurry}
        RETURNING 1
    )
    SELECT count(*) FROM changed"""


class Imaged:
    """How instances of a store on PostgreSQL are carried to another store; a part of the store."""

    lane_key: Session
    tenant: str
    _key: tuple[str, str]
    _machine: AnyMachine

    def _plain_encoder(self) -> Encoder[BaseModel]:
        raise NotImplementedError

    def _ring(self) -> None:
        raise NotImplementedError

    async def image(self, id: WorkflowId) -> Image | None:
        """Return all that is kept of an instance; see :class:`telic.runtime.images.KeepsImages`."""
        text = self.lane_key.statements.of_tables(imaging(_DIALECT))
        return image_of(await self.lane_key.rows("image", text, *self._key, id))

    async def install(self, id: WorkflowId, image: Image, act: Act, commit: Commit[BaseModel] | None = None) -> None:
        """Write all of an image as a new instance; see :class:`telic.runtime.images.KeepsImages`."""
        before = snapshot_in(self._machine.codec, id, self.tenant, image.instance)
        write = self._plain_encoder().admitted(image, commit.after if commit is not None else before, commit, act)
        await self._carried_out("install", write, quiet=True)
        await self.lane_key.change("install", _LOUD)  # where nothing was written, nothing is quiet
        self._ring()

    async def leave(self, act: Act, commit: Commit[BaseModel] | None = None) -> None:
        """Set aside all that nobody carries out yet; see :class:`telic.runtime.images.KeepsImages`."""
        if commit is not None:
            await self._carried_out("leave", self._plain_encoder().left(commit, act), quiet=False)
            return
        text = self.lane_key.statements.of(_LEAVE, hurry=self.lane_key.hurries)
        await self.lane_key.change("leave", text, *act_row(self._instance(act.workflow_id), act))

    def _instance(self, id: WorkflowId) -> tuple[str, str, str]:
        return (*self._key, str(id))

    async def _carried_out(self, operation: str, write: Write, *, quiet: bool) -> None:
        """Save rows in a statement of their own."""
        text, values = self.lane_key.statements.saving([write], hurry=self.lane_key.hurries)
        if quiet:
            text = text.removesuffix("SELECT n FROM saved") + _QUIET
        if not await self.lane_key.change(operation, text, *values):
            raise RevisionConflict(WorkflowId(write.instance[2]), write.expected)
