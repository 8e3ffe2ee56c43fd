-- One row per calendar, or `(none)` for what has none, and day of dim_date.
with

calendars as (
    select * from staging.calendars
),

days as (
    select * from marts.dim_date
),

calendar_ids as (
    select distinct calendar_id from calendars
    union all
    select '(none)' as calendar_id
),

-- A day that a calendar does not name is worked from Monday to Friday.
calendar_days as (
    select
        calendar_ids.calendar_id,
        days.date,
        coalesce(calendars.is_working_day, date_part('isodow', days.date) <= 5) as is_working_day
    from calendar_ids
    cross join days
    left join calendars
        on
            calendar_ids.calendar_id = calendars.calendar_id
            and days.date = calendars.date
),

numbered as (
    select
        calendar_id,
        date,
        is_working_day,
        sum(case when is_working_day then 1 else 0 end) over (
            partition by calendar_id
            order by date asc
            rows between unbounded preceding and current row
        ) as working_day_number
    from calendar_days
)

select * from numbered
