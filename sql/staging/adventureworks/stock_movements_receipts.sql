-- One row per line of a purchase order: what went into stock, without what was turned down.
with

landed as (
    select * from landing.purchase_order_details
),

-- As in receipts, the vendor's day of shipping stands for the arrival.
orders as (
    select
        "PurchaseOrderID" as purchase_order_id,
        "ShipDate" as ship_date
    from landing.purchase_order_headers
),

renamed as (
    select
        concat('receipt-', cast(landed."PurchaseOrderID" as varchar)) as movement_id,
        cast(landed."PurchaseOrderDetailID" as varchar) as line_id,
        cast(orders.ship_date as timestamp) as moved_at,
        cast(null as timestamp) as created_at,
        cast(landed."ProductID" as varchar) as product_id,
        cast(null as varchar) as location_id,
        cast(null as varchar) as batch_id,
        landed."StockedQty" as quantity,
        cast(null as decimal(18, 4)) as counted_quantity,
        landed."StockedQty" * landed."UnitPrice" as value,
        'receipt' as type,
        cast(landed."PurchaseOrderID" as varchar) as document_id,
        cast(null as varchar) as linked_movement_id,
        cast(null as varchar) as linked_line_id,
        false as is_cancelled
    from landed
    inner join orders on landed."PurchaseOrderID" = orders.purchase_order_id
)

select * from renamed
