-- One row per product and location with stock, overdue orders or overdue receipts on `$as_of`.
with

layers as (
    select * from intermediate.stock_layers
),

products as (
    select product_id from marts.dim_product
),

locations as (
    select * from marts.dim_location
),

orders as (
    select * from intermediate.supply_orders
),

receipts as (
    select * from intermediate.supply_receipts
),

-- What is to be thrown away is no supply.
on_hand as (
    select
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        sum(layers.quantity) as quantity
    from layers
    left join products on layers.product_id = products.product_id
    left join locations on layers.location_id = locations.location_id
    where coalesce(locations.type, '(unknown)') <> 'scrap'
    group by coalesce(products.product_id, '(unknown)'), coalesce(locations.location_id, '(unknown)')
),

parts as (
    select
        product_id,
        location_id,
        quantity as on_hand_quantity,
        0 as past_due_order_quantity,
        0 as past_due_receipt_quantity
    from on_hand
    union all
    select
        product_id,
        location_id,
        0 as on_hand_quantity,
        open_quantity as past_due_order_quantity,
        0 as past_due_receipt_quantity
    from orders
    where is_past_due
    union all
    select
        product_id,
        location_id,
        0 as on_hand_quantity,
        0 as past_due_order_quantity,
        open_quantity as past_due_receipt_quantity
    from receipts
    where is_past_due
),

summed as (
    select
        product_id,
        location_id,
        cast(sum(on_hand_quantity) as decimal(18, 4)) as on_hand_quantity,
        cast(sum(past_due_order_quantity) as decimal(18, 4)) as past_due_order_quantity,
        cast(sum(past_due_receipt_quantity) as decimal(18, 4)) as past_due_receipt_quantity
    from parts
    group by product_id, location_id
),

not_nothing as (
    select * from summed
    where
        on_hand_quantity <> 0
        or past_due_order_quantity <> 0
        or past_due_receipt_quantity <> 0
)

select * from not_nothing
