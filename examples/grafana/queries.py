"""The queries of the Grafana dashboard, with its macros replaced, so that they can be run without Grafana.

queries.py WAREHOUSE    runs each over the published set in DuckDB; fails where one does not run or finds nothing
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# As Grafana writes it.
TIME_FILTER = r"\1 BETWEEN '2025-01-01T00:00:00Z' AND '2027-12-31T00:00:00Z'"


def queries() -> dict[str, str]:
    dashboard = json.loads((HERE / "sales_and_operations_planning.json").read_text(encoding="utf-8"))
    found = {}
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            sql = re.sub(r"\$__timeFilter\((\w+)\)", TIME_FILTER, target["rawSql"])
            if "$" in sql:
                raise ValueError(f"{panel['title']}: a macro that is not known here: {sql}")
            found[panel["title"]] = sql
    return found


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.path.insert(0, str(HERE.parent / "duckdb"))
    from published import connect

    database = connect(Path(sys.argv[1]))
    for title, sql in queries().items():
        rows = database.execute(sql).fetchall()
        print(f"{title}: {len(rows)} rows")
        if not rows:
            sys.exit(f"{title}: nothing is found by\n{sql}")


if __name__ == "__main__":
    main()
