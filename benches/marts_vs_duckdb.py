"""Builds the headline marts with sopmart and by hand-written DuckDB SQL, in turn, and prints the medians and their ratio.

Both start from the same landed Parquet and end with the same rows, which is asserted first: equal keys; counts,
quantities, amounts, dates and texts exactly; rates and means within 1e-9 (of their size, where that is above 1).
DuckDB's scripts, `benches/duckdb/<mart>.sql`, leave a table or view that is named for the mart; it is copied into a
zstd-compressed Parquet file.

sopmart's time is that of the step `transform` in the record of `run --full-refresh --select marts.<mart>`: the wall time
of everything that the mart needs, from the landed Parquet on, and of the mart. (Milliseconds of single models are in the
record, too, but models run side by side, so that their sum is no time.) Since the step also builds the totals that checks
compare and the dimensions that are published beside every mart, neither of which DuckDB's script does, each mart has a
project of its own here: its pipeline has the entities that the mart is made of, and its checks select nothing.

aging_stock is compared on the products that need no replay, by extracts that have these products alone: DuckDB has no
query for the others. `aging_stock, replayed` has the same rows from `fifo_layers`, since its project says that every
product is to be replayed; `aging_stock, all products replayed` does that for the movements of all products, beside
DuckDB's script over the same movements, whose rows cannot be equal.

    python -m venv /tmp/bench && /tmp/bench/bin/pip install duckdb
    sopmart generate /tmp/extracts --scale 1
    /tmp/bench/bin/python benches/marts_vs_duckdb.py /tmp/extracts --rounds 5
"""

import argparse
import csv
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(HERE)
STANDARD = os.path.join(REPOSITORY, "pipelines", "standard")

STOCK = ["companies", "locations", "products", "product_units", "prices", "exchange_rates", "stock_movements", "stock_balances"]
CAPACITY = [
    "calendars",
    "locations",
    "products",
    "work_centers",
    "capacity",
    "routings",
    "bills_of_material",
    "production_plans",
    "production_orders",
    "production_operations",
]
FORECASTS = [
    "companies",
    "locations",
    "calendars",
    "customers",
    "products",
    "product_units",
    "prices",
    "exchange_rates",
    "sales_orders",
    "shipments",
    "sales",
    "forecasts",
]

# What each comparison builds: the mart, DuckDB's scripts, and the entities of its pipeline.
COMPARISONS = {
    "forecast_accuracy": ("forecast_accuracy", ["prices_and_units", "forecast_accuracy"], FORECASTS),
    "forecast_accuracy_summary": (
        "forecast_accuracy_summary",
        ["prices_and_units", "forecast_accuracy", "forecast_accuracy_rates", "forecast_accuracy_summary"],
        FORECASTS,
    ),
    "forecast_accuracy_rolling": (
        "forecast_accuracy_rolling",
        ["prices_and_units", "forecast_accuracy", "forecast_accuracy_rates", "forecast_accuracy_rolling"],
        FORECASTS,
    ),
    "capacity_gap": ("capacity_gap", ["capacity_load", "capacity_gap"], CAPACITY),
    "capacity_gap_drivers": ("capacity_gap_drivers", ["capacity_load", "capacity_gap", "capacity_gap_drivers"], CAPACITY),
    "aging_stock": ("aging_stock", ["prices_and_units", "aging_stock"], STOCK),
    "aging_stock, replayed": ("aging_stock", ["prices_and_units", "aging_stock"], STOCK),
    "aging_stock, all products replayed": ("aging_stock", ["prices_and_units", "aging_stock"], STOCK),
}

# The settings that DuckDB's scripts ask for, as sql/settings.yaml and pipelines/standard have them.
SETTINGS = """
    set variable as_of = date '2026-03-31';
    set variable time_zone = 'Europe/Berlin';
    set variable reporting_currency = 'EUR';
    set variable max_rate_age_days = 31;
    set variable calendar_first_date = date '2000-01-01';
    set variable calendar_last_date = date '2049-12-31';
"""

REPLAY_ALL = """-- One row per product in stock: here each is replayed.
with

reasons as (
    select
        *,
        false as has_deficits,
        true as is_replayed
    from intermediate.stock_replay_reasons
)

select * from reasons
"""

