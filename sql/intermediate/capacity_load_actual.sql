-- One row per work center, day to `$as_of` on which operations started, and product: the hours that they took.
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

started as (
    select
        coalesce(work_centers.work_center_id, '(unknown)') as work_center_id,
        operations.actual_start as load_date,
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(operations.actual_hours, 0) + coalesce(operations.setup_hours, 0) as hours,
        operations.actual_hours
    from operations
    left join work_centers on operations.work_center_id = work_centers.work_center_id
    left join orders on operations.production_order_id = orders.production_order_id
    left join products on orders.product_id = products.product_id
    where operations.actual_start <= $as_of
),

summed as (
    select
        'actual' as load_basis,
        '(all)' as plan_version,
        work_center_id,
        load_date,
        product_id,
        '(all)' as order_id,
        '(all)' as line_id,
        sum(hours) as placed_load_hours,
        0 as past_due_load_hours,
        0 as unplaced_load_hours,
        count(*) filter (where actual_hours is null) as missing_hours_count
    from started
    group by work_center_id, load_date, product_id
)

select * from summed
