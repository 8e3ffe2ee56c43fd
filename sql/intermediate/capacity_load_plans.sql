-- One row per load basis, work center, day with load of a plan or of demand, product made there, and order line behind it.
with

plan_hours as (
    select * from intermediate.capacity_plan_hours
),

products as (
    select * from marts.dim_product
),

-- What should have begun by `$as_of` is wanted on the first day that is open, whether its day had capacity or not.
placed as (
    select
        plan_hours.load_basis,
        plan_hours.plan_version,
        plan_hours.plan_product_id,
        plan_hours.location_id,
        plan_hours.order_id,
        plan_hours.line_id,
        plan_hours.period_start,
        plan_hours.period_end,
        plan_hours.is_spread_ahead,
        plan_hours.way,
        plan_hours.operation,
        plan_hours.work_center_id,
        coalesce(products.product_id, '(unknown)') as product_id,
        plan_hours.is_without_hours,
        case when plan_hours.date > $as_of then plan_hours.date else $as_of + interval '1 day' end as load_date,
        case when plan_hours.date > $as_of and plan_hours.is_placed then plan_hours.hours else 0 end as placed_load_hours,
        case when plan_hours.date <= $as_of then plan_hours.hours else 0 end as past_due_load_hours,
        case
            when plan_hours.date > $as_of and not plan_hours.is_placed then plan_hours.hours
            else 0
        end as unplaced_load_hours
    from plan_hours
    left join products on plan_hours.product_id = products.product_id
),

-- An operation of a row is told once, on the first of the days over which it is spread.
without_hours as (
    select
        load_basis,
        plan_version,
        work_center_id,
        min(load_date) as load_date,
        product_id,
        order_id,
        line_id
    from placed
    where is_without_hours
    group by
        load_basis,
        plan_version,
        order_id,
        line_id,
        plan_product_id,
        location_id,
        period_start,
        period_end,
        is_spread_ahead,
        way,
        operation,
        work_center_id,
        product_id
),

hours_and_counts as (
    select
        load_basis,
        plan_version,
        work_center_id,
        load_date,
        product_id,
        order_id,
        line_id,
        placed_load_hours,
        past_due_load_hours,
        unplaced_load_hours,
        0 as missing_hours_count
    from placed
    union all
    select
        load_basis,
        plan_version,
        work_center_id,
        load_date,
        product_id,
        order_id,
        line_id,
        0 as placed_load_hours,
        0 as past_due_load_hours,
        0 as unplaced_load_hours,
        1 as missing_hours_count
    from without_hours
),

summed as (
    select
        load_basis,
        plan_version,
        work_center_id,
        load_date,
        product_id,
        order_id,
        line_id,
        sum(placed_load_hours) as placed_load_hours,
        sum(past_due_load_hours) as past_due_load_hours,
        sum(unplaced_load_hours) as unplaced_load_hours,
        sum(missing_hours_count) as missing_hours_count
    from hours_and_counts
    group by load_basis, plan_version, work_center_id, load_date, product_id, order_id, line_id
)

select * from summed
