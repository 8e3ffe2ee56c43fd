-- One row per event of what is bought, and date on which it happened or is to happen.
with

purchase_order_dates as (
    select 'purchase_orders.order_date' as event, order_date as date from staging.purchase_orders
    union all
    select 'purchase_orders.due_date' as event, due_date as date from staging.purchase_orders
),

receipt_dates as (
    select 'receipts.received_date' as event, received_date as date from staging.receipts
),

all_dates as (
    select * from purchase_order_dates
    union all
    select * from receipt_dates
),

distinct_dates as (
    select distinct event, date
    from all_dates
    where date is not null
)

select * from distinct_dates
