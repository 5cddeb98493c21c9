"""What instances of the repair shop may live through, for the laws that hold in any life."""

from hypothesis import strategies as st

from telic import Cancel, EventId
from telic.kernel.events import Pause, Resume
from telic.kernel.values import WaitKey
from tests.kernel import machines as m
from tests.kernel.machines import HOUR, NOW, shop, step

COMMANDS = st.one_of(
    st.sampled_from([m.Collect(), Cancel(), m.Poke(how="hush"), Pause(reason="audit"), Resume()]),
    st.builds(m.Poke, how=st.sampled_from(["", "mail", "both"])),
    st.builds(m.Quote, price=st.integers(-1, 3)),
)
MOVES = st.lists(st.one_of(COMMANDS, st.integers(0, 9)), max_size=14)


def lived(moves):
    """Apply commands, and for a number whatever is open at that place; return snapshots and commits."""
    snapshot, commits = None, []
    for move in [m.Open(parts=2), *moves]:
        event, how = move, {}
        if isinstance(move, int):
            options = [*possible(snapshot)]
            if not options:
                continue
            event, how = options[move % len(options)]
        commit = step(snapshot, event, now=NOW + HOUR, event_id=EventId(f"e{len(commits)}"), **how)
        if hasattr(commit, "after"):
            commits.append(commit)
            snapshot = commit.after
    return commits


def possible(snapshot):
    for key, one in (*snapshot.open.items(), *snapshot.late.items()):
        if isinstance(one.intent, m.OrderPart):
            yield m.PartCame(part_id=one.intent.part_id), {"answers": key}
            yield m.PartMissing(part_id=one.intent.part_id), {"answers": key}
            yield shop.failures[m.OrderPart](intent=one.intent, cause="exhausted"), {"answers": key}
        elif isinstance(one.intent, m.Mail):
            yield m.Mailed(mail_id=one.intent.mail_id), {"answers": key}
    for one in snapshot.waits:
        if one.key == "boss":
            yield m.Approve(), {"wait": WaitKey("boss")}
        elif one.wait.event_type is m.Lapsed and one.fired is None:
            yield m.Lapsed(), {"wait": one.key}
        elif one.key == "Recalled":
            yield m.Recalled(model="x"), {"wait": one.key}
