-- One row per line of a sales order, invoiced when it was shipped: no extract has the invoices.
with

-- The internet's key of a consumer is C and the place of the person among all consumers, as in sales_orders.
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

-- TaxAmt and Freight are the whole order's, repeated on each of its lines, and no part of a line's net amount.
lines as (
    select
        landed."SalesOrderNumber" as order_id,
        landed."SalesOrderLineNumber" as line_number,
        consumers.customer_id,
        landed."ProductNumber" as product_number,
        cast(null as integer) as salesperson_id,
        landed."ShipDate" as ship_date,
        landed."OrderQty" as quantity,
        landed."LineTotal" as net_amount,
        landed."StandardCost" as unit_cost
    from landing.internet_sales as landed
    left join consumers on landed."CustomerKey" = consumers.customer_key
    union all
    select
        "SalesOrderNumber" as order_id,
        "SalesOrderLineNumber" as line_number,
        "ResellerAccount" as customer_id,
        "ProductNumber" as product_number,
        "SalesPersonID" as salesperson_id,
        "ShipDate" as ship_date,
        "OrderQty" as quantity,
        "LineTotal" as net_amount,
        "StandardCost" as unit_cost
    from landing.reseller_sales
),

renamed as (
    select
        lines.order_id as invoice_id,
        cast(lines.line_number as varchar) as line_id,
        lines.order_id,
        cast(lines.line_number as varchar) as order_line_id,
        lines.customer_id,
        products.product_id,
        cast(null as varchar) as location_id,
        cast(lines.salesperson_id as varchar) as salesperson_id,
        lines.ship_date as invoice_date,
        lines.quantity,
        lines.net_amount,
        lines.unit_cost * lines.quantity as cost_amount,
        'USD' as currency,
        false as is_credit_note,
        cast(null as varchar) as origin_invoice_id,
        cast(null as varchar) as origin_line_id
    from lines
    left join products on lines.product_number = products.product_number
)

select * from renamed
