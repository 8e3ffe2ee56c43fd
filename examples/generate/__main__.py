"""Writes what the examples say about the marts from the marts' contracts: dashboards for Superset
and Grafana, Superset's datasets, and dbt's sources. With --check it writes nothing and fails where a file differs from
what it would write."""

import argparse
import json
import sys
from pathlib import Path

import yaml

from contracts import REPOSITORY, marts
import dbt_sources
import grafana_export
import superset_export

SUPERSET = REPOSITORY / "examples/superset/export"


class Plain(yaml.SafeDumper):
    """Indents lists below their key, and repeats a value instead of pointing back to it."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


def as_yaml(content: dict) -> str:
    return yaml.dump(content, Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)


def files() -> dict[Path, str]:
    """Every generated file, and its text."""
    known = marts()
    made = {SUPERSET / path: as_yaml(content) for path, content in superset_export.files(known).items()}
    made[REPOSITORY / "examples/dbt/models/sources.yml"] = as_yaml(dbt_sources.content(known))
    grafana = json.dumps(grafana_export.content(), indent=2, ensure_ascii=False)
    made[REPOSITORY / "examples/grafana/sales_and_operations_planning.json"] = f"{grafana}\n"
    return made


def present() -> set[Path]:
    return set(SUPERSET.rglob("*.yaml"))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing, and fail where a file differs")
    check = arguments.parse_args().check
    made = files()
    wrong = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    obsolete = sorted(present() - set(made))
    if check and (wrong or obsolete):
        names = "\n".join(f"  {path.relative_to(REPOSITORY)}" for path in wrong + obsolete)
        sys.exit(f"{names}\ndiffer from what the contracts say; run `python examples/generate`")
    if check:
        return print(f"{len(made)} files equal what the contracts say")
    for path in obsolete:
        path.unlink()
    for path in wrong:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[path], encoding="utf-8")
    print(f"{len(made)} files, of which {len(wrong)} are new or changed and {len(obsolete)} are gone")


if __name__ == "__main__":
    main()
