"""The same from the plain files of the target `exports`: `current` names the set that is whole.

exports.py FOLDER       such as warehouse/exports, with `parquet: all` in the pipeline
"""

import sys
from pathlib import Path

import duckdb

from published import OVERLOADS, print_rows


def connect(exports: Path) -> duckdb.DuckDBPyConnection:
    # Read once: all tables of this connection are of one set, whatever is exported meanwhile.
    current = exports / (exports / "current").read_text(encoding="utf-8").strip()
    database = duckdb.connect()
    database.execute("create schema marts")
    for mart in sorted(path for path in current.iterdir() if path.is_dir()):
        files = str(mart / "*.parquet").replace("'", "''")
        database.execute(f"create view marts.\"{mart.name}\" as select * from read_parquet('{files}', union_by_name = true)")
    return database


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print_rows(connect(Path(sys.argv[1])), OVERLOADS)
