-- Every order line without any date: it belongs to no period.
with

sales_orders as (
    select * from staging.sales_orders
),

undated as (
    select
        source_system,
        order_id,
        line_id,
        customer_id,
        product_id,
        quantity
    from sales_orders
    where
        status <> 'draft'
        and order_date is null
        and first_promised_date is null
        and requested_date is null
        and promised_date is null
)

select * from undated
