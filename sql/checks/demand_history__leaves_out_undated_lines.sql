-- Every line of an order or an invoice without any date: it belongs to no period and is in no row of demand_history.
with

sales_orders as (
    select * from staging.sales_orders
),

sales as (
    select * from staging.sales
),

undated as (
    select
        'sales_orders' as entity,
        source_system,
        order_id as document_id,
        line_id,
        product_id,
        quantity
    from sales_orders
    where
        status <> 'draft'
        and order_date is null
        and requested_date is null
        and promised_date is null
    union all
    select
        'sales' as entity,
        source_system,
        invoice_id as document_id,
        line_id,
        product_id,
        quantity
    from sales
    where invoice_date is null
)

select * from undated
