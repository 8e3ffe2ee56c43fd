-- One row per kind of period by which forecasts are compared with actuals, and day: the period that the day belongs to.
with

period_days as (
    select * from intermediate.period_days
),

periods as (
    select * from intermediate.periods
),

period_kinds as (
    select distinct period_kind from settings.forecast_accuracy_period_kinds
),

numbered as (
    select
        period_days.period_kind,
        period_days.date,
        periods.period_start,
        periods.period_end,
        periods.period_index,
        periods.periods_per_year,
        periods.is_period_complete
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    inner join periods
        on
            period_days.period_kind = periods.period_kind
            and period_days.period_start = periods.period_start
)

select * from numbered
