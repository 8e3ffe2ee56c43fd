-- One row per day, with the number of the fiscal month that it belongs to.
with

period_days as (
    select * from intermediate.period_days
),

periods as (
    select * from intermediate.periods
),

numbered as (
    select
        period_days.date,
        periods.period_index,
        periods.period_start,
        periods.period_end
    from period_days
    inner join periods
        on
            period_days.period_kind = periods.period_kind
            and period_days.period_start = periods.period_start
    where period_days.period_kind = 'month'
)

select * from numbered
