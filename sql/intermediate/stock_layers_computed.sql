-- One row per layer of products whose layers follow from sums: of each receipt what all issues together have left.
with

receipts as (
    select * from intermediate.stock_receipts
),

products as (
    select * from intermediate.stock_products
),

left_over as (
    select
        receipts.*,
        greatest(
            0, least(receipts.quantity, receipts.received_quantity - receipts.all_issued_quantity)
        ) as left_quantity
    from receipts
    inner join products on receipts.product_id = products.product_id
    where products.is_replayed = false
),

layers as (
    select
        product_id,
        location_id,
        batch_id,
        concat_ws('/', movement_id, line_id, '1') as layer_id,
        case when type in ('opening', 'return') then type else 'receipt' end as layer_type,
        date as receipt_date,
        date as original_receipt_date,
        is_age_minimum = false as is_original_date_known,
        is_age_minimum,
        cast(left_quantity as decimal(18, 4)) as quantity,
        case
            when left_quantity = quantity then value
            else cast(round(cast(value * left_quantity as decimal(38, 8)) / quantity, 4) as decimal(18, 4))
        end as value,
        cast(null as varchar) as sender_location_id
    from left_over
    where left_quantity > 0
)

select * from layers
