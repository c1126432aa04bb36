"""Figures: several runs of the same thing, told by their median and their range."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(slots=True)
class Figure:
    """One measured quantity. `values` has one for each round, in order."""

    name: str
    unit: str
    values: list[float] = field(default_factory=list)

    def told(self) -> tuple[str, str, str, str]:
        return self.name, _number(median(self.values)), self.range(), self.unit

    def range(self) -> str:
        return f"{_number(min(self.values))} - {_number(max(self.values))}"


@dataclass(slots=True)
class Report:
    """What one benchmark found. `facts` are what must hold beside the figures: errors, duplicates, losses."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def figure(self, name: str, unit: str) -> Figure:
        """The figure of that name, made when first asked for."""
        for known in self.figures:
            if known.name == name:
                return known
        self.figures.append(Figure(name, unit))
        return self.figures[-1]

    def add(self, name: str, value: float, unit: str) -> None:
        self.figure(name, unit).values.append(value)

    def count(self, name: str, amount: int) -> None:
        self.facts[name] = self.facts.get(name, 0) + amount

    def show(self, console: Console) -> None:
        table = Table(title=self.title, title_justify="left", box=None, pad_edge=False)
        for name, justify in (("figure", "left"), ("median", "right"), ("min - max", "right"), ("", "left")):
            table.add_column(name, justify=justify)  # type: ignore[arg-type]
        for known in self.figures:
            if known.values:
                table.add_row(*known.told())
        console.print()
        console.print(table)
        for name, value in self.facts.items():
            console.print(f"  {name}: {value}", highlight=False)

    def as_json(self) -> dict[str, Any]:
        figures = [
            {"name": f.name, "unit": f.unit, "median": median(f.values), "rounds": f.values}
            for f in self.figures
            if f.values
        ]
        return {"title": self.title, "figures": figures, "facts": self.facts}


def percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
