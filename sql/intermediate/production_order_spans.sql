-- One row per production order that was released by `$as_of`: what was due and when, when it began and when it ended.
with

orders as (
    select * from staging.production_orders
),

operations as (
    select * from staging.production_operations
),

products as (
    select product_id from marts.dim_product
),

locations as (
    select location_id from marts.dim_location
),

first_starts as (
    select
        production_order_id,
        min(actual_start) as actual_start
    from operations
    where actual_start <= $as_of
    group by production_order_id
),

-- An extract newer than `$as_of` knows orders that began or ended since: they had not, then.
dated as (
    select
        orders.production_order_id,
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        coalesce(orders.quantity, 0) as quantity,
        orders.quantity is null as is_without_quantity,
        orders.completed_quantity,
        orders.scrapped_quantity,
        coalesce(orders.due_date, orders.scheduled_end) as due_date,
        case
            when orders.actual_start <= $as_of then orders.actual_start
            when orders.actual_start is null then first_starts.actual_start
        end as started_date,
        case when orders.actual_end <= $as_of then orders.actual_end end as ended_date,
        orders.status = 'closed' and orders.actual_end is null as has_unknown_end
    from orders
    left join first_starts on orders.production_order_id = first_starts.production_order_id
    left join products on orders.product_id = products.product_id
    left join locations on orders.location_id = locations.location_id
    where orders.status in ('released', 'closed')
),

-- Who ended before they began took no number of days, and began on a day that is not known.
ordered as (
    select
        production_order_id,
        product_id,
        location_id,
        quantity,
        is_without_quantity,
        completed_quantity,
        scrapped_quantity,
        due_date,
        case when coalesce(started_date <= ended_date, true) then started_date end as started_date,
        ended_date,
        has_unknown_end
    from dated
)

select * from ordered
