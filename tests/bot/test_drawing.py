"""Charts as pictures."""

import io
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import date
from typing import Any

import pytest
from PIL import Image

from bot import drawing_process
from bot.drawing import HEIGHT, WIDTH, Form, drawn
from bot.drawing_process import NotDrawn, draw_apart
from commands.text import text
from commands.views.chart import Chart, chart
from policy.figures import Kept
from policy.schema import LANGUAGES, Language
from policy.trends import Age, Week
from tests.policy.golden_week import MONDAY_MORNING, WEEK
from tests.policy.samples import default_policy


def drawn_of(language: Language, name: str | None = "Acme", **given: Any) -> Chart:
    figures: dict[str, Any] = {"opened": {}, "resolved": {}, "weeks": [], "old": {age: {} for age in Age}}
    return chart(text(language), default_policy(), name, WEEK, MONDAY_MORNING, **(figures | given))


def weeks(kept: Kept) -> list[Week]:
    return [Week(date(2026, 8, 17), kept, Kept(), is_over=number < 7) for number in range(8)]


CASES: dict[str, dict[str, Any]] = {
    "empty": {},
    "one": {"opened": {"1": 1}, "weeks": weeks(Kept(met=1)), "old": {Age.DAY: {"1": 1}}},
    "thousands": {
        "opened": {"1": 3_000, "4": 81_234, "gone": 2},
        "resolved": {"4": 79_999},
        "weeks": weeks(Kept(met=12_345, breached=1)),
        "old": {age: {"1": 1_234, "2": 5_678, "3": 9_012, "4": 3_456} for age in Age},
    },
    "formula": {"name": "$\\frac{x$ 株式会社 <b>\x00🔥"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_a_picture_of_the_expected_size_with_something_on_it(case: str, language: Language) -> None:
    picture = drawn(drawn_of(language, **CASES[case]), Form.PNG)
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
        # The edges are blank: nothing runs out of the picture.
        pixels = image.convert("L")
        for edge in ((0, 0, 8, HEIGHT), (WIDTH - 8, 0, WIDTH, HEIGHT), (0, 0, WIDTH, 8)):
            assert pixels.crop(edge).getextrema() == (255, 255), f"{case} {language}"
        assert pixels.getextrema()[0] < 60


def test_the_same_figures_give_the_same_bytes() -> None:
    one = drawn_of("ja", **CASES["one"])
    assert drawn(one, Form.PNG) == drawn(one, Form.PNG)
    assert drawn(one, Form.RATES) == drawn(one, Form.RATES)


@pytest.mark.parametrize("form", [Form.COUNTS, Form.RATES, Form.AGES])
def test_parts_for_print_need_no_font_and_nothing_from_elsewhere(form: Form) -> None:
    root = ET.fromstring(drawn(drawn_of("ja", **CASES["one"]), form))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "path" in names
    assert not names & {"text", "image", "script", "style"} - {"style"}
    links = [
        value for element in root.iter() for key, value in element.attrib.items() if key.endswith("href")
    ]
    assert all(link.startswith("#") for link in links)


async def test_drawn_in_a_process_of_its_own() -> None:
    one = drawn_of("en", **CASES["one"])
    pictures = await draw_apart(one, [Form.PNG, Form.AGES])
    assert pictures == {form: drawn(one, form) for form in (Form.PNG, Form.AGES)}


async def test_what_cannot_be_drawn_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_process, "_MODULE", "no.such.module")
    with pytest.raises(NotDrawn, match="no"):
        await draw_apart(drawn_of("en"), [Form.PNG])


def test_nothing_that_runs_loads_matplotlib() -> None:
    """What serves people, and the command line, but for the moment of drawing."""
    script = "import sys, bot.wiring, bot.cli, bot.drawing, bot.drawing_process; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
