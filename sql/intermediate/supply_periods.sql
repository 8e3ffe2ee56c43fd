-- One row per kind of period and period that has days after `$as_of`, with how many these are.
with

days as (
    select * from intermediate.supply_days
),

counted as (
    select
        period_kind,
        period_index,
        period_start,
        period_end,
        min(date) as first_open_date,
        count(*) as open_day_count
    from days
    group by period_kind, period_index, period_start, period_end
),

numbered as (
    select
        *,
        first_open_date = $as_of + interval '1 day' as is_first_open_period
    from counted
)

select * from numbered
