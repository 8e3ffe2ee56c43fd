"""The published marts as tables of DuckDB, all of one set: exactly the Parquet files that the newest entry of the
publish log names. A run that publishes meanwhile changes nothing here, since these files stay as they are.

    published.py WAREHOUSE [SQL]

Prints what the SQL gives as CSV; DuckDB reads decimals, dates and UTC timestamps as they were published.
"""

import csv
import json
import sys
from pathlib import Path

import duckdb

OVERLOADS = """
    select work_center_id, period_start, own_load_hours, own_available_hours
    from marts.capacity_gap
    where period_kind = 'week' and load_basis = 'production_plan' and not is_group and overload_hours > 0
    order by work_center_id, period_start
"""

# A contract's types that DuckDB calls otherwise.
TYPES = {"text": "varchar", "timestamp": "timestamptz"}


def newest_entry(warehouse: Path) -> dict:
    entries = [path for path in (warehouse / "published").glob("*.json") if path.stem.isdigit()]
    if not entries:
        sys.exit(f"nothing is published in {warehouse}")
    newest = max(entries, key=lambda path: int(path.stem))
    return json.loads(newest.read_text(encoding="utf-8"))


def connect(warehouse: Path, file: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A database with the schema marts. In memory it holds views of the files, in a file the rows themselves."""
    database = duckdb.connect(file)
    database.execute("create schema if not exists marts")
    kind = "view" if file == ":memory:" else "table"
    for mart, published in newest_entry(warehouse)["marts"].items():
        # Paths cannot be parameters of a view; a quote in one is doubled.
        files = ", ".join("'" + str(warehouse / part["path"]).replace("'", "''") + "'" for part in published["files"])
        columns = ", ".join(
            f'null::{TYPES.get(column["type"], column["type"])} as "{column["name"]}"' for column in published["schema"]
        )
        # An empty mart has no file.
        rows = f"select * from read_parquet([{files}], union_by_name = true)" if files else f"select {columns} limit 0"
        database.execute(f'create or replace {kind} marts."{mart}" as {rows}')
    return database


def print_rows(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    rows = database.sql(sql)
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(rows.columns)
    lines.writerows(rows.fetchall())


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    print_rows(connect(Path(sys.argv[1])), sys.argv[2] if len(sys.argv) == 3 else OVERLOADS)
