-- One row per line of a sales order: what left the stock when it was shipped.
with

lines as (
    select
        "SalesOrderNumber" as order_id,
        "SalesOrderLineNumber" as line_number,
        "ProductNumber" as product_number,
        "OrderQty" as quantity,
        "ShipDate" as ship_date
    from landing.internet_sales
    union all
    select
        "SalesOrderNumber" as order_id,
        "SalesOrderLineNumber" as line_number,
        "ProductNumber" as product_number,
        "OrderQty" as quantity,
        "ShipDate" as ship_date
    from landing.reseller_sales
),

products as (
    select
        "ProductNumber" as product_number,
        cast("ProductID" as varchar) as product_id
    from landing.products
),

renamed as (
    select
        concat('shipment-', lines.order_id) as movement_id,
        cast(lines.line_number as varchar) as line_id,
        cast(lines.ship_date as timestamp) as moved_at,
        cast(null as timestamp) as created_at,
        products.product_id,
        cast(null as varchar) as location_id,
        cast(null as varchar) as batch_id,
        -lines.quantity as quantity,
        cast(null as decimal(18, 4)) as counted_quantity,
        cast(null as decimal(18, 4)) as value,
        'issue' as type,
        lines.order_id as document_id,
        cast(null as varchar) as linked_movement_id,
        cast(null as varchar) as linked_line_id,
        false as is_cancelled
    from lines
    left join products on lines.product_number = products.product_number
)

select * from renamed
