"""Joins every published mart to every dimension that it names, in DuckDB: no row is lost, none multiplied, and every
key has its member. Also: every column has a sentence, every measure a unit, and every type is one that BI tools read.

    star.py WAREHOUSE

What names what stands in the published column_dictionary; a mart with period_kind and period_start names dim_period.
Prints one line per join; exits 1 if anything is wrong.
"""

import sys
from pathlib import Path

import duckdb
from deltalake import DeltaTable

TYPES = {"text", "smallint", "integer", "bigint", "double", "boolean", "date", "timestamp"}
# Whole numbers that name or order something, rather than measure it.
ORDINALS = ("_position", "_order", "_index", "_number", "_code", "_rank", "level")
# Kinds of period that are no period of the calendar.
NO_PERIOD = "('(all)')"


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    database, marts = loaded(Path(sys.argv[1]))
    findings = [*undescribed(database), *joins(database, marts)]
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


def loaded(warehouse: Path) -> tuple:
    """A database with every published mart as a table, and the names of these."""
    database = duckdb.connect()
    marts = sorted(folder.name for folder in (warehouse / "marts").iterdir() if folder.is_dir())
    for mart in marts:
        rows = DeltaTable(warehouse / "marts" / mart).to_pyarrow_dataset()
        database.register("rows", rows)
        database.execute(f'create table "{mart}" as select * from rows')
        database.unregister("rows")
    return database, marts


def undescribed(database: duckdb.DuckDBPyConnection) -> list:
    findings = []
    columns = database.execute("select mart, column_name, data_type, unit, description from column_dictionary")
    for mart, column, data_type, unit, description in columns.fetchall():
        if not (description or "").rstrip().endswith("."):
            findings.append(f"{mart}.{column} has no sentence: {description!r}")
        if data_type not in TYPES and not data_type.startswith("decimal("):
            findings.append(f"{mart}.{column} is of a type that BI tools may not read: {data_type}")
        is_fraction = data_type.startswith("decimal(") or data_type == "double"
        is_whole = data_type in ("smallint", "integer", "bigint")
        is_ordinal = mart in ("dim_date", "dim_period") or column.endswith(ORDINALS)
        if not unit and (is_fraction or (is_whole and not is_ordinal)):
            findings.append(f"{mart}.{column} has no unit")
    return findings


def joins(database: duckdb.DuckDBPyConnection, marts: list) -> list:
    named = database.execute(
        "select mart, column_name, referenced_mart, referenced_column from column_dictionary"
        " where referenced_mart is not null order by mart, column_position"
    ).fetchall()
    findings = []
    for mart, column, dimension, key in named:
        condition = f'fact."{column}" = dimension."{key}"'
        findings += joined(database, mart, dimension, condition, f'fact."{column}" is not null', column)
    periods = database.execute(
        "select mart from column_dictionary where column_name in ('period_kind', 'period_start')"
        " and mart not in ('dim_period') group by mart having count(*) = 2 order by mart"
    ).fetchall()
    for (mart,) in periods:
        condition = "fact.period_kind = dimension.period_kind and fact.period_start = dimension.period_start"
        rows = f"fact.period_start is not null and fact.period_kind not in {NO_PERIOD}"
        findings += joined(database, mart, "dim_period", condition, rows, "period_kind, period_start")
    if not named or not periods:
        findings.append("no mart names a dimension: the column_dictionary is not what it was")
    return findings


def joined(database, mart: str, dimension: str, condition: str, rows: str, column: str) -> list:
    """What is wrong with one join, over the rows of the fact that have the key."""
    expected = database.execute(f'select count(*) from "{mart}" as fact where {rows}').fetchone()[0]
    found, unresolved = database.execute(
        f'select count(*), count(*) filter (where dimension is null) from "{mart}" as fact'
        f' left join "{dimension}" as dimension on {condition} where {rows}'
    ).fetchone()
    print(f"{mart:32} {column:28} {dimension:20} {expected:>9} rows")
    findings = []
    if found != expected:
        findings.append(f"{mart}.{column}: {expected} rows become {found} when joined to {dimension}")
    if unresolved:
        findings.append(f"{mart}.{column}: {unresolved} rows find no member of {dimension}")
    return findings


if __name__ == "__main__":
    sys.exit(main())
