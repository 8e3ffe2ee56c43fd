-- One row per customer and currency with order lines that are still to be shipped.
with

order_lines as (
    select * from marts.order_service_lines
),

open_lines as (
    select
        customer_id,
        currency,
        coalesce(due_date, promised_date) as due_date,
        backlog_amount,
        past_due_amount
    from order_lines
    where backlog_quantity > 0
),

by_customer as (
    select
        coalesce(customer_id, '(unknown)') as customer_id,
        coalesce(currency, '(unknown)') as currency,
        count(*) as open_lines,
        min(due_date) as oldest_due_date,
        sum(backlog_amount) as backlog_amount,
        sum(past_due_amount) as past_due_amount
    from open_lines
    group by 1, 2
)

select * from by_customer
