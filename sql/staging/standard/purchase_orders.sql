-- One row per line of a purchase order of an extract that has the entity's own columns.
with

landed as (
    select * from landing.purchase_orders
),

renamed as (
    select
        purchase_order_id,
        line_id,
        product_id,
        location_id,
        vendor_id,
        order_date,
        due_date,
        quantity,
        rejected_quantity,
        status
    from landed
)

select * from renamed
