-- One row per line of a sales order of an extract that has the entity's own columns.
with

landed as (
    select * from landing.sales_orders
),

renamed as (
    select
        order_id,
        line_id,
        customer_id,
        product_id,
        location_id,
        salesperson_id,
        order_date,
        requested_date,
        first_promised_date,
        promised_date,
        quantity,
        cancelled_quantity,
        cancelled_date,
        unit_price,
        currency,
        status
    from landed
)

select * from renamed
