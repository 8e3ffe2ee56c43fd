-- Every line of an invoice or credit note whose credits add up to more or less than all of it.
with

lines as (
    select * from intermediate.invoice_line_credits
),

wrong as (
    select
        invoice_id,
        line_id,
        invoice_date,
        salesperson_id,
        credited_share,
        sales_amount
    from lines
    where credited_share <> 1
)

select * from wrong
