-- One row per location with available hours and working day, from the first scheduled start to the last due date.
with

-- Availability is in hours per week.
locations as (
    select
        "LocationID" as location_id,
        "Availability" as week_hours
    from landing.locations
    where "Availability" > 0
),

first_start as (
    select min("ScheduledStartDate") as date
    from landing.work_order_routings
),

last_due as (
    select max("DueDate") as date
    from landing.work_orders
),

-- Without operations or without orders both ends are NULL and there is no day.
days as (
    select cast(unnest(range(first_start.date, last_due.date + interval '1 day', interval '1 day')) as date) as date
    from first_start
    cross join last_due
),

weekdays as (
    select date
    from days
    where extract(isodow from date) <= 5
),

spread as (
    select
        cast(locations.location_id as varchar) as work_center_id,
        weekdays.date,
        -- A fifth of two decimal places needs three: nothing is rounded.
        locations.week_hours / 5 as shift_hours,
        cast(null as decimal(18, 4)) as break_hours,
        cast(null as bigint) as machine_count
    from locations
    cross join weekdays
)

select * from spread
