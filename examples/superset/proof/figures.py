"""What each chart has to show, asked of the published set with `sopmart query`, past PostgreSQL and Superset. Rates are
taken from the marts where they have them at the chart's grain, so that a chart which adds up wrongly is found."""

import json
import math
import subprocess
from datetime import datetime, timezone

FAMILIES = (
    "from marts.forecast_accuracy_summary where level = 'family' and lag = 1 and period_kind = 'month'"
    " and is_period_complete and forecast_type in ('statistical', 'sales', 'marketing', 'consensus')"
    " group by product_family, forecast_type"
)

EXPECTED = {
    "Critical and high exceptions": "select count(*) from marts.exceptions where severity_order <= 2",
    "Largest amount at stake": "select amount from marts.exceptions where exception_rank = 1",
    "On time and in full": (
        "select avg(cast(case when is_otif then 1 else 0 end as double)) from marts.order_service_lines"
        " where is_otif is not null and period_date < (select min(period_start) from marts.dim_period"
        " where period_kind = 'month' and not is_period_complete)"
    ),
    "Extracts that came late": "select count(*) from marts.data_freshness where is_late",
    "What is out of line": (
        "select exception_rank, severity, amount, currency, period_start, description, mart from marts.exceptions"
    ),
    "Forecast error by family": (
        f"select product_family, forecast_type, sum(wape * abs_actual_quantity) / sum(abs_actual_quantity) {FAMILIES}"
    ),
    "Forecast bias by family": (
        "select product_family, forecast_type,"
        f" sum(bias_rate * abs_actual_quantity) / sum(abs_actual_quantity) {FAMILIES}"
    ),
    "Load of work centers by week": (
        "select period_start, work_center_id, load_rate from marts.capacity_gap where period_kind = 'week'"
        " and load_basis = 'production_plan' and not is_group and not has_no_capacity"
    ),
    "Age of stock": (
        "select case when quantity < 0 then 'deficit' when original_age_days <= 30 then '0-30'"
        " when original_age_days <= 60 then '31-60' when original_age_days <= 90 then '61-90'"
        " when original_age_days <= 180 then '91-180' when original_age_days <= 360 then '181-360' else '361+' end"
        " as bucket, sum(reporting_value) from marts.aging_stock group by bucket"
    ),
    "Quota attained": (
        "select substr(cast(period_start as varchar), 1, 7), salesperson_id, attainment_rate"
        " from marts.quota_attainment where period_kind = 'quarter'"
        " and product_group = '(all)' and not is_team_target and attainment_rate is not null and is_period_complete"
    ),
    "Open opportunities by stage": "select stage, sum(known_amount) from marts.sales_pipeline group by stage",
    "Lines on time and in full": (
        "select substr(cast(period_start as varchar), 1, 7) as month,"
        " sum(otif_line_rate * counted_line_count) / sum(counted_line_count)"
        " from marts.order_service_summary where period_kind = 'month' and is_period_complete group by month"
    ),
    "How fresh the data is": (
        "select extract, covered_to_date, expected_to_date, days_behind, is_late, read_row_count, quarantined_row_count"
        " from marts.data_freshness"
    ),
}


def published(sopmart: str, warehouse: str, sql: str) -> list[tuple]:
    """Rows of the published set."""
    command = [sopmart, "--warehouse", warehouse, "--output", "json", "query", sql]
    said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode != 0:
        raise SystemExit(f"{sql}: {said.stderr}")
    rows = json.loads(said.stdout.splitlines()[-1])["rows"]
    return sorted((tuple(plain(value) for value in row.values()) for row in rows), key=repr)


def charted(rows: list[dict]) -> list[tuple]:
    """Rows of a chart's data, in the same form."""
    return sorted(
        (tuple(plain(value, row_of_chart=True, name=name) for name, value in row.items()) for row in rows), key=repr
    )


def plain(value, row_of_chart: bool = False, name: str = ""):
    """Numbers as numbers, rounded to nine digits, and dates as text, however they came."""
    if row_of_chart and name.endswith(("_date", "_start")) and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value / 1000, timezone.utc).date().isoformat()
    if isinstance(value, bool) or value is None:
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return float(f"{number:.9g}") if math.isfinite(number) else value
