"""Who said what to whom: sequence diagrams, as Mermaid, SVG or text.

A sequence is plain data. The stories that a proof tells are drawn with it, and the journal of
an instance. What may never be here: the meaning of a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final, TypeAlias

from telic.graph.boxes import BODY, PAD
from telic.graph.in_mermaid import escaped
from telic.graph.measuring import line_height, width_of
from telic.graph.views import E, S
from telic.kernel.journal import JournalEntry
from telic.kernel.machine import Machine
from telic.kernel.snapshot import Begin

__all__ = ["Loop", "Message", "Note", "Part", "Sequence", "sequence"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        sender: Who sends it.
        receiver: Who gets it.
        text: What it says.
        reply: It answers an earlier one.
    """

    sender: str
    receiver: str
    text: str
    reply: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A remark at somebody's line.

    Attributes:
        over: Whose line.
        text: What it says.
    """

    over: str
    text: str


@dataclass(frozen=True, slots=True)
class Loop:
    """Where what is repeated begins, or ends.

    Attributes:
        text: What is said of it; empty for the end.
    """

    text: str = ""


Part: TypeAlias = Message | Note | Loop


@dataclass(frozen=True, slots=True)
class Sequence:
    """Messages in order.

    Attributes:
        title: What the machine is called.
        parts: Messages, notes, and the borders of what is repeated; the machine itself is ``M``.
    """

    title: str
    parts: tuple[Part, ...]

    def people(self) -> tuple[str, ...]:
        """Return everybody who takes part, in the order of appearance, the machine first."""
        names = ["M"]
        for one in self.parts:
            names += [one.sender, one.receiver] if isinstance(one, Message) else []
        return tuple(dict.fromkeys(names))

    def mermaid(self) -> str:
        """Return it as a Mermaid sequence diagram."""
        lines = ["sequenceDiagram", f"    participant M as {escaped(self.title)}"]
        for one in self.parts:
            if isinstance(one, Message):
                arrow = "-->>" if one.reply else "->>"
                lines.append(f"    {escaped(one.sender)}{arrow}{escaped(one.receiver)}: {escaped(one.text)}")
            elif isinstance(one, Note):
                lines.append(f"    Note over {escaped(one.over)}: {escaped(one.text)}")
            else:
                lines.append(f"    loop {escaped(one.text)}" if one.text else "    end")
        return "\n".join(lines)

    def text(self) -> str:
        """Return it as lines."""
        lines = [self.title]
        for one in self.parts:
            if isinstance(one, Message):
                sender, receiver = (self.title if name == "M" else name for name in (one.sender, one.receiver))
                lines.append(f"  {sender} {'-->' if one.reply else '->'} {receiver}: {one.text}")
            elif isinstance(one, Note):
                lines.append(f"  ({one.text})")
            else:
                lines.append(f"  again and again: {one.text}" if one.text else "  until here")
        return "\n".join(lines) + "\n"

    def svg(self) -> str:
        """Return it as an SVG document that needs no network."""
        return "\n".join(_drawn(self)) + "\n"


def sequence(machine: Machine[S, E], journal: Iterable[JournalEntry]) -> Sequence:
    """Return what happened to one instance, from the lines of its journal.

    Args:
        machine: Its machine.
        journal: The lines, oldest first.
    """
    names = {info.kind: cls.__name__ for cls, info in machine.infos.items()}
    parts: list[Part] = []
    before = ""
    for entry in journal:
        event = "Begin" if isinstance(entry.event, Begin) else type(entry.event).__name__
        parts.append(Message(_sender(entry), "M", event, reply=entry.answers is not None))
        after = names.get(entry.kind, entry.kind)
        if entry.why:
            parts.append(Note("M", f"{entry.outcome.value}: {'; '.join(entry.why)}"))
        if after != before:
            parts.append(Note("M", after))
        before = after
    return Sequence(machine.name, tuple(parts))


def _sender(entry: JournalEntry) -> str:
    if entry.answers is not None:
        return "Outside"
    return entry.actor or ("Time" if entry.wait is not None else "People")


_WIDE: Final = 110.0
_STEP: Final = 34.0
_STYLE: Final = """
  .seq { --paper: #ffffff; --ink: #1f2430; --line: #98a2b3; --note: #fef7c3; --note-ink: #3f2e05; }
  @media (prefers-color-scheme: dark) {
    .seq { --paper: #14171f; --ink: #e6e9ef; --line: #667085; --note: #3a3413; --note-ink: #fdf6c9; } }
  .seq { font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; }
  .seq .paper { fill: var(--paper); }
  .seq text { fill: var(--ink); text-anchor: middle; }
  .seq .life { stroke: var(--line); stroke-dasharray: 3 4; }
  .seq .who { fill: var(--paper); stroke: var(--ink); }
  .seq .says { stroke: var(--ink); fill: none; }
  .seq .replies { stroke: var(--ink); stroke-dasharray: 5 3; fill: none; }
  .seq .head { fill: var(--ink); }
  .seq .note { fill: var(--note); stroke: var(--line); }
  .seq .noted { fill: var(--note-ink); }
"""


def _drawn(seen: Sequence) -> Iterator[str]:
    people = seen.people()
    texts = [width_of(one.text, BODY) for one in seen.parts if isinstance(one, Message)]
    step = max([_WIDE, *(text + 2 * PAD for text in texts), *(width_of(one, BODY) + 4 * PAD for one in people)])
    x = {name: PAD + step * (number + 0.5) for number, name in enumerate(people)}
    width, height = 2 * PAD + step * len(people), 60 + _STEP * (len(seen.parts) + 1)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="seq" role="img" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">'
    )
    yield f"<title>{escape(seen.title)}</title><style>{_STYLE}</style>"
    yield f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>'
    for name in people:
        shown = seen.title if name == "M" else name
        wide = width_of(shown, BODY) + 2 * PAD
        yield f'<path class="life" d="M{x[name]:.1f} 42V{height - 8:.1f}"/>'
        yield f'<rect class="who" x="{x[name] - wide / 2:.1f}" y="14" width="{wide:.1f}" height="28" rx="6"/>'
        yield f'<text x="{x[name]:.1f}" y="32" font-size="{BODY:g}">{escape(shown)}</text>'
    y = 60 + _STEP / 2
    for one in seen.parts:
        yield from _part(one, x, y)
        y += _STEP
    yield "</svg>"


def _part(one: Part, x: dict[str, float], y: float) -> Iterator[str]:
    if isinstance(one, Message):
        start, end = x[one.sender], x[one.receiver]
        back = -8 if end >= start else 8
        yield f'<path class="{"replies" if one.reply else "says"}" d="M{start:.1f} {y:.1f}H{end:.1f}"/>'
        yield f'<path class="head" d="M{end:.1f} {y:.1f}l{back} -4v8z"/>'
        yield f'<text x="{(start + end) / 2:.1f}" y="{y - 6:.1f}" font-size="{BODY:g}">{escape(one.text)}</text>'
        return
    text, over = (one.text, x.get(one.over, x["M"])) if isinstance(one, Note) else (one.text or "until here", x["M"])
    wide = width_of(text, BODY) + PAD
    yield (
        f'<rect class="note" x="{over - wide / 2:.1f}" y="{y - 16:.1f}" width="{wide:.1f}" '
        f'height="{line_height(BODY) + 4:.1f}" rx="3"/>'
    )
    yield f'<text class="noted" x="{over:.1f}" y="{y - 2:.1f}" font-size="{BODY:g}">{escape(text)}</text>'
