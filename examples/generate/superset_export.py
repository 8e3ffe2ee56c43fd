"""Superset's export of the example dashboard, as it reads and writes it: a database, a dataset per mart, charts, and
the dashboard. Its ids are made of names, so that an import finds what an earlier one made."""

import json
import uuid
from typing import Any

from contracts import Column, Mart
import superset_layout
from charts import QUERIES, ROWS, Chart, Month

VERSION = "1.0.0"
HOME = uuid.uuid5(uuid.NAMESPACE_URL, "https://sopmart.dev/examples/superset")
DATABASE = "databases/sopmart.yaml"

TYPES = {
    "text": "TEXT",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "boolean": "BOOLEAN",
    "double": "DOUBLE PRECISION",
}


def files(marts: list[Mart]) -> dict[str, dict]:
    """Every file of the export by its path."""
    by_name = {mart.name: mart for mart in marts}
    made = {"metadata.yaml": {"version": VERSION, "timestamp": "2026-03-31T00:00:00+00:00"}, DATABASE: database()}
    for mart in marts:
        made[f"datasets/sopmart/{mart.name}.yaml"] = dataset(mart.name, mart, None)
    for name, (mart, sql) in QUERIES.items():
        made[f"datasets/sopmart/{name}.yaml"] = dataset(name, by_name[mart], sql)
    for chart in (chart for row in ROWS for chart in row):
        made[f"charts/{file_name(chart.title)}.yaml"] = described_chart(chart)
    made["dashboards/sales_and_operations_planning.yaml"] = superset_layout.dashboard(ROWS, identity, VERSION)
    return made


def identity(kind: str, name: str) -> str:
    return str(uuid.uuid5(HOME, f"{kind}/{name}"))


def file_name(title: str) -> str:
    return title.lower().replace(" ", "_")


def database() -> dict[str, Any]:
    return {
        "database_name": "sopmart",
        # The password is asked for when the export is imported.
        "sqlalchemy_uri": "postgresql+psycopg2://reader:XXXXXXXXXX@127.0.0.1:5432/sopmart",
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": identity("database", "sopmart"),
        "version": VERSION,
    }


def dataset(name: str, mart: Mart, sql: str | None) -> dict[str, Any]:
    return {
        "table_name": name,
        "main_dttm_col": mart.time_column(),
        "description": mart.sentence(),
        "schema": "marts",
        "sql": sql,
        "filter_select_enabled": True,
        "normalize_columns": False,
        "uuid": identity("dataset", name),
        "metrics": [{"metric_name": "count", "verbose_name": "Rows", "metric_type": "count", "expression": "COUNT(*)"}],
        "columns": [described_column(column) for column in mart.columns],
        "version": VERSION,
        "database_uuid": identity("database", "sopmart"),
    }


def type_name(physical: str) -> str:
    """A contract's type as Superset finds it in PostgreSQL."""
    return TYPES.get(physical) or physical.replace("decimal", "NUMERIC").replace(",", ", ")


def described_column(column: Column) -> dict[str, Any]:
    words = column.name.replace("_", " ")
    return {
        "column_name": column.name,
        "verbose_name": words[0].upper() + words[1:],
        "is_dttm": column.is_date,
        "is_active": True,
        "type": type_name(column.type),
        "groupby": True,
        "filterable": True,
        "expression": None,
        "description": column.sentence(),
        "python_date_format": None,
    }


def described_chart(chart: Chart) -> dict[str, Any]:
    form = form_of(chart)
    context = {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [query_of(chart)],
        "form_data": form,
        "result_format": "json",
        "result_type": "full",
    }
    return {
        "slice_name": chart.title,
        "description": chart.says,
        "viz_type": chart.kind,
        "params": form,
        "query_context": json.dumps(context, ensure_ascii=False),
        "cache_timeout": None,
        "uuid": identity("chart", chart.title),
        "version": VERSION,
        "dataset_uuid": identity("dataset", chart.dataset),
    }


def form_of(chart: Chart) -> dict[str, Any]:
    """What the page of a chart shows in its fields."""
    form = {"viz_type": chart.kind, "datasource": "0__table", "adhoc_filters": [filter_form(*f) for f in chart.where]}
    form |= {"row_limit": chart.limit, **chart.looks}
    metrics = [metric.form() for metric in chart.metrics]
    if chart.kind == "table":
        order = [json.dumps([column, ascending]) for column, ascending in chart.order]
        form |= {"query_mode": "raw", "all_columns": list(chart.columns), "order_by_cols": order}
    elif chart.kind == "big_number_total":
        form |= {"metric": metrics[0]}
    elif chart.kind == "heatmap_v2":
        form |= {"x_axis": chart.columns[0], "groupby": chart.columns[1], "metric": metrics[0]}
    else:
        axis, *series = columns_of(chart)
        form |= {"x_axis": axis, "groupby": series, "metrics": metrics}
    if chart.axis_order:
        form |= {"timeseries_limit_metric": chart.axis_order.form(), "x_axis_sort": chart.axis_order.label}
    return form


def columns_of(chart: Chart) -> list[Any]:
    return [column.form() if isinstance(column, Month) else column for column in chart.columns]


def filter_form(column: str, operator: str, value: Any = None) -> dict[str, Any]:
    names = {"==": "EQUALS", "IN": "IN", ">": "GREATER_THAN", "IS TRUE": "IS_TRUE", "IS FALSE": "IS_FALSE"}
    form = {"expressionType": "SIMPLE", "clause": "WHERE", "subject": column, "operator": operator}
    return form | {"operatorId": names[operator], "comparator": list(value) if isinstance(value, tuple) else value}


def query_of(chart: Chart) -> dict[str, Any]:
    """What is asked of the database when the data of a chart are fetched over the API, or for a report by mail."""
    filters = []
    for column, operator, *value in chart.where:
        filters.append({"col": column, "op": operator} | ({"val": value[0]} if value else {}))
    return {
        "filters": filters,
        "columns": columns_of(chart),
        "metrics": [metric.form() for metric in chart.metrics] or None,
        "orderby": [[column, ascending] for column, ascending in chart.order],
        "row_limit": chart.limit,
        "extras": {"having": "", "where": ""},
        "time_range": "No filter",
    }
