-- One row per component and location of the production plan: how much of it is needed within the horizon of excess_stock.
with

slices as (
    select * from intermediate.capacity_plan_slices
    where load_basis = 'production_plan'
),

steps as (
    select * from intermediate.plan_steps
    where step = -1 and is_demand = false
),

bill_components as (
    select * from intermediate.plan_bill_components
    where not is_phantom
),

horizon as (
    select * from intermediate.excess_horizon
),

-- What was due by `$as_of` is done or overdue; nobody plans it once more. The parts of a row add up to it.
planned as (
    select
        product_id,
        location_id,
        due_date,
        sum(
            cast(
                round(cast(quantity * slice_number as decimal(28, 8)) / slice_count, 4)
                - round(cast(quantity * (slice_number - 1) as decimal(28, 8)) / slice_count, 4)
                as decimal(18, 4)
            )
        ) as quantity
    from slices
    where due_date > $as_of
    group by product_id, location_id, due_date
),

-- Components go in before the first operation of what they are part of.
needed as (
    select
        steps.plan_product_id,
        steps.location_id,
        steps.plan_due_date,
        bill_components.component_id as product_id,
        sum(cast(steps.start_ratio * bill_components.quantity_ratio as decimal(28, 12))) as quantity_ratio
    from steps
    inner join bill_components
        on
            steps.product_id = bill_components.product_id
            and steps.location_id = bill_components.location_id
            and steps.due_date >= bill_components.span_start
            and steps.due_date < bill_components.span_end
    inner join horizon on steps.date < horizon.horizon_end
    group by steps.plan_product_id, steps.location_id, steps.plan_due_date, bill_components.component_id
),

summed as (
    select
        needed.product_id,
        needed.location_id,
        cast(
            round(sum(cast(planned.quantity as decimal(20, 6)) * cast(needed.quantity_ratio as decimal(18, 8))), 4)
            as decimal(18, 4)
        ) as quantity
    from planned
    inner join needed
        on
            planned.product_id = needed.plan_product_id
            and planned.location_id = needed.location_id
            and planned.due_date = needed.plan_due_date
    group by needed.product_id, needed.location_id
)

select * from summed
