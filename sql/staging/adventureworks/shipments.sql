-- One row per line of a sales order: each was shipped whole, in one shipment.
with

lines as (
    select
        "SalesOrderNumber" as order_id,
        "SalesOrderLineNumber" as line_number,
        "OrderQty" as quantity,
        "ShipDate" as shipped_date
    from landing.internet_sales
    union all
    select
        "SalesOrderNumber" as order_id,
        "SalesOrderLineNumber" as line_number,
        "OrderQty" as quantity,
        "ShipDate" as shipped_date
    from landing.reseller_sales
),

renamed as (
    select
        order_id as shipment_id,
        cast(line_number as varchar) as line_id,
        order_id,
        cast(line_number as varchar) as order_line_id,
        quantity,
        shipped_date,
        cast(null as date) as delivered_date
    from lines
)

select * from renamed
