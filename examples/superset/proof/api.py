"""What the proof asks of Superset's REST API."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

EXPORT = Path(__file__).resolve().parent.parent / "export"
DATABASE = "databases/sopmart.yaml"


class Superset:
    """A session of one user."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.address = address
        self.session = requests.Session()
        who = {"username": user, "password": password, "provider": "db", "refresh": False}
        token = self.ask("POST", "security/login", json=who)["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        # What writes needs a token of the session too, against forged requests.
        self.session.headers["X-CSRFToken"] = self.ask("GET", "security/csrf_token/")["result"]
        self.session.headers["Referer"] = address

    def ask(self, method: str, path: str, **how) -> Any:
        answer = self.session.request(method, f"{self.address}/api/v1/{path}", timeout=300, **how)
        if not answer.ok:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:2000]}")
        return answer.json()

    def every(self, what: str) -> list[dict]:
        """All datasets or charts, by name."""
        found: list[dict] = []
        while True:
            page = self.ask("GET", f"{what}/?q=(page:{len(found) // 100},page_size:100)")
            found += page["result"]
            if len(found) >= page["count"]:
                return found

    def test(self, url: str) -> None:
        self.ask("POST", "database/test_connection/", json={"sqlalchemy_uri": dialect(url), "database_name": "sopmart"})

    def import_dashboard(self, url: str) -> None:
        """As the page Dashboards > Import does: the dashboard with what it needs."""
        archive, passwords = bundle(url)
        files = {"formData": ("sopmart.zip", archive, "application/zip")}
        self.ask("POST", "dashboard/import/", files=files, data={"passwords": passwords, "overwrite": "true"})

    def import_all(self, url: str) -> None:
        """The dashboard and every dataset, over what is there."""
        archive, passwords = bundle(url)
        files = {"bundle": ("sopmart.zip", archive, "application/zip")}
        self.ask("POST", "assets/import/", files=files, data={"passwords": passwords})

    def columns_found(self, dataset: int) -> dict[str, str]:
        """Names and types of a dataset's columns, as the database has them now."""
        self.ask("PUT", f"dataset/{dataset}/refresh")
        columns = self.ask("GET", f"dataset/{dataset}")["result"]["columns"]
        return {column["column_name"]: column["type"] for column in columns}

    def data(self, chart: int) -> list[dict]:
        [result] = self.ask("GET", f"chart/{chart}/data/?force=true")["result"]
        if result["error"] or result["status"] != "success":
            raise SystemExit(f"chart {chart}: {result['error']}")
        return result["data"]


def bundle(url: str) -> tuple[bytes, str]:
    """The committed export as an archive, with the database's own address, and its password beside it."""
    address = urlsplit(dialect(url))
    shown = address._replace(netloc=address.netloc.replace(f":{address.password}@", ":XXXXXXXXXX@")).geturl()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for path in sorted(EXPORT.rglob("*.yaml")):
            name, text = str(path.relative_to(EXPORT)), path.read_text(encoding="utf-8")
            if name == DATABASE:
                lines = text.splitlines(keepends=True)
                text = "".join(f"sqlalchemy_uri: {shown}\n" if "sqlalchemy_uri" in line else line for line in lines)
            files.writestr(f"export/{name}", text)
    return archive.getvalue(), json.dumps({DATABASE: address.password})


def dialect(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)
