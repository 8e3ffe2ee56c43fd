-- One row per row of the production plan and day on which a part of it is due.
with

plan_rows as (
    select * from intermediate.production_plan_rows
),

location_calendars as (
    select * from intermediate.location_calendars
),

working_days as (
    select * from intermediate.working_days
    where is_working_day
),

dated as (
    select
        *,
        due_date as slice_due_date,
        1 as slice_number,
        1 as slice_count
    from plan_rows
    where due_date is not null
),

-- Without a day of its own the quantity is due evenly over the period's working days.
spread as (
    select
        plan_rows.*,
        working_days.date as slice_due_date,
        row_number() over (
            partition by plan_rows.product_id, plan_rows.location_id, plan_rows.period_start
            order by working_days.date asc
        ) as slice_number,
        count(*) over (
            partition by plan_rows.product_id, plan_rows.location_id, plan_rows.period_start
        ) as slice_count
    from plan_rows
    inner join location_calendars on plan_rows.location_id = location_calendars.location_id
    inner join working_days
        on
            location_calendars.calendar_id = working_days.calendar_id
            and plan_rows.period_start <= working_days.date
            and plan_rows.period_end > working_days.date
    where plan_rows.due_date is null
),

spread_rows as (
    select distinct
        product_id,
        location_id,
        period_start
    from spread
),

-- A period without any working day is due on its last day.
at_the_end as (
    select
        plan_rows.*,
        coalesce(plan_rows.period_end - 1, plan_rows.period_start) as slice_due_date,
        1 as slice_number,
        1 as slice_count
    from plan_rows
    left join spread_rows
        on
            plan_rows.product_id = spread_rows.product_id
            and plan_rows.location_id = spread_rows.location_id
            and plan_rows.period_start = spread_rows.period_start
    where
        plan_rows.due_date is null
        and spread_rows.product_id is null
),

slices as (
    select * from dated
    union all
    select * from spread
    union all
    select * from at_the_end
),

projected as (
    select
        plan_version,
        product_id,
        location_id,
        period_start,
        quantity,
        slice_due_date as due_date,
        cast(slice_number as bigint) as slice_number,
        cast(slice_count as bigint) as slice_count
    from slices
)

select * from projected
