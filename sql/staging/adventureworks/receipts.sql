-- One row per line of a purchase order: each was received once.
with

landed as (
    select * from landing.purchase_order_details
),

orders as (
    select
        "PurchaseOrderID" as purchase_order_id,
        "ShipDate" as ship_date
    from landing.purchase_order_headers
),

-- No extract has the day of arrival. The vendor's day of shipping comes nearest: the line's last change lies before it,
-- and in bulk updates years after.
renamed as (
    select
        cast(landed."PurchaseOrderID" as varchar) as receipt_id,
        cast(landed."PurchaseOrderDetailID" as varchar) as line_id,
        cast(landed."PurchaseOrderID" as varchar) as purchase_order_id,
        cast(landed."PurchaseOrderDetailID" as varchar) as order_line_id,
        orders.ship_date as received_date,
        landed."ReceivedQty" as quantity
    from landed
    inner join orders on landed."PurchaseOrderID" = orders.purchase_order_id
)

select * from renamed
