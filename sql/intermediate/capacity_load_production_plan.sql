-- One row per work center, day with load of the production plan, and product that is made there.
with

plan_hours as (
    select * from intermediate.production_plan_hours
),

products as (
    select * from marts.dim_product
),

-- What should have begun by `$as_of` is wanted on the first day that is open, whether its day had capacity or not.
placed as (
    select
        plan_hours.plan_version,
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

summed as (
    select
        'production_plan' as load_basis,
        plan_version,
        work_center_id,
        load_date,
        product_id,
        sum(placed_load_hours) as placed_load_hours,
        sum(past_due_load_hours) as past_due_load_hours,
        sum(unplaced_load_hours) as unplaced_load_hours,
        count(*) filter (where is_without_hours) as missing_hours_count
    from placed
    group by plan_version, work_center_id, load_date, product_id
)

select * from summed
