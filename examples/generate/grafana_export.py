"""The example dashboard for Grafana over its PostgreSQL data source: the same charts, each with its SQL."""

from typing import Any

from charts import ROWS, Chart

SOURCE = {"type": "grafana-postgresql-datasource", "uid": "${source}"}
UNITS = {".0%": "percentunit", ".1%": "percentunit", ",.0f": "none", ",d": "none"}
# Superset's rows are of 8 pixels, Grafana's of 30 and a gap; both grids are halves of each other in width.
PIXELS = 8 / 38


def content() -> dict[str, Any]:
    panels, top = [], 0
    for row in ROWS:
        left, height = 0, max(4, round(max(chart.height for chart in row) * PIXELS))
        for chart in row:
            place = {"x": left, "y": top, "w": chart.width * 2, "h": height}
            panels.append({"id": len(panels) + 1, "gridPos": place, **panel(chart)})
            left += chart.width * 2
        top += height
    variable = {"name": "source", "label": "Database", "type": "datasource", "query": SOURCE["type"]}
    return {
        "uid": "sopmart-planning",
        "title": "Sales & operations planning",
        "description": "Over the schema marts of sopmart's PostgreSQL target.",
        "tags": ["sopmart"],
        "schemaVersion": 39,
        "editable": True,
        "templating": {"list": [variable]},
        # Only what is drawn over time looks at it: plans reach ahead.
        "time": {"from": "now-1y", "to": "now+1y"},
        "refresh": "",
        "panels": panels,
    }


def panel(chart: Chart) -> dict[str, Any]:
    over_time = chart.kind == "heatmap_v2"
    target = {"refId": "A", "datasource": SOURCE, "editorMode": "code", "rawQuery": True}
    target |= (
        {"format": "time_series", "rawSql": lines(chart)} if over_time else {"format": "table", "rawSql": chart.sql()}
    )
    kinds = {
        "big_number_total": "stat",
        "table": "table",
        "heatmap_v2": "timeseries",
        "echarts_timeseries_bar": "barchart",
    }
    defaults: dict[str, Any] = {"unit": UNITS[chart.looks["y_axis_format"]]} if "y_axis_format" in chart.looks else {}
    if over_time:
        full = [{"color": "green", "value": None}, {"color": "red", "value": 1}]
        defaults |= {"thresholds": {"mode": "absolute", "steps": full}, "custom": {"thresholdsStyle": {"mode": "line"}}}
    made = {
        "type": kinds[chart.kind],
        "title": chart.title,
        "description": chart.says,
        "datasource": SOURCE,
        "targets": [target],
        "fieldConfig": {"defaults": defaults, "overrides": []},
    }
    if chart.kind == "echarts_timeseries_bar" and len(chart.columns) == 2:
        made["transformations"] = [matrix(chart)]
    return made


def lines(chart: Chart) -> str:
    """A line per work center, over the time that the dashboard shows."""
    moment, name = chart.columns
    sql = chart.sql().replace(
        f"select {moment}, {name}", f"select cast({moment} as timestamp) as time, {name} as metric", 1
    )
    return sql.replace("\nwhere ", f"\nwhere $__timeFilter({moment}) and ", 1)


def matrix(chart: Chart) -> dict[str, Any]:
    """Rows of a pair and a value become a row for each of the first, with a column for each of the second."""
    axis, series = (column if isinstance(column, str) else column.label for column in chart.columns)
    options = {"rowField": axis, "columnField": series, "valueField": chart.metrics[0].label}
    return {"id": "groupingToMatrix", "options": options}
