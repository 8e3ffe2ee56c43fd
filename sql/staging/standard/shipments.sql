-- One row per line of a shipment of an extract that has the entity's own columns.
with

landed as (
    select * from landing.shipments
),

renamed as (
    select
        shipment_id,
        line_id,
        order_id,
        order_line_id,
        quantity,
        shipped_date,
        delivered_date
    from landed
)

select * from renamed
