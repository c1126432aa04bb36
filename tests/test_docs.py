"""What the pages name is there: linked files, modules and what is in them, keys of the policy, tests."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from commands import routes
from commands.text import text

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
PROMISES = ROOT / "docs" / "promises.md"
STATES = ("kept", "rules", "untested", "not yet")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`]+)`")
_PLACE = re.compile(r"(policy|storage|commands|bot|sandbox|tests)/[\w/]+\.(?:py|toml)(?:::[\w.-]+)?")


@cache
def names_in(path: Path) -> frozenset[str]:
    """The functions, classes and values of a module, and the methods and attributes of its classes as `Class.name`;
    the keys of a TOML file by their whole paths."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return frozenset(_keys(tomllib.loads(text), ""))
    return frozenset(_defined(ast.parse(text).body, ""))


def _keys(table: dict[str, object], under: str) -> Iterator[str]:
    for key, value in table.items():
        yield under + key
        if isinstance(value, dict):
            yield from _keys(value, f"{under}{key}.")


def _defined(body: list[ast.stmt], under: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield under + node.name
        if isinstance(node, ast.ClassDef):
            yield from _defined(node.body, f"{node.name}.")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (under + target.id for target in targets if isinstance(target, ast.Name))


def missing(place: str) -> str | None:
    """What is wrong with `path` or `path::name`; None: it is there."""
    path, _, name = place.partition("::")
    if not (ROOT / path).is_file():
        return f"there is no {path}"
    return f"there is no {name} in {path}" if name and name not in names_in(ROOT / path) else None


def rows(page: str) -> list[list[str]]:
    """The cells of the tables of a page, without their heads."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return [row for row in cells if row[0] not in {"promise", "---"}]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_linked_file_is_there(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    local = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith("#")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_place_in_the_code_is_there(page: Path) -> None:
    named = [code for code in _CODE.findall(page.read_text(encoding="utf-8")) if _PLACE.fullmatch(code)]
    assert [wrong for place in named if (wrong := missing(place))] == []


def test_every_page_of_docs_is_linked_from_the_readme_or_another_page() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in link
    }
    # A folder that is linked stands for the pages in it.
    alone = [page for page in PAGES if page.parent != ROOT and not {page, page.parent} & linked]
    assert [str(page.relative_to(ROOT)) for page in alone] == []


def test_each_promise_says_how_far_it_is_and_what_is_kept_names_its_test() -> None:
    found = rows(PROMISES.read_text(encoding="utf-8"))
    assert len(found) > 100
    for row in found:
        assert len(row) == 4, row
        promise, held, test, state = row
        assert state.startswith(STATES), row
        if state.startswith(("kept", "rules")):
            assert _CODE.findall(held), promise
            assert _CODE.findall(test), promise
        for code in _CODE.findall(test):
            assert re.fullmatch(r"tests/[\w/]+\.py::test_\w+", code), code
        for code in _CODE.findall(held):
            assert _PLACE.fullmatch(code), code


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ("policy/clocks.py::start_update", None),
        ("policy/clocks.py::Interval.judged", None),
        ("policy/default.toml::plan.emergency.cover", None),
        ("policy/clocks.py::start_nothing", "there is no start_nothing in policy/clocks.py"),
        ("policy/default.toml::plan.gold", "there is no plan.gold in policy/default.toml"),
        ("policy/watches.py", "there is no policy/watches.py"),
        ("tests/test_docs.py::test_nothing", "there is no test_nothing in tests/test_docs.py"),
    ],
)
def test_what_is_missing_is_found(place: str, wrong: str | None) -> None:
    assert missing(place) == wrong


CUSTOMERS = ("open_form", "ask_update", "got_worse", "agree_update", "confirm_resolved", "reopen")
BUTTONS = {
    "docs/customers.md": ("en", CUSTOMERS),
    "docs/customers.ja.md": ("ja", CUSTOMERS),
    "docs/engineers.md": (
        "en",
        (
            "acknowledge",
            "post_update",
            "why",
            "severity",
            "assign",
            "wait",
            "snooze",
            "note",
            "resolve",
            "reopen",
            "scope",
            "link",
            "join",
            "timeline",
        ),
    ),
}


@pytest.mark.parametrize("page", BUTTONS)
def test_buttons_are_called_on_the_pages_as_they_are_in_slack(page: str) -> None:
    language, names = BUTTONS[page]
    told = (ROOT / page).read_text(encoding="utf-8")
    marks = "「{}」" if language == "ja" else "*{}*"
    for name in names:
        assert marks.format(text("ja" if language == "ja" else "en")(f"button.{name}")) in told, name


def test_every_subcommand_is_on_the_page_of_those_who_may_use_it() -> None:
    engineers = (ROOT / "docs/engineers.md").read_text(encoding="utf-8")
    everybody = engineers + "".join(
        (ROOT / page).read_text(encoding="utf-8") for page in ("docs/customers.md", "docs/tams.md")
    )
    for name, subcommand in routes.INCIDENT.items():
        page = engineers if subcommand.is_for_staff else everybody
        assert re.search(rf"[`/ ]{name}\b", page), f"/incident {name}"
    for name in routes.TAM:
        assert name == "help" or f"/tam {name}" in everybody, name
