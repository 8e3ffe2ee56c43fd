"""The marts as their contracts describe them: what every example here is generated from or tested against."""

from dataclasses import dataclass
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    description: str
    unit: str | None
    formula: str | None
    key_position: int | None
    required: bool
    accepted: tuple[str, ...]
    references: str | None

    @property
    def is_date(self) -> bool:
        return self.type in ("date", "timestamp")

    def sentence(self) -> str:
        """Everything that a reader of the column should know, in one text."""
        parts = [self.description]
        if self.formula:
            parts.append(f"Formula: {self.formula}.")
        if self.unit:
            parts.append(f"Unit: {self.unit}.")
        return " ".join(parts)


@dataclass(frozen=True)
class Mart:
    name: str
    grain: str
    purpose: str
    usage: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> list[str]:
        keyed = [column for column in self.columns if column.key_position is not None]
        return [column.name for column in sorted(keyed, key=lambda column: column.key_position)]

    def sentence(self) -> str:
        return " ".join(part for part in (self.purpose, self.grain, self.usage) if part)

    def time_column(self) -> str | None:
        """The date that places a row in time: of its key, or else the first that every row has."""
        dates = [column for column in self.columns if column.is_date and column.required]
        of_the_key = [column for column in dates if column.key_position is not None and column.name != "as_of_date"]
        chosen = (of_the_key or dates or [None])[0]
        return chosen and chosen.name


def marts() -> list[Mart]:
    """All marts, by name."""
    return [read(path) for path in sorted((REPOSITORY / "sql/marts").glob("*.odcs.yaml"))]


def read(path: Path) -> Mart:
    contract = yaml.safe_load(path.read_text(encoding="utf-8"))
    [table] = contract["schema"]
    about = contract.get("description", {})
    columns = tuple(column(described) for described in table["properties"])
    return Mart(table["name"], table["description"], about.get("purpose", ""), about.get("usage", ""), columns)


def column(described: dict) -> Column:
    custom = {entry["property"]: entry["value"] for entry in described.get("customProperties", [])}
    accepted = [
        value
        for rule in described.get("quality", [])
        if rule.get("metric") == "invalidValues"
        for value in rule.get("arguments", {}).get("validValues", [])
    ]
    relationships = described.get("relationships", [])
    return Column(
        name=described["name"],
        type=described["physicalType"],
        description=described["description"],
        unit=custom.get("unit"),
        formula=described.get("transformLogic"),
        key_position=described.get("primaryKeyPosition"),
        required=described.get("required", False),
        accepted=tuple(accepted),
        references=relationships[0]["to"] if relationships else None,
    )
