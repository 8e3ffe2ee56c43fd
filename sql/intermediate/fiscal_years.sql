-- One row per fiscal year that holds a date of an entity, `$as_of` or the day after it.
with

event_dates as (
    select * from intermediate.event_dates
),

-- A date that is not believed must not make a calendar of a million days; a check names it.
span as (
    select
        least(min(date), $as_of) as first_date,
        greatest(max(date), $as_of + interval '1 day') as last_date
    from event_dates
    where date between $calendar_first_date and $calendar_last_date
),

-- Two years on either side, since a fiscal year starts in the calendar year before its own, or some days earlier.
start_years as (
    select
        first_date,
        last_date,
        unnest(range(extract(year from first_date) - 2, extract(year from last_date) + 3)) as start_year
    from span
),

start_months as (
    select
        first_date,
        last_date,
        start_year,
        make_date(start_year, $fiscal_year_start_month, 1) as start_month
    from start_years
),

-- The Monday nearest to a day is the Monday of the week of the day three days later.
starts as (
    select
        first_date,
        last_date,
        case when $fiscal_year_start_month = 1 then start_year else start_year + 1 end as fiscal_year,
        case
            when $fiscal_calendar = 'months' then start_month
            else start_month + 3 - (extract(isodow from start_month + 3) - 1)
        end as start_date
    from start_months
),

years as (
    select
        first_date,
        last_date,
        fiscal_year,
        start_date,
        lead(start_date) over (order by fiscal_year) as next_start_date
    from starts
),

used_years as (
    select
        fiscal_year,
        start_date,
        next_start_date
    from years
    where
        next_start_date > first_date
        and start_date <= last_date
)

select * from used_years
