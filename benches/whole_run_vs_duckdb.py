"""Runs all from CSV to published marts with sopmart, and the headline work from the same CSV with DuckDB, in turn.

The two do not do the same: sopmart lands every extract, builds every mart (or, with --headline, the headline marts and what
they need, which is not published), checks it and publishes. DuckDB's script reads the 21 extracts that the headline marts
are made of, keeps the newest row of each key, builds forecast_accuracy, forecast_accuracy_summary, capacity_gap and
aging_stock by `benches/duckdb/*.sql`, and writes them as zstd-compressed Parquet. So this is no race: it shows what the
whole costs beside the headline work by hand. Whether the rows are equal is what `marts_vs_duckdb.py` asserts; here rows
are counted side by side. They are not as many in aging_stock, which DuckDB's script does not replay, nor in capacity_gap,
of which it has no load of demand. read_csv also takes a few records that sopmart quarantines (two at scale 0.03).

Wall time, CPU time and the peak of memory are those of one process each, by wait4.

    python -m venv /tmp/bench && /tmp/bench/bin/pip install duckdb
    sopmart generate /tmp/extracts --scale 1
    /tmp/bench/bin/python benches/whole_run_vs_duckdb.py /tmp/extracts --binary sopmart --rounds 5
"""

import argparse
import glob
import json
import os
import re
import shutil
import sys
import tempfile

import duckdb

from marts_vs_duckdb import CAPACITY, FORECASTS, HERE, SETTINGS, STANDARD, STOCK, key_of
from model_exponents import make_project, measure, spread

ENTITIES = list(dict.fromkeys([*STOCK, *CAPACITY, *FORECASTS]))
# Scripts with the marts that stand when they are done. Aging of stock is first: other scripts name tables as it does.
SCRIPTS = [
    ("prices_and_units", None),
    ("aging_stock", "aging_stock"),
    ("forecast_accuracy", "forecast_accuracy"),
    ("forecast_accuracy_rates", None),
    ("forecast_accuracy_summary", "forecast_accuracy_summary"),
    ("capacity_load", None),
    ("capacity_gap", "capacity_gap"),
]
MARTS = [mart for _, mart in SCRIPTS if mart]


def columns_of(contract):
    """Name, type and whether a value is required, of each column of a contract, in its order."""
    with open(contract, encoding="utf-8") as lines:
        columns = []
        for line in lines:
            if named := re.match(r"      - name: (\w+)$", line):
                columns.append([named.group(1), None, False])
            elif typed := re.match(r"        physicalType: (.+)$", line):
                columns[-1][1] = {"text": "varchar", "timestamp": "timestamptz"}.get(typed.group(1), typed.group(1))
            elif re.match(r"        required: true", line):
                columns[-1][2] = True
    return columns


def extracts_of(pipeline):
    """File pattern and kind of load of each extract."""
    with open(pipeline, encoding="utf-8") as text:
        found = re.findall(r"(?m)^  (\w+):\n    files: (\S+)\n(?:    .*\n)*?    load: (\w+)$", text.read())
    return {extract: (files, load) for extract, files, load in found}


def land_with_duckdb(connection, extracts):
    """Tables in the schema `landing` with the rows of the CSV files; what cannot be read is left out."""
    loads = extracts_of(os.path.join(STANDARD, "pipeline.yaml"))
    for extract in ENTITIES:
        files, load = loads[extract]
        contract = os.path.join(STANDARD, "contracts", f"{extract}.odcs.yaml")
        columns = columns_of(contract)
        types = ", ".join(f"'{name}': '{kind}'" for name, kind, _ in columns)
        required = " and ".join(f"{name} is not null" for name, _, is_required in columns if is_required) or "true"
        paths = sorted(glob.glob(os.path.join(extracts, files)))
        rows = f"read_csv({paths}, header = true, ignore_errors = true, null_padding = false, columns = {{{types}}})"
        if load == "upsert":
            key = ", ".join(key_of(contract))
            rows = f"(select *, row_number() over () as _row from {rows})"
            newest = f"qualify row_number() over (partition by {key} order by _row desc) = 1"
            connection.execute(f"create table landing.{extract} as select * exclude (_row) from {rows} where {required} {newest}")
        else:
            connection.execute(f"create table landing.{extract} as from {rows} where {required}")


