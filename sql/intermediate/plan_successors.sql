-- One row per product, location, span of days and step of the plan's explosion, with what comes before it in time: the
-- operation before it, or, before the first operation, the components that it takes.
-- Step 0 is the product on its due day; step -1 is the product once all of its operations are placed.
with

routing_steps as (
    select * from intermediate.plan_routing_steps
),

bill_components as (
    select * from intermediate.plan_bill_components
),

plan_products as (
    select * from intermediate.plan_products
),

location_calendars as (
    select * from intermediate.location_calendars
),

operations as (
    select
        product_id,
        location_id,
        step - 1 as from_step,
        span_start,
        span_end,
        product_id as to_product_id,
        case when step = step_count then -1 else step end as to_step,
        operation,
        work_center_id,
        run_hours_per_unit,
        setup_hours,
        lot_size,
        setback_days,
        is_calendar_setback,
        cast(cast(1 as decimal(24, 12)) / nullif(yield_rate, 0) as decimal(24, 12)) as quantity_ratio
    from routing_steps
),

-- A phantom has no operations of its own: its components go straight into its parent.
components as (
    select
        product_id,
        location_id,
        -1 as from_step,
        span_start,
        span_end,
        component_id as to_product_id,
        case when is_phantom then -1 else 0 end as to_step,
        cast(null as varchar) as operation,
        cast(null as varchar) as work_center_id,
        cast(null as decimal(18, 6)) as run_hours_per_unit,
        cast(null as decimal(18, 4)) as setup_hours,
        cast(null as decimal(18, 4)) as lot_size,
        0 as setback_days,
        false as is_calendar_setback,
        quantity_ratio
    from bill_components
),

successors as (
    select *, true as is_step from operations
    union all
    select *, false as is_step from components
),

followed as (
    select
        successors.product_id,
        successors.location_id,
        cast(successors.from_step as bigint) as from_step,
        successors.span_start,
        successors.span_end,
        successors.to_product_id,
        cast(successors.to_step as bigint) as to_step,
        successors.is_step,
        plan_products.is_planned,
        plan_products.is_bought,
        successors.operation,
        successors.work_center_id,
        successors.run_hours_per_unit,
        successors.setup_hours,
        successors.lot_size,
        cast(successors.setback_days as bigint) as setback_days,
        successors.is_calendar_setback,
        successors.quantity_ratio,
        location_calendars.calendar_id
    from successors
    inner join location_calendars on successors.location_id = location_calendars.location_id
    inner join plan_products
        on
            successors.to_product_id = plan_products.product_id
            and successors.location_id = plan_products.location_id
)

select * from followed
