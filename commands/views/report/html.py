"""Pages as trees of elements: every text is escaped where the tree is written, since no other way leads into it."""

import xml.etree.ElementTree as ET
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from commands.views.escape import visible
from policy.schema import Language

Node = ET.Element | str | None
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser is allowed for the page: nothing that it does not bring along."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `number`: aligned to the right."""

    heading: str
    number: bool = False


def el(tag: str, *children: Node, **attributes: str | None) -> ET.Element:
    """An element. `class_` is the attribute `class`; `data_label` is `data-label`; None leaves one out."""
    found = ET.Element(
        tag,
        {
            name.rstrip("_").replace("_", "-"): visible(value)
            for name, value in attributes.items()
            if value is not None
        },
    )
    last: ET.Element | None = None
    for child in children:
        if isinstance(child, ET.Element):
            found.append(child)
            last = child
        elif child is not None and last is None:
            found.text = (found.text or "") + visible(child)
        elif child is not None and last is not None:
            last.tail = (last.tail or "") + visible(child)
    return found


def table(columns: Sequence[Column], rows: Iterable[Sequence[Node]]) -> ET.Element:
    """A table with headings that are printed anew on each sheet; on a phone each row is a card."""
    head = el("tr", *(el("th", one.heading, class_=_aligned(one), scope="col") for one in columns))
    body = [
        el(
            "tr",
            *(
                el("td", el("span", cell), class_=_aligned(column), data_label=column.heading)
                for column, cell in zip(columns, row, strict=True)
            ),
        )
        for row in rows
    ]
    return el("table", el("thead", head), el("tbody", *body))


def picture(svg: bytes, told: str) -> ET.Element:
    """A picture that stands in the page itself, and what it shows."""
    data = b64encode(svg).decode()
    return el("figure", el("img", src=f"data:image/svg+xml;base64,{data}", alt=told))


def page(language: Language, title: str, style: str, *body: Node) -> str:
    """The whole file."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        el("style", style),
    )
    root = el("html", head, el("body", *body), lang=language)
    return "<!DOCTYPE html>\n" + ET.tostring(root, encoding="unicode", method="html") + "\n"


def _aligned(column: Column) -> str | None:
    return "number" if column.number else None
