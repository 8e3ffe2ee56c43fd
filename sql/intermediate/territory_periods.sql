-- One row per kind of period and period of territory_balance: from that of the first sale to that of `$as_of`.
with

period_days as (
    select * from intermediate.territory_period_days
),

first_sales as (
    select coalesce(min(date), $as_of) as first_date
    from intermediate.account_sales_days
),

-- Of a week that starts before dim_date only the days in it count.
bounded as (
    select
        period_kind,
        period_start,
        period_end,
        min(date) as first_day,
        max(date) as last_day,
        max(years_through) - min(years_before) as year_share
    from period_days
    group by period_kind, period_start, period_end
),

asked_for as (
    select
        bounded.*,
        bounded.period_end <= $as_of + interval '1 day' as is_period_complete
    from bounded
    cross join first_sales
    where
        bounded.period_start <= $as_of
        and bounded.period_end > first_sales.first_date
)

select * from asked_for
