-- One row per product, location and due day of a plan or of demand, way down the bills of material, and step on it: a
-- product that is due (step 0), one of its operations, and the product before all of them (step -1), when its components are
-- due.
with recursive

slices as (
    select * from intermediate.capacity_plan_slices
),

successors as (
    select * from intermediate.plan_successors
),

setbacks as (
    select * from intermediate.working_day_setbacks
),

capacity_days as (
    select * from intermediate.capacity_days
),

due as (
    select distinct product_id, location_id, due_date, is_demand
    from slices
),

-- Each round places the operation before those that are placed, or goes from a first operation to its components.
-- What an operation is moved, all before it in its order are moved, too, before their own moves.
states as (
    select
        product_id as plan_product_id,
        location_id,
        due_date as plan_due_date,
        is_demand,
        product_id,
        product_id as way,
        cast(0 as bigint) as step,
        due_date,
        due_date as date,
        cast(0 as bigint) as moved_days,
        cast(1 as decimal(28, 12)) as start_ratio,
        false as is_step,
        false as is_bought,
        cast(null as varchar) as operation,
        cast(null as varchar) as work_center_id,
        cast(null as decimal(18, 6)) as run_hours_per_unit,
        cast(null as decimal(18, 4)) as setup_hours,
        cast(null as decimal(18, 4)) as lot_size,
        false as is_placed
    from due
    union all
    select
        states.plan_product_id,
        states.location_id,
        states.plan_due_date,
        states.is_demand,
        successors.to_product_id as product_id,
        case when successors.is_step then states.way else concat(states.way, ' > ', successors.to_product_id) end as way,
        successors.to_step as step,
        case when successors.is_step then states.due_date else states.date end as due_date,
        case
            when not successors.is_step then states.date
            else
                coalesce(
                    capacity_days.capacity_date,
                    coalesce(setbacks.setback_date, states.due_date - successors.setback_days) - states.moved_days
                )
        end as date,
        case
            when not successors.is_step then 0
            else
                states.moved_days + coalesce(
                    coalesce(setbacks.setback_date, states.due_date - successors.setback_days)
                    - states.moved_days - capacity_days.capacity_date,
                    0
                )
        end as moved_days,
        cast(states.start_ratio * successors.quantity_ratio as decimal(28, 12)) as start_ratio,
        successors.is_step,
        successors.is_bought,
        successors.operation,
        successors.work_center_id,
        successors.run_hours_per_unit,
        successors.setup_hours,
        successors.lot_size,
        capacity_days.capacity_date is not null as is_placed
    from states
    inner join successors
        on
            states.product_id = successors.product_id
            and states.location_id = successors.location_id
            and states.step = successors.from_step
            and states.due_date >= successors.span_start
            and states.due_date < successors.span_end
    left join setbacks
        on
            successors.calendar_id = setbacks.calendar_id
            and successors.setback_days = setbacks.setback_days
            and states.due_date = setbacks.date
            and not successors.is_calendar_setback
    left join capacity_days
        on
            successors.work_center_id = capacity_days.work_center_id
            and capacity_days.date
            = coalesce(setbacks.setback_date, states.due_date - successors.setback_days) - states.moved_days
    where
        -- A bill that comes back to a product on its way ends there; a check names the loop. What a production plan asks
        -- for in rows of its own is not asked for once more through its parents.
        successors.is_step
        or (
            strpos(concat(' > ', states.way, ' > '), concat(' > ', successors.to_product_id, ' > ')) = 0
            and (states.is_demand or not successors.is_planned)
        )
)

select * from states
