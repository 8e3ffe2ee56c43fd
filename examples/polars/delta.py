"""Marts as Polars frames, from their Delta tables: each table is whole by itself, and all follow a run within moments.

delta.py WAREHOUSE
"""

import sys
from pathlib import Path

import polars
from deltalake import DeltaTable


def frame(warehouse: Path, mart: str) -> polars.LazyFrame:
    return polars.scan_delta(str(warehouse / "marts" / mart))


def entry_of(warehouse: Path, mart: str) -> int:
    """The entry of the publish log that the table shows: equal for all tables that are read together."""
    return DeltaTable(warehouse / "marts" / mart).transaction_version("sopmart")


def overloads(capacity_gap: polars.LazyFrame) -> polars.DataFrame:
    of_the_plan = (
        (polars.col("period_kind") == "week")
        & (polars.col("load_basis") == "production_plan")
        & ~polars.col("is_group")
        & (polars.col("overload_hours") > 0)
    )
    columns = ["work_center_id", "period_start", "own_load_hours", "own_available_hours"]
    return capacity_gap.filter(of_the_plan).select(columns).sort("work_center_id", "period_start").collect()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    print(f"entry {entry_of(folder, 'capacity_gap')} of the publish log", file=sys.stderr)
    sys.stdout.write(overloads(frame(folder, "capacity_gap")).write_csv())