EMPTY_CHECK = """-- Compares nothing, since DuckDB's script does not either.
select
    '' as measure,
    cast(null as varchar) as period_kind,
    cast(null as date) as period_start,
    cast(0 as decimal(18, 4)) as source_total,
    cast(0 as decimal(18, 4)) as mart_total
where false
"""


def make_project(folder, extracts, entities, checks_nothing=True, replays_all=False):
    """A project with the standard pipeline, of which the entities are left that are asked for."""
    pipeline = os.path.join(folder, "pipelines", "standard")
    shutil.copytree(STANDARD, pipeline)
    kept, section, entity = [], "", ""
    with open(os.path.join(pipeline, "pipeline.yaml"), encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith(" "):
                section = line.split(":")[0]
            named = re.match(r"  (\w+):", line)
            entity = named.group(1) if named else entity
            if section == "source":
                line = f"source: {os.path.abspath(extracts)}\n"
            if section not in ("extracts", "entities") or not line.startswith(" ") or entity in entities:
                kept.append(line)
    with open(os.path.join(pipeline, "pipeline.yaml"), "w", encoding="utf-8") as out:
        out.writelines(kept)
    overlays = {}
    if checks_nothing:
        for check in glob.glob(os.path.join(REPOSITORY, "sql", "checks", "*__does_not_reconcile.sql")):
            overlays[f"checks/{os.path.basename(check)}"] = EMPTY_CHECK
    if replays_all:
        overlays["intermediate/stock_products.sql"] = REPLAY_ALL
    for path, text in overlays.items():
        path = os.path.join(folder, "sql", path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
    return folder


def overlay_sql(project, *sources):
    """Puts the SQL and contracts of a folder over the project's, where it has none of its own."""
    for source in sources:
        for path in glob.glob(os.path.join(source, "sql", "**", "*.*"), recursive=True):
            target = os.path.join(project, os.path.relpath(path, source))
            if not os.path.exists(target):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copyfile(path, target)


def run(asked, project, warehouse, mart):
    """The record of a run that builds one mart, and all that it needs, anew."""
    command = [asked.binary, "--project", project, "--warehouse", warehouse, "--output", "json", "run", "standard"]
    command += ["--full-refresh", "--threads", str(asked.threads), "--select", f"marts.{mart}"]
    told = subprocess.run(command, capture_output=True, text=True)
    if told.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{told.stderr}")
    return json.loads(told.stdout.splitlines()[-1])


def transform_seconds(record):
    return next(step["milliseconds"] for step in record["steps"] if step["step"] == "transform") / 1000


def mart_files(warehouse, mart):
    """The newest file of a mart: runs of one mart alone are not published, and each leaves its file."""
    return max(glob.glob(os.path.join(warehouse, "marts", mart, "*.parquet")), key=os.path.getmtime)


def landed_files(warehouse, extract):
    """The landed files of an extract, from the oldest to the newest, and whether the newest row of a key counts."""
    loads = []
    for path in glob.glob(os.path.join(warehouse, "landing", extract, "loads", "*.json")):
        with open(path, encoding="utf-8") as text:
            loads.append(json.load(text))
    loads.sort(key=lambda load: (load["known_at"], load["n"]))
    paths = [file["path"] for load in loads for file in load["files"]]
    assert len(paths) == len(set(paths)), f"{extract} has corrections: bench in a new warehouse"
    assert loads[0]["mode"] != "replace" or len(loads) == 1, f"{extract} was replaced: bench in a new warehouse"
    is_upsert = isinstance(loads[0]["mode"], dict) and "upsert" in loads[0]["mode"]
    files = [part["path"] for load in loads for file in load["files"] for part in file["batch"]["files"]]
    return [os.path.join(warehouse, file) for file in files], is_upsert


def key_of(contract):
    """The key columns of a contract, in its order."""
    with open(contract, encoding="utf-8") as lines:
        names, name = [], None
        for line in lines:
            named = re.match(r"      - name: (\w+)$", line)
            name = named.group(1) if named else name
            if re.match(r"        primaryKey: true", line):
                names.append(name)
    return names


def connect(asked, warehouse, entities):
    """A connection in whose schema `landing` the landed Parquet stands as sopmart's models see it."""
    connection = duckdb.connect()
    connection.execute(f"set threads = {asked.threads}; set TimeZone = 'UTC'; create schema landing; {SETTINGS}")
    for extract in entities:
        files, is_upsert = landed_files(warehouse, extract)
        rows = f"from read_parquet({files}) select * exclude (_source_row)"
        if is_upsert:
            key = ", ".join(key_of(os.path.join(STANDARD, "contracts", f"{extract}.odcs.yaml")))
            rows += f" qualify row_number() over (partition by {key} order by file_index desc, _source_row desc) = 1"
        connection.execute(f"create view landing.{extract} as {rows}")
    return connection


def build_with_duckdb(asked, warehouse, comparison, target):
    """Seconds, from the connection to the written file. The scripts leave a table or view that is named for the mart."""
    mart, scripts, entities = COMPARISONS[comparison]
    started = time.monotonic()
    connection = connect(asked, warehouse, entities)
    for script in scripts:
        with open(os.path.join(HERE, "duckdb", f"{script}.sql"), encoding="utf-8") as text:
            connection.execute(text.read())
    connection.execute(f"copy {mart} to '{target}' (format parquet, compression zstd)")
    connection.close()
    return time.monotonic() - started


def assert_equal(name, mart, own_file, duck_file):
    """Names the first rows that differ, and ends."""
    key = key_of(os.path.join(REPOSITORY, "sql", "marts", f"{mart}.odcs.yaml"))
    connection = duckdb.connect()
    connection.execute(f"create view own as from '{own_file}'; create view duck as from '{duck_file}'")
    describe = lambda view: {row[0]: row[1] for row in connection.execute(f"describe {view}").fetchall()}
    own, duck = describe("own"), describe("duck")
    assert list(own) == list(duck), f"{name}: columns are not the same: {[*own]} and {[*duck]}"
    rows = [connection.execute(f"select count(*), count(distinct ({', '.join(key)})) from {view}").fetchone() for view in ("own", "duck")]
    on = " and ".join(f"own.{column} is not distinct from duck.{column}" for column in key)
    differences = {}
    for side, other in (("own", "duck"), ("duck", "own")):
        lonely = connection.execute(f"select {', '.join(key)} from {side} where not exists (from {other} where {on}) order by all limit 3")
        found = lonely.fetchall()
        if found:
            differences[f"keys of {'sopmart' if side == 'own' else 'DuckDB'} alone"] = found
    for column in own:
        if own[column] in ("DOUBLE", "DECIMAL(28,12)", "DECIMAL(38,12)"):
            apart = f"abs(own.{column} - duck.{column}) > 1e-9 * greatest(1, abs(own.{column}))"
            differs = f"{apart} or (own.{column} is null) <> (duck.{column} is null)"
        else:
            differs = f"own.{column} is distinct from duck.{column}"
        sql = f"from own inner join duck on {on} where {differs}"
        (count,) = connection.execute(f"select count(*) {sql}").fetchone()
        if count:
            shown = connection.execute(f"select {', '.join(f'own.{part}' for part in key)}, own.{column}, duck.{column} {sql} order by all limit 3")
            differences[f"{column} ({count:,} rows)"] = shown.fetchall()
    if differences or rows[0] != rows[1]:
        told = "\n".join(f"  {what}: {shown}" for what, shown in differences.items())
        sys.exit(f"{name}: rows differ; sopmart {rows[0]}, DuckDB {rows[1]} (rows, keys)\n{told}")
    return rows[0][0]


def closed_form_extracts(asked, folder, warehouse):
    """Extracts of which movements and balances name only products whose layers follow from sums."""
    (built,) = glob.glob(os.path.join(warehouse, "models", "intermediate.stock_products", "*", "*.parquet"))
    products = duckdb.execute(f"select product_id from '{built}' where not is_replayed").fetchall()
    products = {product for (product,) in products}
    extracts = os.path.join(folder, "extracts")
    os.makedirs(extracts)
    for entry in os.listdir(asked.extracts):
        if entry not in ("stock_movements", "stock_balances"):
            os.symlink(os.path.abspath(os.path.join(asked.extracts, entry)), os.path.join(extracts, entry))
            continue
        os.makedirs(os.path.join(extracts, entry))
        for file in os.listdir(os.path.join(asked.extracts, entry)):
            with open(os.path.join(asked.extracts, entry, file), encoding="utf-8", newline="") as lines:
                records = list(csv.reader(lines))
            place = records[0].index("product_id")
            with open(os.path.join(extracts, entry, file), "w", encoding="utf-8", newline="") as out:
                kept = (record for record in records[1:] if len(record) > place and record[place] in products)
                csv.writer(out, lineterminator="\n").writerows([records[0], *kept])
    print(f"aging_stock: {len(products):,} products need no replay", flush=True)
    return extracts


class Bench:
    """Where the projects, warehouses and files of one call stand."""

    def __init__(self, asked, folder):
        self.asked, self.folder, self.closed_form = asked, folder, None

    def place(self, name):
        return os.path.join(self.folder, re.sub(r"\W+", "_", name))

    def extracts(self, name):
        """The extracts of a comparison."""
        if not name.startswith("aging_stock") or "all products" in name:
            return self.asked.extracts
        if self.closed_form is None:
            place = self.place("replayed_products")
            os.makedirs(place)
            warehouse = os.path.join(place, "warehouse")
            run(self.asked, make_project(place, self.asked.extracts, STOCK), warehouse, "aging_stock")
            self.closed_form = closed_form_extracts(self.asked, place, warehouse)
        return self.closed_form

    def compare(self, name):
        """One line of the table."""
        mart, _, entities = COMPARISONS[name]
        extracts = self.extracts(name)
        place = self.place(name)
        os.makedirs(place)
        project = make_project(place, extracts, entities, replays_all="replayed" in name)
        overlay_sql(project, *self.asked.overlay)
        warehouse, duck_file = os.path.join(place, "warehouse"), os.path.join(place, "duckdb.parquet")
        record = run(self.asked, project, warehouse, mart)
        build_with_duckdb(self.asked, warehouse, name, duck_file)
        own_file = mart_files(warehouse, mart)
        if "all products" in name:
            (rows,) = duckdb.execute(f"select count(*) from '{own_file}'").fetchone()
        else:
            rows = assert_equal(name, mart, own_file, duck_file)
        seconds = {"sopmart": [], "DuckDB": []}
        for _ in range(self.asked.rounds):
            record = run(self.asked, project, warehouse, mart)
            seconds["sopmart"].append(transform_seconds(record))
            seconds["DuckDB"].append(build_with_duckdb(self.asked, warehouse, name, duck_file))
        if self.asked.models:
            for model in sorted(record["models"], key=lambda model: -model["milliseconds"])[: self.asked.models]:
                print(f"    {model['milliseconds']:6,} ms  {model['model']} ({model['rows']:,} rows)")
        if not self.asked.keep:
            shutil.rmtree(place)
        if self.asked.rounds:
            ratios = [own / duck for own, duck in zip(*seconds.values())]
            told = " | ".join(
                f"{statistics.median(taken):.2f} ({min(taken):.2f} to {max(taken):.2f})" for taken in seconds.values()
            )
            print(f"| {name} | {rows:,} | {told} | {statistics.median(ratios):.2f} |", flush=True)
        else:
            print(f"{name}: {rows:,} rows are equal", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    arguments.add_argument("extracts", help="a folder that `sopmart generate` wrote")
    arguments.add_argument("comparisons", nargs="*", help="which: " + "; ".join(COMPARISONS))
    arguments.add_argument("--binary", default=os.path.join(target, "debug/sopmart"))
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=5, help="0 compares the rows alone")
    arguments.add_argument("--models", type=int, default=0, help="name so many of the models that took longest")
    arguments.add_argument("--overlay", action="append", default=[], help="a project whose sql/ is to be measured")
    arguments.add_argument("--keep", help="a folder to work in that is kept")
    asked = arguments.parse_args()
    print(f"{asked.extracts}, {asked.threads} threads, DuckDB {duckdb.__version__}")
    if asked.rounds:
        print("| mart | rows | sopmart, s | DuckDB, s | ratio |\n|---|---|---|---|---|", flush=True)
    folder = asked.keep or tempfile.mkdtemp()
    try:
        bench = Bench(asked, folder)
        for name in asked.comparisons or COMPARISONS:
            bench.compare(name)
    finally:
        if not asked.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