def run_script(extracts, target, threads):
    """What the process does that DuckDB is measured by."""
    connection = duckdb.connect()
    connection.execute(f"set threads = {threads}; set TimeZone = 'UTC'; create schema landing; {SETTINGS}")
    land_with_duckdb(connection, extracts)
    rows = {}
    for script, mart in SCRIPTS:
        with open(os.path.join(HERE, "duckdb", f"{script}.sql"), encoding="utf-8") as text:
            connection.execute(text.read())
        if mart:
            path = os.path.join(target, f"{mart}.parquet")
            connection.execute(f"copy {mart} to '{path}' (format parquet, compression zstd)")
            rows[mart] = connection.execute(f"select count(*) from '{path}'").fetchone()[0]
    for extract in ENTITIES:
        rows[f"landing.{extract}"] = connection.execute(f"select count(*) from landing.{extract}").fetchone()[0]
    print(json.dumps(rows))


def told_by(taken, output, command):
    """The last line of what a process said, as JSON; ends where it failed."""
    if taken["exit"] != 0:
        with open(output + ".err", encoding="utf-8", errors="replace") as err:
            sys.exit(f"{' '.join(command)}\nended with {taken['exit']}, {taken['peak']:,.0f} MB at the peak\n{err.read()[-4000:]}")
    with open(output, encoding="utf-8") as lines:
        return json.loads(lines.read().splitlines()[-1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    arguments.add_argument("extracts", help="a folder that `sopmart generate` wrote")
    arguments.add_argument("--binary", default=os.path.join(target, "debug/sopmart"))
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--memory-limit", help="as `sopmart run` has it")
    arguments.add_argument("--headline", action="store_true", help="sopmart builds only the headline marts and what they need")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--work", help="a folder for warehouses, which are removed after each run")
    arguments.add_argument("--script-into", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.script_into:
        run_script(asked.extracts, asked.script_into, asked.threads)
        return
    folder = tempfile.mkdtemp(dir=asked.work)
    output = os.path.join(folder, "output")
    runs = {"sopmart": [], "DuckDB": []}
    try:
        os.makedirs(os.path.join(folder, "project"))
        project = make_project(os.path.join(folder, "project"), asked.extracts)
        for turn in range(asked.rounds):
            warehouse, written = os.path.join(folder, "warehouse"), os.path.join(folder, "duckdb")
            own = [os.path.abspath(asked.binary) if "/" in asked.binary else asked.binary]
            own += ["--project", project, "--warehouse", warehouse, "--output", "json", "run", "standard"]
            own += ["--threads", str(asked.threads)]
            own += ["--memory-limit", asked.memory_limit] if asked.memory_limit else []
            own += ["--select", *(f"+marts.{mart}" for mart in MARTS)] if asked.headline else []
            script = [sys.executable, os.path.abspath(__file__), asked.extracts, "--script-into", written]
            script += ["--threads", str(asked.threads)]
            os.makedirs(written)
            for name, command in (("sopmart", own), ("DuckDB", script)):
                taken = measure(command, output)
                taken["told"] = told_by(taken, output, command)
                runs[name].append(taken)
                seconds = f"{taken['wall']:.1f} s, {taken['cpu']:.1f} s of CPU, {taken['peak']:,.0f} MB at the peak"
                print(f"run {turn + 1} of {name}: {seconds}", file=sys.stderr, flush=True)
            shutil.rmtree(warehouse)
            shutil.rmtree(written)
    finally:
        shutil.rmtree(folder)
    what = "headline marts" if asked.headline else "all marts, checked and published"
    print(f"{asked.extracts}, {asked.threads} threads, DuckDB {duckdb.__version__}, {asked.rounds} rounds\n")
    print("| | wall, s | CPU, s | peak, MB |\n|---|---|---|---|")
    for name, done in (("sopmart", what), ("DuckDB", "headline marts")):
        taken = runs[name]
        cells = [spread([run[kind] for run in taken], form) for kind, form in (("wall", "{:.1f}"), ("cpu", "{:.1f}"), ("peak", "{:,.0f}"))]
        print(f"| {name}: {done} | {' | '.join(cells)} |")
    record, rows = runs["sopmart"][0]["told"], runs["DuckDB"][0]["told"]
    own = {model["model"]: model["rows"] for model in record["models"]}
    print("\n| mart | rows of sopmart | rows of DuckDB |\n|---|---|---|")
    for mart in MARTS:
        print(f"| {mart} | {own.get(f'marts.{mart}', 0):,} | {rows[mart]:,} |")


if __name__ == "__main__":
    main()
