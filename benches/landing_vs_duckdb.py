"""Lands one file with sopmart and with DuckDB, in turn, and prints the medians and their ratio, for each kind of file.

Both read the same file with the same types, on the same number of threads, and write zstd-compressed Parquet.
sopmart also hashes the file, holds its rows against the contract, reads it a second time to see that it did not
change, and syncs what it wrote to the disk; all of that is in its time.

    python -m venv /tmp/bench && /tmp/bench/bin/pip install duckdb
    cargo build --example land_file
    /tmp/bench/bin/python benches/landing_vs_duckdb.py --rows 5000000 --threads 2 --rounds 7 plain quoted gzip utf-16 parquet
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time

import duckdb

COLUMNS = {
    "order_id": "VARCHAR",
    "line_number": "INTEGER",
    "customer_id": "BIGINT",
    "product_id": "VARCHAR",
    "order_date": "DATE",
    "requested_date": "DATE",
    "quantity": "DECIMAL(18,4)",
    "unit_price": "DECIMAL(18,4)",
    "discount_rate": "DECIMAL(9,6)",
    "status": "VARCHAR",
    "description": "VARCHAR",
    "changed_at": "TIMESTAMP",
}


KINDS = ("plain", "quoted", "gzip", "utf-16", "parquet")


def make(kind, binary, folder, rows):
    """The file of a kind; what it is made of is taken away."""
    csv = os.path.join(folder, "order_lines.csv")
    subprocess.run([binary, "generate", csv, str(rows), "quoted" if kind == "quoted" else "plain"], check=True)
    if kind == "gzip":
        subprocess.run(["gzip", "-6", csv], check=True)
        return csv + ".gz"
    if kind == "utf-16":
        wide = os.path.join(folder, "order_lines_utf16.csv")
        with open(csv, encoding="utf-8", newline="") as narrow, open(wide, "w", encoding="utf-16-le", newline="") as out:
            out.write("\ufeff")
            shutil.copyfileobj(narrow, out, 1 << 20)
        os.remove(csv)
        return wide
    if kind == "parquet":
        parquet = os.path.join(folder, "order_lines.parquet")
        duckdb.execute(f"COPY (SELECT * FROM {read_csv(csv)}) TO '{parquet}' (FORMAT parquet, COMPRESSION zstd)")
        os.remove(csv)
        return parquet
    return csv


def read_csv(file, kind="plain"):
    encoding = ", encoding = 'utf-16'" if kind == "utf-16" else ""
    return f"read_csv('{file}', columns = {COLUMNS}, header = true{encoding})"


def land_with_sopmart(binary, file, kind, folder, threads):
    warehouse = os.path.join(folder, "warehouse")
    shutil.rmtree(warehouse, ignore_errors=True)
    encoding = "utf-16le" if kind == "utf-16" else "utf-8"
    command = [binary, "land", file, warehouse, str(threads), encoding]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, rows, size = told.stdout.split()
    return float(seconds), int(rows), int(size)


def land_with_duckdb(file, kind, folder, threads):
    parquet = os.path.join(folder, "duckdb.parquet")
    if os.path.exists(parquet):
        os.remove(parquet)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    read = f"read_parquet('{file}')" if kind == "parquet" else read_csv(file, kind)
    started = time.monotonic()
    copied = connection.execute(f"COPY (SELECT * FROM {read}) TO '{parquet}' (FORMAT parquet, COMPRESSION zstd)")
    rows = copied.fetchall()[0][0]
    seconds = time.monotonic() - started
    return seconds, rows, os.path.getsize(parquet)


def compare(kind, asked):
    with tempfile.TemporaryDirectory() as folder:
        file = make(kind, asked.binary, folder, asked.rows)
        size = os.path.getsize(file) / 1e6
        print(f"{kind}: {asked.rows:,} order lines, {size:,.0f} MB, {asked.threads} threads, DuckDB {duckdb.__version__}")
        seconds = {"sopmart": [], "DuckDB": []}
        sizes = {}
        # The first round warms the page cache and is left out.
        for round_number in range(asked.rounds + 1):
            landed = {
                "sopmart": land_with_sopmart(asked.binary, file, kind, folder, asked.threads),
                "DuckDB": land_with_duckdb(file, kind, folder, asked.threads),
            }
            for name, (taken, rows, size) in landed.items():
                assert rows == asked.rows, f"{name} landed {rows:,} rows"
                sizes[name] = size
                if round_number > 0:
                    seconds[name].append(taken)
        for name, taken in seconds.items():
            median = statistics.median(taken)
            spread = f"{min(taken):.2f} to {max(taken):.2f} s"
            print(f"{name:8} {median:5.2f} s ({spread})  {asked.rows / median / 1e6:5.2f} million rows/s  {sizes[name] / 1e6:6.1f} MB of Parquet")
        ratios = [duck / own for own, duck in zip(seconds["sopmart"], seconds["DuckDB"])]
        print(f"sopmart lands {statistics.median(ratios):.2f} times as many rows per second as DuckDB (median of {asked.rounds} pairs)", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    arguments.add_argument("kinds", nargs="*", default=KINDS, help="which kinds of file: " + ", ".join(KINDS))
    arguments.add_argument("--binary", default=os.path.join(target, "debug/examples/land_file"))
    arguments.add_argument("--rows", type=int, default=5_000_000)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=7)
    asked = arguments.parse_args()
    for kind in asked.kinds:
        compare(kind, asked)


if __name__ == "__main__":
    main()
