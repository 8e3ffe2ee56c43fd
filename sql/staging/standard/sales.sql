-- One row per line of an invoice or of a credit note of an extract that has the entity's own columns.
with

landed as (
    select * from landing.sales
),

renamed as (
    select
        invoice_id,
        line_id,
        order_id,
        order_line_id,
        customer_id,
        product_id,
        location_id,
        salesperson_id,
        invoice_date,
        quantity,
        net_amount,
        cost_amount,
        currency,
        is_credit_note,
        origin_invoice_id,
        origin_line_id
    from landed
)

select * from renamed
