"""Where the charts stand on the dashboard: a grid of rows, each twelve columns wide."""

from typing import Any, Callable

from charts import Chart

TITLE = "Sales & operations planning"
NAME = "sales-and-operations-planning"


def dashboard(rows: list[list[Chart]], identity: Callable[[str, str], str], version: str) -> dict[str, Any]:
    return {
        "dashboard_title": TITLE,
        "description": "What is out of line, how good forecasts were, where hours are missing, how stock and sales do.",
        "css": "",
        "slug": NAME,
        "published": True,
        "uuid": identity("dashboard", NAME),
        "position": position(rows, identity),
        "metadata": {
            "color_scheme": "supersetColors",
            "cross_filters_enabled": False,
            "native_filter_configuration": [],
            "show_native_filters": False,
            "refresh_frequency": 0,
            "expanded_slices": {},
            "label_colors": {},
            "timed_refresh_immune_slices": [],
            "default_filters": "{}",
        },
        "version": version,
    }


def position(rows: list[list[Chart]], identity: Callable[[str, str], str]) -> dict[str, Any]:
    names = [f"ROW-{number}" for number in range(1, len(rows) + 1)]
    placed: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": names, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": TITLE}},
    }
    for name, row in zip(names, rows, strict=True):
        children = []
        for chart in row:
            unique = identity("chart", chart.title)
            child = f"CHART-{unique[:8]}"
            children.append(child)
            placed[child] = {
                "type": "CHART",
                "id": child,
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID", name],
                "meta": {
                    "chartId": 0,
                    "uuid": unique,
                    "sliceName": chart.title,
                    "width": chart.width,
                    "height": chart.height,
                },
            }
        placed[name] = {
            "type": "ROW",
            "id": name,
            "children": children,
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
    return placed
