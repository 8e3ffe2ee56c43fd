-- One row per operation that started by `$as_of`: its hours and pieces, and whether all is known that OEE asks for.
with

operations as (
    select * from staging.production_operations
),

orders as (
    select * from staging.production_orders
),

products as (
    select * from marts.dim_product
),

locations as (
    select * from marts.dim_location
),

work_centers as (
    select * from marts.dim_work_center
),

started as (
    select
        operations.production_order_id,
        operations.operation,
        coalesce(work_centers.work_center_id, '(unknown)') as work_center_id,
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        coalesce(products.stock_unit, '(unknown)') as stock_unit,
        operations.actual_start,
        coalesce(operations.actual_hours, 0) as run_hours,
        coalesce(operations.setup_hours, 0) as setup_hours,
        operations.actual_hours is null as is_without_hours,
        operations.down_hours,
        operations.good_quantity,
        operations.scrap_quantity,
        operations.ideal_hours_per_unit
    from operations
    left join orders on operations.production_order_id = orders.production_order_id
    left join work_centers on operations.work_center_id = work_centers.work_center_id
    left join products on orders.product_id = products.product_id
    left join locations on orders.location_id = locations.location_id
    where operations.actual_start <= $as_of
),

judged as (
    select
        *,
        not is_without_hours
        and down_hours is not null
        and good_quantity is not null
        and scrap_quantity is not null
        and ideal_hours_per_unit is not null as is_measured,
        cast(round(ideal_hours_per_unit * good_quantity, 4) as decimal(18, 4)) as good_ideal_hours,
        cast(round(ideal_hours_per_unit * scrap_quantity, 4) as decimal(18, 4)) as scrap_ideal_hours
    from started
)

select * from judged
