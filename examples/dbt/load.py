"""Fills a DuckDB file with the published marts, so that dbt can test them and build on them without any server.

load.py WAREHOUSE FILE
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "duckdb"))

from published import connect  # noqa: E402

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    connect(Path(sys.argv[1]), sys.argv[2]).close()
