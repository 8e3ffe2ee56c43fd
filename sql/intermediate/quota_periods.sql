-- One row per kind of period by which targets are told, and period: its working days, and the day that says who led whom.
with

period_days as (
    select * from intermediate.period_days
),

periods as (
    select * from intermediate.periods
),

sales_days as (
    select * from intermediate.sales_days
),

period_kinds as (
    select distinct period_kind from settings.quota_period_kinds
),

counted as (
    select
        period_days.period_kind,
        period_days.period_start,
        sum(case when sales_days.is_working_day then 1 else 0 end) as working_day_count,
        sum(
            case when sales_days.is_working_day and sales_days.date <= $as_of then 1 else 0 end
        ) as elapsed_working_day_count
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    inner join sales_days on period_days.date = sales_days.date
    group by period_days.period_kind, period_days.period_start
),

-- Teams are those of the last day of the period, as far as it has happened.
with_days as (
    select
        counted.period_kind,
        counted.period_start,
        periods.period_end,
        periods.period_index,
        periods.is_period_complete,
        least(periods.period_end - 1, $as_of) as team_date,
        counted.working_day_count,
        counted.elapsed_working_day_count
    from counted
    inner join periods
        on
            counted.period_kind = periods.period_kind
            and counted.period_start = periods.period_start
)

select * from with_days
