-- The calendar of the setting sales_calendar, where no calendar has that name: no target could be spread.
with

asked_for as (
    select $sales_calendar as calendar_id
),

calendar_ids as (
    select distinct calendar_id from intermediate.working_days
),

unknown as (
    select asked_for.calendar_id
    from asked_for
    left join calendar_ids on asked_for.calendar_id = calendar_ids.calendar_id
    where calendar_ids.calendar_id is null
)

select * from unknown
