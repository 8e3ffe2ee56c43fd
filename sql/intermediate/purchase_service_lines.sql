-- One row per line of a purchase order but drafts, and per line that is none and of which something was received.
with

purchase_orders as (
    select
        *,
        status <> 'draft' and coalesce(order_date <= $as_of, true) as is_order
    from staging.purchase_orders
),

receipts as (
    select * from intermediate.purchase_line_receipts
),

products as (
    select product_id from marts.dim_product
),

joined as (
    select
        coalesce(purchase_orders.vendor_id, '(unknown)') as vendor_id,
        coalesce(products.product_id, '(unknown)') as product_id,
        purchase_orders.location_id,
        coalesce(purchase_orders.is_order, false) as is_order,
        purchase_orders.status,
        purchase_orders.order_date,
        case when purchase_orders.is_order then purchase_orders.due_date end as due_date,
        case when purchase_orders.is_order then purchase_orders.due_date + $purchase_service_grace_days end
            as latest_date,
        case when purchase_orders.is_order then purchase_orders.quantity else 0 end as ordered_quantity,
        cast(coalesce(receipts.received_quantity, 0) as decimal(18, 4)) as received_quantity,
        cast(coalesce(receipts.in_time_quantity, 0) as decimal(18, 4)) as in_time_quantity,
        purchase_orders.rejected_quantity,
        coalesce(receipts.receipt_count, 0) as receipt_count,
        coalesce(receipts.later_receipt_count, 0) as later_receipt_count,
        coalesce(receipts.lead_time_receipt_count, 0) as lead_time_receipt_count,
        coalesce(receipts.lead_time_days, 0) as lead_time_days,
        receipts.last_received_date
    from purchase_orders
    full outer join receipts
        on
            purchase_orders.purchase_order_id = receipts.purchase_order_id
            and purchase_orders.line_id = receipts.line_id
    left join products on purchase_orders.product_id = products.product_id
),

-- What is missing of a line is cancelled, or given up where the line is closed and receives no more, or still to come.
with_missing as (
    select
        *,
        case
            when is_order then coalesce(due_date, order_date, last_received_date, $as_of)
            else last_received_date
        end as period_date,
        cast(greatest(0, ordered_quantity - received_quantity) as decimal(18, 4)) as missing_quantity,
        case
            when status = 'cancelled' then 'cancelled'
            when status = 'closed' and later_receipt_count = 0 then 'closed_short'
            when latest_date <= $as_of then 'past_due'
            else 'to_come'
        end as missing_kind
    from joined
    where is_order or receipt_count > 0
),

-- What is past due can only come late, so that its line is late already.
judged as (
    select
        *,
        case
            when is_order = false then 'no_order'
            when status = 'cancelled' then 'cancelled'
            when due_date is null then 'no_due_date'
            when latest_date > $as_of then 'not_due'
            when ordered_quantity = 0 then 'nothing_due'
            when in_time_quantity >= ordered_quantity * (1 - $purchase_service_tolerance_rate) then 'in_full'
            when last_received_date <= latest_date and missing_kind = 'closed_short' then 'short'
            when received_quantity > 0 then 'late'
            else 'missed'
        end as service_status
    from with_missing
),

-- What was turned down without saying how much is not known; no more was than was received by `$as_of`.
split as (
    select
        *,
        service_status in ('in_full', 'short', 'late', 'missed') as is_counted,
        case
            when receipt_count = 0 then 0
            when rejected_quantity is not null then least(rejected_quantity, received_quantity)
        end as known_rejected_quantity,
        case when rejected_quantity is not null then received_quantity else 0 end as inspected_quantity
    from judged
)

select * from split
