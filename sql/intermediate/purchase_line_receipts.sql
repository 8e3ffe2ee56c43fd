-- One row per line of a purchase order of which something is known to be received, known as a line or not.
with

receipts as (
    select * from staging.receipts
),

purchase_orders as (
    select * from staging.purchase_orders
),

-- What came before it was ordered took no number of days.
dated as (
    select
        coalesce(receipts.purchase_order_id, '(unknown)') as purchase_order_id,
        coalesce(receipts.order_line_id, '(unknown)') as line_id,
        receipts.quantity,
        receipts.received_date,
        purchase_orders.due_date + $purchase_service_grace_days as latest_date,
        case
            when purchase_orders.status <> 'draft' and receipts.received_date >= purchase_orders.order_date
                then receipts.received_date - purchase_orders.order_date
        end as lead_time_days
    from receipts
    left join purchase_orders
        on
            receipts.purchase_order_id = purchase_orders.purchase_order_id
            and receipts.order_line_id = purchase_orders.line_id
    where receipts.quantity > 0
),

-- A receipt without a day has not happened; one after `$as_of` only tells that the line was still open then.
summed as (
    select
        purchase_order_id,
        line_id,
        count(*) filter (where received_date <= $as_of) as receipt_count,
        count(*) filter (where received_date > $as_of) as later_receipt_count,
        sum(case when received_date <= $as_of then quantity else 0 end) as received_quantity,
        sum(case when received_date > $as_of then quantity else 0 end) as later_received_quantity,
        sum(case when received_date <= $as_of and received_date <= latest_date then quantity else 0 end)
            as in_time_quantity,
        count(lead_time_days) filter (where received_date <= $as_of) as lead_time_receipt_count,
        coalesce(sum(lead_time_days) filter (where received_date <= $as_of), 0) as lead_time_days,
        max(case when received_date <= $as_of then received_date end) as last_received_date
    from dated
    group by purchase_order_id, line_id
)

select * from summed
