"""Drawing a chart: PNG for Slack, SVG for a report. The same chart gives the same bytes.

matplotlib is loaded here and nowhere else, when something is drawn: it takes more than a second, and much memory. What
runs in the bot draws in a process of its own (bot/drawing_process.py).

Colours are those of Okabe and Ito, which people who confuse colours can tell apart; each is named where it stands, and
nothing is told by colour alone.
"""

import importlib.util
import io
import logging
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from commands.views.chart import AgeDrawn, Chart, Rate, WeekDrawn
from policy.schema import Language

WIDTH: Final = 1080
HEIGHT: Final = 1800
"""Of the picture, in pixels: twice what a phone shows it at."""
_DPI: Final = 200
_BLUE, _ORANGE, _SKY, _MISSED = "#0072B2", "#E69F00", "#56B4E9", "#D55E00"
_INK, _QUIET, _LINE, _GROUND = "#1D1C1D", "#55545A", "#C9C8CC", "#EFEEF0"
_MANY: Final = 1_000
"""From here on met and judged stand on two lines."""


class Form(StrEnum):
    """What is drawn: the whole chart as PNG, or one part of it as SVG."""

    PNG = "png"
    COUNTS = "counts"
    RATES = "rates"
    AGES = "ages"


REPORTED: Final = (Form.COUNTS, Form.RATES, Form.AGES)
"""What of a chart stands in a report."""


def drawn(chart: Chart, form: Form) -> bytes:
    """A chart, or a part of it, as the bytes of a file."""
    import matplotlib as mpl

    with mpl.rc_context(_settings(chart.language)):
        return _whole(chart) if form is Form.PNG else _part(chart, form)


def _whole(chart: Chart) -> bytes:
    figure = _figure(WIDTH / _DPI, HEIGHT / _DPI)
    rows = max(len(chart.counts), 3)
    grid = figure.add_gridspec(
        4,
        1,
        height_ratios=[rows * 0.62, 1.6, 1.6, 2.7],
        left=0.03,
        right=0.97,
        top=0.885,
        bottom=0.055,
        hspace=0.44,
    )
    figure.text(0.03, 0.982, _drawable(chart.title), size=15, weight=_weight(chart), color=_INK, va="top")
    figure.text(0.03, 0.952, chart.subtitle, size=11, color=_QUIET, va="top")
    figure.text(0.03, 0.012, chart.footer, size=7.5, color=_QUIET, va="bottom")
    _draw_counts(figure.add_subplot(grid[0]), chart, chart.words.counts)
    for place, rate in zip((1, 2), chart.rates, strict=True):
        _draw_rate(figure.add_subplot(grid[place]), chart, rate)
    _draw_ages(figure.add_subplot(grid[3]), chart)
    return _saved(figure, "png", {"Software": None})


def _part(chart: Chart, form: Form) -> bytes:
    """For a page: headings that stand there above it are left out."""
    width = WIDTH / _DPI
    if form is Form.RATES:
        figure = _figure(width, 3.3)
        for place, rate in enumerate(chart.rates):
            _draw_rate(figure.add_axes((0.02, 0.56 - 0.5 * place, 0.96, 0.33)), chart, rate)
    elif form is Form.COUNTS:
        figure = _figure(width, 0.46 * max(len(chart.counts), 1))
        _draw_counts(figure.add_axes((0.02, 0.01, 0.96, 0.98)), chart, heading="")
    else:
        figure = _figure(width, 2.7)
        _draw_ages(figure.add_axes((0.02, 0.02, 0.96, 0.84)), chart)
    return _saved(figure, "svg", {"Date": None, "Creator": None, "Format": None, "Type": None})


def _draw_counts(axes: Any, chart: Chart, heading: str) -> None:
    """Two bars a severity; the first pair names them."""
    _bare(axes, chart, heading)
    most = max([1, *(max(one.opened, one.resolved) for one in chart.counts)])
    for row, one in enumerate(chart.counts):
        named = row == 0
        for shift, value, colour, word in (
            (-0.19, one.opened, _BLUE, chart.words.opened),
            (0.19, one.resolved, _ORANGE, chart.words.resolved),
        ):
            axes.barh(row + shift, value, height=0.34, color=colour)
            label = f"{value:,} {word}" if named else f"{value:,}"
            axes.text(value + most * 0.015, row + shift, label, va="center", size=9.5, color=_INK)
        axes.text(-most * 0.03, row, one.label, va="center", ha="right", size=10, color=_INK)
    axes.plot([0, 0], [-0.45, len(chart.counts) - 0.55], color=_LINE, linewidth=1)
    axes.set_xlim(-most * 0.52, most * 1.36)
    axes.set_ylim(len(chart.counts) - 0.5, -0.5)


def _draw_rate(axes: Any, chart: Chart, rate: Rate) -> None:
    """A column a week: what was met, up from nought, before what was promised."""
    _bare(axes, chart, rate.heading)
    if not rate.weeks:
        axes.text(0, 1, chart.words.not_any, size=11, color=_QUIET, va="top")
        return
    late = axes.text(1, 1.0, "", transform=axes.transAxes)
    for word, colour in ((chart.words.late, _MISSED), (chart.words.in_time, _BLUE)):
        late = axes.annotate(
            f"■ {word}",
            xy=(0, 0) if late.get_text() else (1, 1),
            xycoords=late if late.get_text() else "axes fraction",
            xytext=(-8, 0) if late.get_text() else (0, 8),
            textcoords="offset points",
            ha="right",
            va="bottom",
            size=8.5,
            color=colour,
        )
    two_lines = any(one.judged >= _MANY for one in rate.weeks)
    for place, one in enumerate(rate.weeks):
        _draw_week(axes, chart, place, one, two_lines=two_lines)
    axes.plot([-0.45, len(rate.weeks) - 0.55], [0, 0], color=_LINE, linewidth=1)
    axes.set_xlim(-0.5, max(len(rate.weeks), 1) - 0.5)
    axes.set_ylim(-56 if two_lines else -44, 122)


