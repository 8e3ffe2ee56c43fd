"""The charts of the example dashboard, which Superset and Grafana both show, and where each stands. Every chart keeps
to the grain of its mart: it chooses one kind of period, one basis, one level, and divides sums for a rate."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Metric:
    label: str
    sql: str

    def form(self) -> dict[str, Any]:
        return {"expressionType": "SQL", "sqlExpression": self.sql, "label": self.label, "hasCustomLabel": True}


@dataclass(frozen=True)
class Month:
    """The month in which a period starts, as text: an axis of time would put its marks between the bars."""

    label: str

    def form(self) -> dict[str, Any]:
        sql = "substr(cast(period_start as varchar), 1, 7)"
        return {"expressionType": "SQL", "sqlExpression": sql, "label": self.label}


@dataclass(frozen=True)
class Chart:
    title: str
    dataset: str
    says: str
    kind: str
    width: int
    height: int
    metrics: tuple[Metric, ...] = ()
    columns: tuple[str | Month, ...] = ()
    where: tuple[tuple[str, ...], ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    # What the axis is sorted by, which is not shown.
    axis_order: Metric | None = None
    limit: int = 1000
    looks: dict[str, Any] = field(default_factory=dict)

    def sql(self) -> str:
        """What Superset asks for such a chart, for tools that are given SQL."""
        groups = [column.form()["sqlExpression"] if isinstance(column, Month) else column for column in self.columns]
        names = [
            f'{sql} as "{c.label}"' if isinstance(c, Month) else c for c, sql in zip(self.columns, groups, strict=True)
        ]
        asked = [*names, *(f'{metric.sql} as "{metric.label}"' for metric in self.metrics)]
        table = f"({QUERIES[self.dataset][1]}) as newest" if self.dataset in QUERIES else f"marts.{self.dataset}"
        parts = [f"select {', '.join(asked)}", f"from {table}"]
        if self.where:
            parts.append("where " + " and ".join(condition(*filtered) for filtered in self.where))
        if self.metrics and groups:
            parts.append("group by " + ", ".join(groups))
        order = [f"{column} {'asc' if ascending else 'desc'} nulls last" for column, ascending in self.order]
        order = order or ([self.axis_order.sql] if self.axis_order else groups)
        if order:
            parts += ["order by " + ", ".join(order), f"limit {self.limit}"]
        return "\n".join(parts)


def condition(column: str, operator: str, value: Any = None) -> str:
    if value is None:
        return f"{column} {operator.lower()}"
    if isinstance(value, tuple):
        return f"{column} in ({', '.join(map(literal, value))})"
    return f"{column} {'=' if operator == '==' else operator} {literal(value)}"


def literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"


def rate(label: str, numerator: str, denominator: str) -> Metric:
    """Sums divided once: rates of rows are never added up or averaged."""
    return Metric(label, f"cast(sum({numerator}) as double precision) / nullif(sum({denominator}), 0)")


def number(title: str, dataset: str, says: str, metric: Metric, where: tuple, format: str, note: str) -> Chart:
    looks = {"y_axis_format": format, "subheader": note, "header_font_size": 0.35, "subheader_font_size": 0.125}
    return Chart(title, dataset, says, "big_number_total", 3, 20, (metric,), where=where, looks=looks)


def bars(title: str, dataset: str, says: str, metric: Metric, columns: tuple, width: int, format: str, **more) -> Chart:
    looks = {"y_axis_format": format, "show_legend": len(columns) > 1, "legendOrientation": "top", "rich_tooltip": True}
    looks |= {"x_axis_sort_asc": True, "truncateYAxis": False, **more.pop("looks", {})}
    return Chart(title, dataset, says, "echarts_timeseries_bar", width, 50, (metric,), columns, looks=looks, **more)


def table(title: str, dataset: str, says: str, columns: tuple, order: tuple, height: int, **more) -> Chart:
    """Of the whole width, ten rows to a page."""
    looks = {"page_length": 10, "table_timestamp_format": "%Y-%m-%d", "show_cell_bars": False, **more.pop("looks", {})}
    return Chart(title, dataset, says, "table", 12, height, columns=columns, order=order, looks=looks, **more)


# A snapshot mart keeps every day that was published. Superset lets no subquery into a filter, hence datasets of SQL.
QUERIES = {
    "aging_stock_buckets_newest": (
        "aging_stock_buckets",
        "select * from marts.aging_stock_buckets"
        " where as_of_date = (select max(as_of_date) from marts.aging_stock_buckets)",
    ),
    "sales_pipeline_newest": (
        "sales_pipeline",
        "select * from marts.sales_pipeline where as_of_date = (select max(as_of_date) from marts.sales_pipeline)",
    ),
}

COMPLETE_MONTHS = (("period_kind", "==", "month"), ("is_period_complete", "IS TRUE"))

# A family is planned in one unit; where one is not, its quantities are not compared.
FAMILIES = (
    ("level", "==", "family"),
    ("lag", "==", 1),
    *COMPLETE_MONTHS,
    ("has_mixed_units", "IS FALSE"),
    ("forecast_type", "IN", ("statistical", "sales", "marketing", "consensus")),
)

ROWS = [
    [
        number(
            "Critical and high exceptions",
            "exceptions",
            "How many things are out of line and worth most. Amounts are of several meanings and are not added up.",
            Metric("Exceptions", "count(*)"),
            (("severity", "IN", ("critical", "high")),),
            ",d",
            "to decide on today",
        ),
        number(
            "Largest amount at stake",
            "exceptions",
            "The most money that one exception is worth, in the reporting currency.",
            Metric("Amount", "max(amount)"),
            (),
            ",.0f",
            "of one exception, in the reporting currency",
        ),
        number(
            "On time and in full",
            "order_service_summary",
            "Lines served on time and in full, of all lines that were due: counts of complete months divided once.",
            rate("OTIF", "otif_line_count", "counted_line_count"),
            COMPLETE_MONTHS,
            ".1%",
            "of lines due in complete months",
        ),
        number(
            "Extracts that came late",
            "data_freshness",
            "Extracts that are further behind than their contracts allow.",
            Metric("Late extracts", "sum(case when is_late then 1 else 0 end)"),
            (),
            ",d",
            "beyond what their contracts promise",
        ),
    ],
    [
        table(
            "What is out of line",
            "exceptions",
            "One row per exception, the most money first.",
            ("exception_rank", "severity", "amount", "currency", "period_start", "description", "mart"),
            (("exception_rank", True),),
            78,
            limit=100,
            looks={"column_config": {"amount": {"d3NumberFormat": ",.0f"}}},
        ),
    ],
    [
        bars(
            "Forecast error by family",
            "forecast_accuracy_summary",
            "What forecasts missed one month ahead, as a share of what was asked for, over all complete months.",
            rate("Weighted error", "abs_error_quantity", "abs_actual_quantity"),
            ("product_family", "forecast_type"),
            6,
            ".0%",
            where=FAMILIES,
        ),
        bars(
            "Forecast bias by family",
            "forecast_accuracy_summary",
            "Forecast less actual, as a share of the actual: above 0 too much was forecast. One month ahead.",
            rate("Bias", "error_quantity", "abs_actual_quantity"),
            ("product_family", "forecast_type"),
            6,
            ".0%",
            where=FAMILIES,
        ),
    ],
    [
        Chart(
            "Load of work centers by week",
            "capacity_gap",
            "Hours that the last approved production plan asks for, divided by the hours available. Groups are left"
            " out: their hours contain those of the work centers below them.",
            "heatmap_v2",
            12,
            60,
            (rate("Load", "own_load_hours", "own_available_hours"),),
            ("period_start", "work_center_id"),
            where=(
                ("period_kind", "==", "week"),
                ("load_basis", "==", "production_plan"),
                ("is_group", "IS FALSE"),
                ("own_available_hours", ">", 0),
            ),
            limit=10000,
            looks={
                "sort_x_axis": "alpha_asc",
                "sort_y_axis": "alpha_desc",
                "normalize_across": "heatmap",
                "show_legend": True,
                "legend_type": "continuous",
                "linear_color_scheme": "superset_seq_1",
                "show_values": True,
                "show_percentage": False,
                "y_axis_format": ".0%",
                "x_axis_time_format": "%d %b",
                "xscale_interval": -1,
                "yscale_interval": -1,
                "left_margin": "auto",
                "bottom_margin": "auto",
                "value_bounds": [None, None],
            },
        ),
    ],
    [
        bars(
            "Age of stock",
            "aging_stock_buckets_newest",
            "Value of stock by age in days on the newest day published, in the reporting currency.",
            Metric("Value", "sum(reporting_value)"),
            ("bucket",),
            6,
            ",.0f",
            axis_order=Metric("Bucket order", "min(bucket_order)"),
        ),
        bars(
            "Quota attained",
            "quota_attainment",
            "Credited revenue divided by the target, by quarter that is complete; targets of whole teams are left out.",
            rate("Attainment", "achieved_amount", "target_amount"),
            (Month("Quarter from"), "salesperson_id"),
            6,
            ".0%",
            where=(
                ("period_kind", "==", "quarter"),
                ("is_total", "IS TRUE"),
                ("is_team_target", "IS FALSE"),
                ("has_no_target", "IS FALSE"),
                ("is_period_complete", "IS TRUE"),
            ),
        ),
    ],
    [
        bars(
            "Open opportunities by stage",
            "sales_pipeline_newest",
            "Money in open opportunities on the newest day published, in the reporting currency.",
            Metric("Amount", "sum(known_amount)"),
            ("stage",),
            4,
            ",.0f",
            axis_order=Metric("Smallest first", "sum(known_amount)"),
            looks={"orientation": "horizontal"},
        ),
        bars(
            "Lines on time and in full",
            "order_service_summary",
            "Share of the lines due in each complete month.",
            rate("OTIF", "otif_line_count", "counted_line_count"),
            (Month("Month"),),
            8,
            ".0%",
            where=COMPLETE_MONTHS,
            looks={"y_axis_bounds": [0, 1], "truncateYAxis": True},
        ),
    ],
    [
        table(
            "How fresh the data is",
            "data_freshness",
            "One row per extract, those furthest behind first.",
            (
                "extract",
                "covered_to_date",
                "expected_to_date",
                "days_behind",
                "is_late",
                "read_row_count",
                "quarantined_row_count",
            ),
            (("days_behind", False),),
            60,
            limit=200,
        ),
    ],
]
