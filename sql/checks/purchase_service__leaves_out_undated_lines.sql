-- Every line of a purchase order without any date: it belongs to no period.
with

purchase_orders as (
    select * from staging.purchase_orders
),

undated as (
    select
        source_system,
        purchase_order_id,
        line_id,
        vendor_id,
        product_id,
        quantity
    from purchase_orders
    where
        status <> 'draft'
        and order_date is null
        and due_date is null
)

select * from undated
