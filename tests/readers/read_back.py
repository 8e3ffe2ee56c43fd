"""Reads every published table with four readers and compares it with what was published.

    read_back.py WAREHOUSE EXPECTED.json

EXPECTED.json says of each mart how many rows it has, its columns with their types as contracts write them, the exact
sum of each whole or decimal column, and a digest of its rows (`tests/it/published_facts.rs` writes it). The readers
are deltalake with pyarrow, DuckDB over deltalake's dataset, DuckDB's own Parquet reader over the table's active files,
and Polars. One line per table and reader; exits 1 if anything differs.
"""

import decimal
import hashlib
import json
import re
import struct
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.compute as compute
from deltalake import DeltaTable

# Sums of decimal(38,…) have more digits than Python's decimals keep unless told to.
decimal.getcontext().prec = 100


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    warehouse, expected = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    differences = differences_in_tables(warehouse, expected)
    for mart, facts in sorted(expected["marts"].items()):
        folder = warehouse / "marts" / mart
        for name, read in READERS.items():
            try:
                found = read(folder)
            except Exception as error:
                found_differences = [f"cannot be read: {type(error).__name__}: {error}"]
            else:
                if found is None:
                    print(f"{mart:24} {name:16} left out: the table has no file")
                    continue
                found_differences = compare(facts, found)
            verdict = "differs" if found_differences else "equal"
            print(f"{mart:24} {name:16} {facts['rows']:>9} rows  {verdict}")
            differences += [f"{mart}, read by {name}: {difference}" for difference in found_differences]
        differences += [f"{mart}, filtered: {difference}" for difference in differences_of_filters(folder)]
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences else 0


def differences_of_filters(folder: Path) -> list:
    """A filter on a column finds its greatest values, whatever the table's log says of its files."""
    if not DeltaTable(folder).file_uris():
        return []
    rows, dataset = DeltaTable(folder).to_pyarrow_table(), DeltaTable(folder).to_pyarrow_dataset()
    differences = []
    for column in rows.column_names:
        greatest = compute.min_max(rows[column])["max"]
        if greatest.is_valid:
            expected = compute.sum(compute.greater_equal(rows[column], greatest)).as_py()
            found = dataset.count_rows(filter=compute.field(column) >= greatest)
            if found != expected:
                differences.append(f"{column} >= {greatest} is true of {expected} rows, and finds {found}")
    return differences


def differences_in_tables(warehouse: Path, expected: dict) -> list:
    """Every published mart is a table that shows the newest entry, and there is no other table."""
    differences = []
    marts = warehouse / "marts"
    folders = {folder.name for folder in marts.iterdir() if folder.is_dir()} if marts.is_dir() else set()
    for mart in sorted(folders ^ set(expected["marts"])):
        where = "only in the publish log" if mart in expected["marts"] else "only in the folder marts/"
        differences.append(f"{mart}: is {where}")
    for mart in sorted(folders & set(expected["marts"])):
        shown = DeltaTable(marts / mart).transaction_version("sopmart")
        if shown != expected["entry"]:
            differences.append(f"{mart}: shows entry {shown}, and {expected['entry']} is the newest")
    return differences


def compare(expected: dict, found: dict) -> list:
    differences = []
    for fact in ("columns", "rows", "sums"):
        if expected[fact] != found[fact]:
            differences.append(f"{fact}: {found[fact]} was read, {expected[fact]} was published")
    if not differences and expected["digest"] != found["digest"]:
        differences.append("values: types, number of rows and sums are equal, and some value is not")
    return differences


# ---- The readers. Each gives the facts of a table, with types and sums as its own engine says them. ----


def with_pyarrow(folder: Path) -> dict:
    table = DeltaTable(folder).to_pyarrow_table()
    columns = [{"name": field.name, "type": pyarrow_type(field.type)} for field in table.schema]
    sums = {name: compute.sum(table[name]).as_py() for name in summed(columns)}
    return facts(table, columns, sums)


def with_duckdb(folder: Path) -> dict:
    dataset = DeltaTable(folder).to_pyarrow_dataset()
    connection = duckdb.connect()
    return duckdb_facts(connection, connection.from_arrow(dataset))


def with_duckdb_files(folder: Path):
    files = DeltaTable(folder).file_uris()
    if not files:
        return None
    connection = duckdb.connect()
    return duckdb_facts(connection, connection.read_parquet(files, union_by_name=True))


def duckdb_facts(connection, table) -> dict:
    connection.execute("set timezone = 'UTC'")
    connection.register("published", table)
    columns = [
        {"name": name, "type": duckdb_type(str(data_type))} for name, data_type in zip(table.columns, table.types)
    ]
    sums = {}
    for name in summed(columns):
        sums[name] = connection.execute(f'select sum("{name}")::varchar from published').fetchone()[0]
    return facts(connection.execute("select * from published").to_arrow_table(), columns, sums)


