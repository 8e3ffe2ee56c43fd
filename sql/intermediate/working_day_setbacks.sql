-- One row per calendar, day and number of working days from 0 that a routing of the plan sets back: the day it leads to.
with

working_days as (
    select * from intermediate.working_days
),

successors as (
    select * from intermediate.plan_successors
),

setbacks as (
    select distinct
        calendar_id,
        setback_days
    from successors
    where
        setback_days > 0
        and not is_calendar_setback
),

worked as (
    select
        calendar_id,
        date,
        working_day_number
    from working_days
    where is_working_day
),

-- One working day before a Saturday or a Monday is the Friday.
counted as (
    select
        working_days.calendar_id,
        working_days.date,
        setbacks.setback_days,
        working_days.working_day_number
        - case when working_days.is_working_day then 1 else 0 end
        - setbacks.setback_days + 1 as working_day_number
    from working_days
    inner join setbacks on working_days.calendar_id = setbacks.calendar_id
),

led_to as (
    select
        counted.calendar_id,
        counted.date,
        counted.setback_days,
        worked.date as setback_date
    from counted
    inner join worked
        on
            counted.calendar_id = worked.calendar_id
            and counted.working_day_number = worked.working_day_number
)

select * from led_to
