-- One row per day of the fiscal years that hold a date of an entity, `$as_of` or the day after it.
with

fiscal_years as (
    select * from intermediate.fiscal_years
),

days as (
    select
        fiscal_year,
        start_date as fiscal_year_start_date,
        next_start_date - 1 as fiscal_year_end_date,
        cast(unnest(range(start_date, next_start_date, interval '1 day')) as date) as date
    from fiscal_years
),

-- Weeks start on Monday. Those of a fiscal year count from the week that holds its first day.
with_weeks as (
    select
        *,
        extract(month from date) as calendar_month,
        extract(isodow from date) as day_of_week,
        date - (extract(isodow from date) - 1) as week_start_date,
        fiscal_year_start_date - (extract(isodow from fiscal_year_start_date) - 1) as first_week_start_date
    from days
),

with_fiscal_weeks as (
    select
        *,
        cast((week_start_date - first_week_start_date) / 7.0 as bigint) + 1 as fiscal_week
    from with_weeks
),

-- A quarter has 13 weeks; a 53rd belongs to the last.
with_week_quarters as (
    select
        *,
        least(cast(floor((fiscal_week - 1) / 13.0) as bigint), 3) as week_quarter,
        (calendar_month - $fiscal_year_start_month + 12) % 12 + 1 as fiscal_month
    from with_fiscal_weeks
),

with_quarter_weeks as (
    select
        *,
        fiscal_week - week_quarter * 13 as quarter_week
    from with_week_quarters
),

with_periods as (
    select
        *,
        case
            when $fiscal_calendar = 'months' then fiscal_month
            when quarter_week <= case when $fiscal_calendar = '5-4-4' then 5 else 4 end then week_quarter * 3 + 1
            when quarter_week <= case when $fiscal_calendar = '4-4-5' then 8 else 9 end then week_quarter * 3 + 2
            else week_quarter * 3 + 3
        end as fiscal_period
    from with_quarter_weeks
),

with_quarters as (
    select
        *,
        cast(floor((fiscal_period - 1) / 3.0) as bigint) + 1 as fiscal_quarter
    from with_periods
),

named as (
    select
        date,
        extract(year from date) as calendar_year,
        extract(quarter from date) as calendar_quarter,
        calendar_month,
        to_char(date, '%B') as month_name,
        to_char(date, '%Y-%m') as year_month,
        cast(date_trunc('month', date) as date) as month_start_date,
        cast(date_trunc('month', date) + interval '1 month' - interval '1 day' as date) as month_end_date,
        extract(day from date) as day_of_month,
        extract(doy from date) as day_of_year,
        day_of_week,
        to_char(date, '%A') as day_name,
        day_of_week >= 6 as is_weekend,
        extract(isoyear from date) as iso_year,
        extract(week from date) as iso_week,
        to_char(date, '%G-W%V') as iso_year_week,
        week_start_date,
        week_start_date + 6 as week_end_date,
        fiscal_year,
        fiscal_year_start_date,
        fiscal_year_end_date,
        fiscal_quarter,
        min(date) over (partition by fiscal_year, fiscal_quarter) as fiscal_quarter_start_date,
        max(date) over (partition by fiscal_year, fiscal_quarter) as fiscal_quarter_end_date,
        fiscal_period,
        min(date) over (partition by fiscal_year, fiscal_period) as fiscal_period_start_date,
        max(date) over (partition by fiscal_year, fiscal_period) as fiscal_period_end_date,
        fiscal_week,
        date = $as_of as is_latest_as_of
    from with_quarters
)

select * from named
