"""Computes forecast metrics with Nixtla's utilsforecast and compares them with those of the marts.

    compare.py SERIES.json

SERIES.json holds `actuals` (product, family, month, quantity: every month of the series), `forecasts` (the same
columns, and p10, p50 and p90), `prices` by product and, as published, the rows of `summary` and `rolling`
(`tests/it/forecast_metrics.rs` makes it). A metric is
compared where both define it the same; docs/marts/forecast_accuracy_summary.md says where they do not. Prints how many
numbers were compared; exits 1 and names each that differs by more than 1e-9.
"""

import json
import math
import sys
from pathlib import Path

import pandas
from utilsforecast import losses

TOLERANCE = 1e-9
SEASON = 12
MODELS = ["forecast"]
QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    actuals, forecasts = table(given["actuals"]), table(given["forecasts"], QUANTILES)
    both = actuals.merge(forecasts.rename(columns={"y": "forecast"}), on=["product", "family", "ds"])
    months = scaled_errors(both, actuals, given["prices"])
    expected = {**of_windows(both), **of_months(months), **weighted(months)}
    found = {**published(given["rolling"], "window"), **published(given["summary"], "month")}
    differences = compare(expected, found)
    print(f"{len(expected)} numbers compared, {len(differences)} differ")
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences or not expected else 0


def table(rows: list, others: dict = {}) -> pandas.DataFrame:
    frame = pandas.DataFrame(rows)
    frame["ds"] = pandas.to_datetime(frame["month"])
    frame["y"] = frame["quantity"].astype(float)
    for name in others:
        frame[name] = frame[name].astype(float)
    return frame[["product", "family", "ds", "y", *others]].sort_values(["product", "ds"])


def of_windows(both: pandas.DataFrame) -> dict:
    """Metrics over all months that are forecast: the mart's window is as long."""
    levels = {
        "product": both.assign(unique_id=both["product"]),
        "family": both.assign(unique_id=both["family"]),
        "total": both.assign(unique_id="(all)"),
    }
    expected = {}
    for level, rows in levels.items():
        # What the mart takes over the rows at the grain of the forecasts: a series holds them all.
        for name in ("wape", "mape", "smape"):
            put(expected, ("window", level), name, getattr(losses, name)(rows, MODELS))
        for name, share in QUANTILES.items():
            put(expected, ("window", level), f"{name}_loss", losses.quantile_loss(rows, {"forecast": name}, share))
        interval = rows.rename(columns={"p10": "forecast-lo-80", "p90": "forecast-hi-80"})
        put(expected, ("window", level), "interval_coverage_rate", losses.coverage(interval, MODELS, 80))
        # What it takes over the series of the level itself.
        series = rows.groupby(["unique_id", "ds"], as_index=False)[["y", "forecast"]].sum()
        for name in ("mae", "rmse"):
            put(expected, ("window", level), name, getattr(losses, name)(series, MODELS))
        put(expected, ("window", level), "error_quantity", losses.cfe(series, MODELS))
        # There is no such metric there: the absolute errors of that series against the absolute actuals of the rows.
        netted = losses.pis(series, MODELS)
        size = rows.assign(size=rows["y"].abs()).groupby("unique_id", as_index=False)["size"].sum()
        netted = netted.merge(size, on="unique_id")
        put(expected, ("window", level), "wape_at_level", netted.assign(forecast=netted["forecast"] / netted["size"]))
    return expected


def scaled_errors(both: pandas.DataFrame, actuals: pandas.DataFrame, prices: dict) -> pandas.DataFrame:
    """The scaled errors of each month: their scale is of the actuals that were known when the forecast was made. Beside
    them the money of the year before, at one price."""
    rows = both.assign(unique_id=both["product"])
    rows["cutoff"] = rows["ds"] - pandas.DateOffset(months=2)
    history = actuals.assign(unique_id=actuals["product"])
    first_sale = history[history["y"] != 0].groupby("unique_id")["ds"].min().rename("first_sale")
    history = history.merge(first_sale, on="unique_id")
    history = history[history["ds"] >= history["first_sale"]][["unique_id", "ds", "y"]]
    given = rows[["unique_id", "ds", "cutoff", "y", "forecast"]]
    keys = ["unique_id", "cutoff"]
    for name in ("mase", "rmsse"):
        scaled = getattr(losses, name)(given, MODELS, SEASON, history)
        rows = rows.merge(scaled.rename(columns={"forecast": name})[[*keys, name]], on=keys)
    year = history.assign(money=history["y"] * history["unique_id"].map(prices).astype(float))
    year["money"] = year.groupby("unique_id")["money"].transform(lambda money: money.rolling(SEASON).sum())
    rows = rows.merge(year.rename(columns={"ds": "cutoff"})[[*keys, "money"]], on=keys)
    return rows[rows["mase"].map(math.isfinite)]


def of_months(months: pandas.DataFrame) -> dict:
    expected = {}
    for row in months.itertuples():
        for name in ("mase", "rmsse"):
            key = ("month", "product", row.unique_id, row.ds.date().isoformat(), name)
            expected[key] = getattr(row, name)
    return expected


def weighted(months: pandas.DataFrame) -> dict:
    """There is no such metric there: the mean of the months' rmsse, each by the money of the year before it."""
    expected = {}
    for level, name in (("product", "product"), ("family", "family"), ("total", None)):
        for member, rows in months.groupby(name) if name else [("(all)", months)]:
            mean = (rows["rmsse"] * rows["money"]).sum() / rows["money"].sum()
            expected[("window", level, member, None, "wrmsse")] = mean
    return expected


def put(expected: dict, key: tuple, name: str, values: pandas.DataFrame) -> None:
    for row in values.itertuples():
        if not math.isnan(row.forecast):
            expected[(*key, row.unique_id, None, name)] = row.forecast


def published(rows: list, kind: str) -> dict:
    found = {}
    for row in rows:
        month = row["period_start"] if kind == "month" else None
        for name, value in row.items():
            if name not in ("level", "level_id", "period_start") and value is not None:
                found[(kind, row["level"], row["level_id"], month, name)] = float(value)
    return found


def compare(expected: dict, found: dict) -> list:
    differences = []
    for key, value in expected.items():
        other = found.get(key)
        if other is None or not math.isclose(value, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            what = " ".join(str(part) for part in key if part is not None)
            differences.append(f"{what}: {value!r} by utilsforecast, {other!r} in the mart")
    return differences


if __name__ == "__main__":
    sys.exit(main())
