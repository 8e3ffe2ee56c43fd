-- One row per line of a receipt of an extract that has the entity's own columns.
with

landed as (
    select * from landing.receipts
),

renamed as (
    select
        receipt_id,
        line_id,
        purchase_order_id,
        order_line_id,
        received_date,
        quantity
    from landed
)

select * from renamed
