"""Laws of the timeline and of typed text, against plain oracles."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from sandbox.definition import load
from sandbox.escaping import escape, typed
from sandbox.messages import Message, Timeline
from sandbox.world import World

STAMPS = st.integers(0, 40).map(lambda n: f"17000000{n:02d}.000000")


@given(st.lists(st.tuples(st.booleans(), STAMPS, STAMPS), max_size=40), STAMPS, STAMPS, st.booleans())
def test_timeline(steps: list[tuple[bool, str, str]], oldest: str, latest: str, inclusive: bool) -> None:
    """Whatever is added and removed, in any order: lists stay sorted, and bounds select what they say."""
    timeline = Timeline()
    for adds, ts, root in steps:
        known = timeline.by_ts.get(ts)
        if adds and known is None:
            parent = timeline.by_ts.get(root)
            thread_ts = parent.ts if parent is not None and parent.thread_ts is None else None
            timeline.add(Message(ts, "U1", "T1", "x", thread_ts=thread_ts), broadcast=ts > root)
        elif not adds and known is not None and not known.tombstone:
            timeline.remove(known)
    everything = timeline.by_ts.values()
    assert timeline.top == sorted(timeline.top)
    assert {one.ts for one in everything if one.thread_ts is None} <= set(timeline.top) <= set(timeline.by_ts)
    for one in everything:
        assert one.replies == sorted(other.ts for other in everything if other.thread_ts == one.ts)
        assert not one.tombstone or one.replies
    low, high = timeline.between(timeline.top, oldest, latest, inclusive=inclusive)
    if inclusive:
        assert timeline.top[low:high] == [ts for ts in timeline.top if oldest <= ts <= latest]
    else:
        assert timeline.top[low:high] == [ts for ts in timeline.top if oldest < ts < latest]


WORLD = World(
    load(
        {
            "app": {"team": "T1", "bot_user_id": "U1BOT", "name": "helper"},
            "teams": [{"id": "T1", "name": "One"}],
            "users": [{"id": "U1ANN", "team": "T1", "name": "ann"}],
            "channels": [{"id": "C1GEN", "name": "town"}],
        }
    )
)
REFERENCE = re.compile(r"<(@U1ANN|@U1BOT|#C1GEN\|town|https?://[^<>\s]+)>")


PIECES = ["<", ">", "&", "!", "@ann", "<@U1ANN>", "<!channel>", "#town", "x", " ", "https://a.b"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_nothing_typed_gets_through_unescaped(text: str) -> None:
    """Without the references that Slack itself makes there is no angle bracket left."""
    done = typed(WORLD, text, labels=False)
    assert not re.search(r"[<>]", REFERENCE.sub("", done))


@given(st.text(alphabet="ab<>& \n"))
def test_plain_text_is_only_escaped(text: str) -> None:
    assert typed(WORLD, text, labels=True) == escape(text)
