"""Writes rows with Python's csv module and reads them back with it.

    python_csv.py CASES.json

CASES.json is a list of cases, each with `rows` and the `dialect` to write them in (`tests/it/landing_differential.rs`
makes it). Prints a list with, for each case, the `text` that was written and what Python's own reader makes of it:
`read`, or the `error` it ends with.
"""

import csv
import io
import json
import sys
from pathlib import Path


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    cases = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    json.dump([there_and_back(case["rows"], dict(case["dialect"])) for case in cases], sys.stdout)
    return 0


def there_and_back(rows: list, dialect: dict) -> dict:
    dialect["quoting"] = getattr(csv, dialect["quoting"])
    written = io.StringIO(newline="")
    csv.writer(written, **dialect).writerows(rows)
    text = written.getvalue()
    try:
        return {"text": text, "read": list(csv.reader(io.StringIO(text, newline=""), **dialect))}
    except csv.Error as error:
        return {"text": text, "error": str(error)}


if __name__ == "__main__":
    sys.exit(main())
