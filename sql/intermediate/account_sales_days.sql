-- One row per customer and day on which something was invoiced or credited to it.
with

invoice_lines as (
    select * from intermediate.invoice_lines
),

-- The amount is that of the lines that have a rate; the others are counted.
summed as (
    select
        customer_id,
        sales_date as date,
        sum(sales_amount) as known_sales_amount,
        count(*) as invoice_line_count,
        count(*) - count(sales_amount) as missing_rate_count
    from invoice_lines
    group by customer_id, sales_date
)

select * from summed