def with_polars(folder: Path) -> dict:
    table = polars.read_delta(str(folder))
    columns = [{"name": name, "type": polars_type(data_type)} for name, data_type in table.schema.items()]
    # Polars says 0 where there is nothing to add up.
    has_values = {name: table[name].null_count() < table.height for name in summed(columns)}
    sums = {name: wide(table[name]).sum() if has_values[name] else None for name in has_values}
    return facts(table.to_arrow(), columns, sums)


def wide(column):
    return column.cast(polars.Int64) if column.dtype.is_integer() else column


READERS = {
    "deltalake/pyarrow": with_pyarrow,
    "DuckDB": with_duckdb,
    "DuckDB (files)": with_duckdb_files,
    "Polars": with_polars,
}


# ---- The facts, in the words of published_facts.rs. ----


def facts(table: pyarrow.Table, columns: list, sums: dict) -> dict:
    texts = [cells(table.column(position), column["type"]) for position, column in enumerate(columns)]
    rows = sorted("\t".join(row).encode() for row in zip(*texts)) if texts else []
    scales = {column["name"]: scale(column["type"]) for column in columns}
    return {
        "columns": columns,
        "rows": table.num_rows,
        "sums": {name: decimal_text(total, scales[name]) for name, total in sums.items()},
        "digest": hashlib.sha256(b"\n".join(rows)).hexdigest(),
    }


def summed(columns: list) -> list:
    is_exact = re.compile(r"smallint|integer|bigint|decimal").match
    return [column["name"] for column in columns if is_exact(column["type"])]


def scale(type_name: str) -> int:
    found = re.fullmatch(r"decimal\(\d+,(\d+)\)", type_name)
    return int(found[1]) if found else 0


def decimal_text(total, digits: int):
    """A sum with exactly as many digits after the point as its column has; None where there was nothing to add up."""
    if total is None:
        return None
    exact = decimal.Decimal(str(total))
    assert exact == round(exact, digits), f"a sum of {digits} digits came out as {exact}"
    return f"{exact:.{digits}f}"


def cells(column, type_name: str) -> list:
    if type_name == "timestamp":
        column = column.cast(pyarrow.timestamp("us", tz="UTC")).cast(pyarrow.int64())
    digits = scale(type_name)
    return [cell(value, type_name, digits) for value in column.to_pylist()]


def cell(value, type_name: str, digits: int) -> str:
    if value is None:
        return "\\N"
    if type_name == "text":
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    if type_name == "double":
        # Every bit, so that no way of writing a number stands between two that are equal.
        return struct.pack(">d", value).hex()
    if type_name == "boolean":
        return "true" if value else "false"
    if type_name == "date":
        return value.isoformat()
    return f"{value:.{digits}f}" if type_name.startswith("decimal") else str(value)


def pyarrow_type(data_type) -> str:
    if pyarrow.types.is_decimal128(data_type):
        return f"decimal({data_type.precision},{data_type.scale})"
    names = {
        pyarrow.string(): "text",
        pyarrow.int16(): "smallint",
        pyarrow.int32(): "integer",
        pyarrow.int64(): "bigint",
        pyarrow.float64(): "double",
        pyarrow.bool_(): "boolean",
        pyarrow.date32(): "date",
        pyarrow.timestamp("us", tz="UTC"): "timestamp",
    }
    return names.get(data_type, f"pyarrow {data_type}")


def duckdb_type(name: str) -> str:
    names = {
        "VARCHAR": "text",
        "SMALLINT": "smallint",
        "INTEGER": "integer",
        "BIGINT": "bigint",
        "DOUBLE": "double",
        "BOOLEAN": "boolean",
        "DATE": "date",
        "TIMESTAMP WITH TIME ZONE": "timestamp",
    }
    return name.lower() if name.startswith("DECIMAL(") else names.get(name, f"DuckDB {name}")


def polars_type(data_type) -> str:
    if isinstance(data_type, polars.Decimal):
        return f"decimal({data_type.precision},{data_type.scale})"
    names = {
        polars.String(): "text",
        polars.Int16(): "smallint",
        polars.Int32(): "integer",
        polars.Int64(): "bigint",
        polars.Float64(): "double",
        polars.Boolean(): "boolean",
        polars.Date(): "date",
        polars.Datetime("us", "UTC"): "timestamp",
    }
    return names.get(data_type, f"Polars {data_type}")


if __name__ == "__main__":
    sys.exit(main())
