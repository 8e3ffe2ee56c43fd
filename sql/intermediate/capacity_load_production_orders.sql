-- One row per work center, day after `$as_of` and product, with hours that production orders still need there.
with

operations as (
    select * from staging.production_operations
),

orders as (
    select * from staging.production_orders
),

work_centers as (
    select * from marts.dim_work_center
),

products as (
    select * from marts.dim_product
),

-- An extract newer than `$as_of` knows orders that closed since: they were open then.
open_operations as (
    select
        coalesce(work_centers.work_center_id, '(unknown)') as work_center_id,
        coalesce(products.product_id, '(unknown)') as product_id,
        operations.scheduled_start,
        operations.planned_hours,
        greatest(
            coalesce(operations.planned_hours, 0) + coalesce(operations.setup_hours, 0)
            - case when operations.actual_end is null then coalesce(operations.actual_hours, 0) else 0 end,
            0
        ) as hours
    from operations
    inner join orders on operations.production_order_id = orders.production_order_id
    left join work_centers on operations.work_center_id = work_centers.work_center_id
    left join products on orders.product_id = products.product_id
    where
        orders.status in ('released', 'closed')
        and (operations.actual_end is null or operations.actual_end > $as_of)
),

-- What should have started and what has no date are wanted at once: on the first day that is open.
placed as (
    select
        work_center_id,
        product_id,
        planned_hours,
        case when scheduled_start > $as_of then scheduled_start else $as_of + interval '1 day' end as load_date,
        case when scheduled_start > $as_of then hours else 0 end as placed_load_hours,
        case when scheduled_start <= $as_of then hours else 0 end as past_due_load_hours,
        case when scheduled_start is null then hours else 0 end as unplaced_load_hours
    from open_operations
),

summed as (
    select
        'production_orders' as load_basis,
        '(all)' as plan_version,
        work_center_id,
        load_date,
        product_id,
        '(all)' as order_id,
        '(all)' as line_id,
        sum(placed_load_hours) as placed_load_hours,
        sum(past_due_load_hours) as past_due_load_hours,
        sum(unplaced_load_hours) as unplaced_load_hours,
        count(*) filter (where planned_hours is null) as missing_hours_count
    from placed
    group by work_center_id, load_date, product_id
)

select * from summed
