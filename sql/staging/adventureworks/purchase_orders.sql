-- One row per line of a purchase order.
with

landed as (
    select * from landing.purchase_order_details
),

orders as (
    select
        "PurchaseOrderID" as purchase_order_id,
        "VendorID" as vendor_id,
        "OrderDate" as order_date,
        "Status" as status
    from landing.purchase_order_headers
),

renamed as (
    select
        cast(landed."PurchaseOrderID" as varchar) as purchase_order_id,
        cast(landed."PurchaseOrderDetailID" as varchar) as line_id,
        cast(landed."ProductID" as varchar) as product_id,
        cast(null as varchar) as location_id,
        cast(orders.vendor_id as varchar) as vendor_id,
        orders.order_date,
        landed."DueDate" as due_date,
        landed."OrderQty" as quantity,
        landed."RejectedQty" as rejected_quantity,
        -- 1 pending and 2 approved; 3 rejected (the goods came and were turned down) and 4 complete.
        case when orders.status in (1, 2) then 'open' else 'closed' end as status
    from landed
    inner join orders on landed."PurchaseOrderID" = orders.purchase_order_id
)

select * from renamed
