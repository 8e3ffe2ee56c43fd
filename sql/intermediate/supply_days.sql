-- One row per kind of period by which supply is projected, and day after `$as_of`: the period that the day belongs to.
with

period_days as (
    select * from intermediate.period_days
),

periods as (
    select * from intermediate.periods
),

period_kinds as (
    select distinct period_kind from settings.supply_projection_period_kinds
),

open_days as (
    select
        period_days.period_kind,
        period_days.date,
        period_days.period_start,
        period_days.period_end,
        periods.period_index
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    inner join periods
        on
            period_days.period_kind = periods.period_kind
            and period_days.period_start = periods.period_start
    where period_days.date > $as_of
)

select * from open_days
