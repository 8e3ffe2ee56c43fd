-- One row per line of a sales order, of consumers on the internet and of resellers.
with

-- The internet's key of a consumer is C and the place of the person among all consumers: no extract has both numbers, and
-- of all 18,484 consumers the territories agree.
consumers as (
    select
        "AccountNumber" as customer_id,
        concat('C', cast(row_number() over (order by "PersonID") as varchar)) as customer_key
    from landing.customers
    where "StoreID" is null
),

products as (
    select
        "ProductNumber" as product_number,
        cast("ProductID" as varchar) as product_id
    from landing.products
),

lines as (
    select
        landed."SalesOrderNumber" as order_id,
        landed."SalesOrderLineNumber" as line_number,
        consumers.customer_id,
        landed."ProductNumber" as product_number,
        cast(null as integer) as salesperson_id,
        landed."OrderDate" as order_date,
        landed."DueDate" as due_date,
        landed."ShipDate" as ship_date,
        landed."OrderQty" as quantity,
        landed."UnitPrice" as unit_price,
        landed."UnitPriceDiscount" as discount_rate
    from landing.internet_sales as landed
    left join consumers on landed."CustomerKey" = consumers.customer_key
    union all
    select
        "SalesOrderNumber" as order_id,
        "SalesOrderLineNumber" as line_number,
        "ResellerAccount" as customer_id,
        "ProductNumber" as product_number,
        "SalesPersonID" as salesperson_id,
        "OrderDate" as order_date,
        "DueDate" as due_date,
        "ShipDate" as ship_date,
        "OrderQty" as quantity,
        "UnitPrice" as unit_price,
        "UnitPriceDiscount" as discount_rate
    from landing.reseller_sales
),

-- No extract names the warehouse, and none has promises or what was cancelled.
renamed as (
    select
        lines.order_id,
        cast(lines.line_number as varchar) as line_id,
        lines.customer_id,
        products.product_id,
        cast(null as varchar) as location_id,
        cast(lines.salesperson_id as varchar) as salesperson_id,
        lines.order_date,
        lines.due_date as requested_date,
        cast(null as date) as first_promised_date,
        cast(null as date) as promised_date,
        lines.quantity,
        cast(null as decimal(18, 4)) as cancelled_quantity,
        cast(null as date) as cancelled_date,
        lines.unit_price * (1 - lines.discount_rate) as unit_price,
        'USD' as currency,
        -- Every line of the extracts has been shipped.
        'closed' as status
    from lines
    left join products on lines.product_number = products.product_number
)

select * from renamed
