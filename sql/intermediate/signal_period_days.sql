-- One row per kind of period by which demand_signals looks at demand, and day: the period that the day belongs to.
with

period_days as (
    select * from intermediate.period_days
),

periods as (
    select * from intermediate.periods
),

period_kinds as (
    select distinct period_kind from settings.demand_signals_period_kinds
),

numbered as (
    select
        period_days.period_kind,
        period_days.date,
        periods.period_start,
        periods.period_end,
        periods.period_index,
        min(period_days.date) over (partition by period_days.period_kind) as first_date
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    inner join periods
        on
            period_days.period_kind = periods.period_kind
            and period_days.period_start = periods.period_start
    where period_days.date <= $as_of + interval '1 day'
)

select * from numbered
