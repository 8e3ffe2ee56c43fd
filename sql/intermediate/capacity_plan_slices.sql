-- One row per quantity that is asked of a plant and day on which a part of it is due.
with

plan_rows as (
    select * from intermediate.capacity_plan_rows
),

location_calendars as (
    select * from intermediate.location_calendars
),

working_days as (
    select * from intermediate.working_days
    where is_working_day
),

-- Beyond the last day of all calendars nobody knows what hours there are.
last_capacity as (
    select coalesce(max(date), $as_of) as last_date from staging.capacity
),

with_calendars as (
    select
        plan_rows.*,
        location_calendars.calendar_id
    from plan_rows
    inner join location_calendars on plan_rows.location_id = location_calendars.location_id
),

-- Many rows have the same period: its days are found once.
plan_periods as (
    select distinct
        calendar_id,
        period_start,
        period_end
    from with_calendars
    where due_date is null
),

plan_period_days as (
    select
        plan_periods.calendar_id,
        plan_periods.period_start,
        plan_periods.period_end,
        working_days.date,
        row_number() over (
            partition by plan_periods.calendar_id, plan_periods.period_start, plan_periods.period_end
            order by working_days.date asc
        ) as slice_number,
        count(*) over (
            partition by plan_periods.calendar_id, plan_periods.period_start, plan_periods.period_end
        ) as slice_count
    from plan_periods
    inner join working_days
        on
            plan_periods.calendar_id = working_days.calendar_id
            and plan_periods.period_start <= working_days.date
            and plan_periods.period_end > working_days.date
),

-- Without a day of its own the quantity is due evenly over the period's working days; without any of these, on its last.
sliced as (
    select
        with_calendars.load_basis,
        with_calendars.plan_version,
        with_calendars.product_id,
        with_calendars.location_id,
        with_calendars.order_id,
        with_calendars.line_id,
        with_calendars.period_start,
        with_calendars.period_end,
        with_calendars.quantity,
        with_calendars.is_demand,
        with_calendars.is_spread_ahead,
        coalesce(
            with_calendars.due_date,
            plan_period_days.date,
            with_calendars.period_end - 1,
            with_calendars.period_start
        ) as due_date,
        cast(coalesce(plan_period_days.slice_number, 1) as bigint) as slice_number,
        cast(coalesce(plan_period_days.slice_count, 1) as bigint) as slice_count
    from with_calendars
    left join plan_period_days
        on
            with_calendars.calendar_id = plan_period_days.calendar_id
            and with_calendars.period_start = plan_period_days.period_start
            and with_calendars.period_end = plan_period_days.period_end
            and with_calendars.due_date is null
),

-- What was forecast for days that are over is not made any more.
to_come as (
    select sliced.*
    from sliced
    cross join last_capacity
    where
        sliced.is_spread_ahead = false
        or (sliced.due_date > $as_of and sliced.due_date <= last_capacity.last_date)
)

select * from to_come
