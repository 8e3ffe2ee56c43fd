-- One row per kind of period and day: the period that the day belongs to, from period_start to the day before period_end.
with

days as (
    select * from marts.dim_date
),

weeks as (
    select
        'week' as period_kind,
        date,
        week_start_date as period_start,
        week_end_date + 1 as period_end
    from days
),

months as (
    select
        'month' as period_kind,
        date,
        fiscal_period_start_date as period_start,
        fiscal_period_end_date + 1 as period_end
    from days
),

quarters as (
    select
        'quarter' as period_kind,
        date,
        fiscal_quarter_start_date as period_start,
        fiscal_quarter_end_date + 1 as period_end
    from days
),

years as (
    select
        'year' as period_kind,
        date,
        fiscal_year_start_date as period_start,
        fiscal_year_end_date + 1 as period_end
    from days
),

all_kinds as (
    select * from weeks
    union all
    select * from months
    union all
    select * from quarters
    union all
    select * from years
)

select * from all_kinds
