"""The same from the plain files of the target `exports`, Parquet or CSV: `current` names the set that is whole.

exports.py FOLDER       such as warehouse/exports, with `parquet: all` or `csv: all` in the pipeline
"""

import sys
from pathlib import Path

import polars

from delta import overloads


def frame(exports: Path, mart: str) -> polars.LazyFrame:
    current = exports / (exports / "current").read_text(encoding="utf-8").strip()
    if (current / mart).is_dir():
        # Older files of a mart that keeps each day may lack a column that it has got since.
        files = sorted((current / mart).glob("*.parquet"))
        return polars.concat([polars.scan_parquet(file) for file in files], how="diagonal")
    # CSV knows no types: Polars guesses them, and what matters is said here.
    types = {
        "period_start": polars.Date,
        "own_load_hours": polars.Decimal(18, 4),
        "own_available_hours": polars.Decimal(18, 4),
    }
    return polars.scan_csv(current / f"{mart}.csv", schema_overrides=types, infer_schema_length=None)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.stdout.write(overloads(frame(Path(sys.argv[1]), "capacity_gap")).write_csv())