def _draw_week(axes: Any, chart: Chart, place: int, week: WeekDrawn, *, two_lines: bool) -> None:
    if week.percent is None:
        axes.text(place, 6, chart.words.not_any, ha="center", size=9, color=_QUIET)
        below = "–"
    else:
        share = 100 * week.met / week.judged
        axes.bar(place, 100, width=0.66, color=_GROUND)
        axes.bar(place, share, width=0.66, color=_BLUE if week.is_over else _SKY)
        if week.met < week.judged:
            # A few missed of many are still to be seen.
            axes.bar(place, max(100 - share, 3), width=0.66, bottom=min(share, 97), color=_MISSED)
        axes.text(place, 105, f"{week.percent}%", ha="center", size=9, color=_INK)
        below = f"{week.met:,}\n/{week.judged:,}" if two_lines else f"{week.met}/{week.judged}"
    label = week.label if week.is_over else f"{week.label}*"
    axes.text(place, -6, label, ha="center", va="top", size=8.5, color=_INK)
    axes.text(place, -25, below, ha="center", va="top", size=8, color=_QUIET, linespacing=1.1)


def _draw_ages(axes: Any, chart: Chart) -> None:
    _bare(axes, chart, chart.words.ages)
    axes.set_ylim(max(len(chart.ages), 1) - 0.5, -0.5)
    if not any(one.count for one in chart.ages):
        axes.set_xlim(0, 1)
        axes.text(0, 0, chart.words.none_open, va="center", size=11, color=_QUIET)
        return
    most = max(one.count for one in chart.ages)
    for row, one in enumerate(chart.ages):
        _draw_age(axes, row, one, most)
    axes.plot([0, 0], [-0.4, len(chart.ages) - 0.5], color=_LINE, linewidth=1)
    axes.set_xlim(-most * 0.66, most * 1.3)


def _draw_age(axes: Any, row: int, age: AgeDrawn, most: int) -> None:
    axes.barh(row - 0.14, age.count, height=0.4, color=_BLUE)
    axes.text(-most * 0.03, row - 0.14, age.label, va="center", ha="right", size=10, color=_INK)
    axes.text(age.count + most * 0.02, row - 0.14, f"{age.count:,}", va="center", size=10.5, color=_INK)
    axes.text(most * 0.015, row + 0.27, age.parts, va="center", size=_size(age.parts), color=_QUIET)


def _size(parts: str) -> float:
    """Of what stands below a bar: so that it ends before the picture does. A Japanese character is twice as wide."""
    wide = sum(1 if character.isascii() else 2 for character in parts)
    return min(8.0, 480 / max(wide, 1))


def _bare(axes: Any, chart: Chart, heading: str) -> None:
    """A heading, and neither frame nor scale: every bar says its number."""
    axes.set_axis_off()
    axes.set_title(heading, loc="left", size=11.5, weight=_weight(chart), color=_INK, pad=7)


def _weight(chart: Chart) -> str:
    """Of headings: the Japanese font has one weight."""
    return "normal" if chart.language == "ja" else "bold"


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=_DPI, facecolor="white")


def _saved(figure: Any, form: str, metadata: dict[str, None]) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format=form, dpi=_DPI, metadata=metadata)
    return file.getvalue()


def _settings(language: Language) -> dict[str, Any]:
    """What people typed is no formula (`$`); glyphs are drawn as shapes, since a report brings no fonts along."""
    return {
        "font.family": _fonts(language),
        "text.parse_math": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "supportbot",
        "axes.unicode_minus": False,
    }


def _fonts(language: Language) -> Sequence[str]:
    """The families of a language; what the first does not have comes from the other."""
    from matplotlib import font_manager

    # The Japanese font has no bold, and what falls back on it need not say so each time.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    manager, latin = font_manager.fontManager, "DejaVu Sans"
    file = _japanese_font()
    family = str(font_manager.get_font(str(file)).family_name)
    if family not in {font.name for font in manager.ttflist}:
        manager.addfont(str(file))
    return [family, latin] if language == "ja" else [latin, family]


def _drawable(typed: str) -> str:
    """What people typed, without what neither font has: emoji would be boxes."""
    from matplotlib import font_manager

    files = (str(_japanese_font()), font_manager.findfont("DejaVu Sans"))
    known = [font_manager.get_font(file).get_charmap() for file in files]
    return "".join(one for one in typed if any(ord(one) in glyphs for glyphs in known)).strip()


def _japanese_font() -> Path:
    """The font of matplotlib-fontja, without importing it: that would change settings for everybody."""
    found = importlib.util.find_spec("matplotlib_fontja")
    assert found is not None, "a dependency"
    assert found.submodule_search_locations, "a package"
    return Path(found.submodule_search_locations[0]) / "fonts" / "ipaexg.ttf"
