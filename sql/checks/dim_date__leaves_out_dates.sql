-- Every date of an entity that is not in dim_date: it lies outside `$calendar_first_date` to `$calendar_last_date`.
with

event_dates as (
    select * from intermediate.event_dates
),

days as (
    select * from marts.dim_date
),

left_out as (
    select
        event_dates.event,
        event_dates.date
    from event_dates
    left join days on event_dates.date = days.date
    where days.date is null
)

select * from left_out
