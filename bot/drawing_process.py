"""Charts drawn in a process of their own: what serves people and reminders neither loads matplotlib nor waits for it.

    python -m bot.drawing_process

reads a `Request` from its standard input and writes the pictures to its standard output, both as MessagePack.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec

from bot.drawing import Form, drawn
from commands.views.chart import Chart

_MODULE: Final = "bot.drawing_process"
_TIME_OUT_S: Final = 20.0
"""Less than a lease. matplotlib looks through the fonts of a machine when it runs there for the first time."""


class NotDrawn(Exception):
    """The picture could not be drawn; says why."""


class Request(msgspec.Struct, frozen=True):
    """Charts to draw, each in one form."""

    chart: Chart
    forms: tuple[Form, ...]


async def draw_apart(chart: Chart, forms: Sequence[Form]) -> dict[Form, bytes]:
    """The pictures of a chart. Raises NotDrawn."""
    request = msgspec.msgpack.encode(Request(chart, tuple(forms)))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_TIME_OUT_S):
            pictures, said = await process.communicate(request)
    except TimeoutError:
        raise NotDrawn(f"no picture within {_TIME_OUT_S:g} s") from None
    finally:
        with suppress(ProcessLookupError):
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        raise NotDrawn(
            said.decode(errors="replace").strip().rpartition("\n")[2] or "the drawing process died"
        )
    return msgspec.msgpack.decode(pictures, type=dict[Form, bytes])


def main() -> None:
    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Request)
    pictures = {form: drawn(request.chart, form) for form in request.forms}
    sys.stdout.buffer.write(msgspec.msgpack.encode(pictures))


if __name__ == "__main__":
    main()
