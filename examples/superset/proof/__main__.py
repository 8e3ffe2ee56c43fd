"""Publishes the sample, shows it in Superset over a database, and holds every chart against
`sopmart query`."""

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPOSITORY / "examples/generate"), str(REPOSITORY / "examples/grafana")]

from contracts import Mart, marts  # noqa: E402
from charts import QUERIES, ROWS  # noqa: E402
from superset_export import type_name  # noqa: E402

import browser  # noqa: E402
import figures  # noqa: E402
import queries  # noqa: E402
import servers  # noqa: E402
from api import Superset  # noqa: E402

# Who may read, and nothing else: what a company would give Superset.
READER = (
    "create role reader login password '{password}'",
    "grant usage on schema marts to reader",
    "grant select on all tables in schema marts to reader",
)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def publish(sopmart: str, folder: Path, url: str | None) -> Path:
    """A project of the sample with the target, and its warehouse after a run."""
    project = folder / "project"
    shutil.copytree(REPOSITORY / "pipelines/standard", project / "pipelines/standard")
    shutil.copytree(REPOSITORY / "sample_data", project / "sample_data")
    pipeline = project / "pipelines/standard/pipeline.yaml"
    environment = {}
    if url:
        target = '\ntargets:\n  postgres:\n    url: "${env:SOPMART_POSTGRES_URL}"\n'
        pipeline.write_text(pipeline.read_text(encoding="utf-8") + target, encoding="utf-8")
        environment = {"SOPMART_POSTGRES_URL": f"{url}?sslmode=disable"}
    warehouse = project / "warehouse"
    command = [sopmart, "--project", project, "--warehouse", warehouse, "run", "standard"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"sopmart run exits with {done.returncode}:\n{done.stderr}")
    say(done.stderr.strip().splitlines()[-1])
    return warehouse


def prove(superset: Superset, name: str, url: str, sopmart: str, warehouse: Path) -> list[str]:
    """What is wrong with the dashboard over one database."""
    superset.test(url)
    superset.import_dashboard(url)
    superset.import_all(url)
    wrong = wrong_columns(superset)
    say(f"{name}: connected, export imported, datasets refreshed")
    ids = {chart["slice_name"]: chart["id"] for chart in superset.every("chart")}
    for title, sql in figures.EXPECTED.items():
        shown = figures.charted(superset.data(ids[title]))
        expected = figures.published(sopmart, str(warehouse), sql)
        if shown != expected:
            different = sorted(set(shown) ^ set(expected), key=repr)[:6]
            wrong.append(f"{title}: {len(shown)} rows shown, {len(expected)} expected; these differ: {different}")
        say(f"{name}: {title}: {len(shown)} rows {'differ' if shown != expected else 'equal'}")
    for title, sql in queries.queries().items():
        rows = servers.execute(url, sql)
        if not rows:
            wrong.append(f"Grafana's {title}: nothing is found")
    say(f"{name}: Grafana's queries find their rows")
    missing = {chart.title for row in ROWS for chart in row} - set(figures.EXPECTED)
    return wrong + [f"{title} is held against nothing" for title in missing]


def wrong_columns(superset: Superset) -> list[str]:
    known = {mart.name: mart for mart in marts()}
    described: dict[str, Mart] = known | {name: known[mart] for name, (mart, _) in QUERIES.items()}
    datasets = {dataset["table_name"]: dataset["id"] for dataset in superset.every("dataset")}
    wrong = [f"there is no dataset {name}" for name in described.keys() - datasets.keys()]
    for name in sorted(described.keys() & datasets.keys()):
        found = superset.columns_found(datasets[name])
        expected = {column.name: type_name(column.type) for column in described[name].columns}
        # What a query gives has types of its own.
        if name in QUERIES:
            found, expected = dict.fromkeys(found), dict.fromkeys(expected)
        different = sorted(set(found.items()) ^ set(expected.items()))
        if different:
            wrong.append(f"{name}: the database's columns are not the contract's: {different[:6]}")
    return wrong


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sopmart", default=os.environ.get("SOPMART_BINARY"), help="the binary")
    arguments.add_argument("--against", action="append", choices=["postgres", "serve"], help="the database; both where none is named")
    arguments.add_argument("--picture", type=Path, help="where a picture of the dashboard goes")
    chosen = arguments.parse_args()
    against = chosen.against or ["postgres", "serve"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wrong: list[str] = []
    user, password = "planner", secrets.token_hex(12)
    with contextlib.ExitStack() as started:
        folder = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="sopmart-superset-")))
        # PostgreSQL may run as somebody else.
        folder.chmod(0o755)
        urls = {}
        target = started.enter_context(servers.postgres(folder / "postgres")) if "postgres" in against else None
        warehouse = publish(chosen.sopmart, folder, target)
        if target:
            secret = secrets.token_hex(12)
            servers.execute(target, *(statement.format(password=secret) for statement in READER))
            urls["postgres"] = f"postgresql://reader:{secret}@{target.split('@')[1]}"
        if "serve" in against:
            urls["serve"] = started.enter_context(servers.serve(chosen.sopmart, warehouse, folder / "serve"))
        address = started.enter_context(servers.superset(folder / "superset", user, password))
        say(f"Superset runs on {address}")
        for name, url in urls.items():
            session = Superset(address, user, password)
            wrong += [f"{name}: {finding}" for finding in prove(session, name, url, chosen.sopmart, warehouse)]
            file = chosen.picture if chosen.picture and name == next(iter(urls)) else folder / f"{name}.png"
            charts = sum(len(row) for row in ROWS)
            wrong += [f"{name}: {finding}" for finding in browser.picture(address, user, password, charts, file)]
            say(f"{name}: drawn in Chromium, {file.stat().st_size:,} bytes")
    if wrong:
        sys.exit("\n".join(wrong))
    say(f"The dashboard shows what is published, from {' and from '.join(urls)}")


if __name__ == "__main__":
    main()
