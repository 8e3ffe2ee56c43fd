-- One row per order line but drafts, and per line that is none and of which something was shipped, with its quantities.
with

order_lines as (
    select * from intermediate.sales_order_lines
),

shipments as (
    select * from intermediate.order_line_shipments
),

-- What is no order (a draft, a line that is ordered later or not known at all) and was shipped has a row of its own.
joined as (
    select
        coalesce(order_lines.order_id, shipments.order_id) as order_id,
        coalesce(order_lines.line_id, shipments.line_id) as line_id,
        coalesce(order_lines.customer_id, '(unknown)') as customer_id,
        coalesce(order_lines.product_id, '(unknown)') as product_id,
        coalesce(order_lines.location_id, '(unknown)') as location_id,
        coalesce(order_lines.is_demand, false) as is_order,
        case when order_lines.is_demand then order_lines.status else 'none' end as status,
        order_lines.order_date,
        order_lines.requested_date,
        order_lines.first_promised_date,
        order_lines.promised_date,
        case when order_lines.is_demand then order_lines.due_date end as due_date,
        order_lines.cancelled_date,
        order_lines.unit_price,
        order_lines.price_currency,
        case when order_lines.is_demand then order_lines.ordered_quantity else 0 end as ordered_quantity,
        case
            when order_lines.is_demand and coalesce(order_lines.cancelled_date <= $as_of, true)
                then order_lines.cancelled_quantity
            else 0
        end as cancelled_quantity,
        cast(coalesce(shipments.shipped_quantity, 0) as decimal(18, 4)) as shipped_quantity,
        cast(coalesce(shipments.delivered_quantity, 0) as decimal(18, 4)) as delivered_quantity,
        cast(coalesce(shipments.served_quantity, 0) as decimal(18, 4)) as served_quantity,
        cast(coalesce(shipments.in_time_quantity, 0) as decimal(18, 4)) as in_time_quantity,
        coalesce(shipments.shipment_count, 0) as shipment_count,
        coalesce(shipments.later_shipment_count, 0) as later_shipment_count,
        coalesce(shipments.service_count, 0) as service_count,
        shipments.first_shipped_date,
        shipments.last_shipped_date,
        shipments.last_service_date
    from order_lines
    full outer join shipments
        on
            order_lines.order_id = shipments.order_id
            and order_lines.line_id = shipments.line_id
),

-- What was cancelled by the day on which it was due was not wanted then; what was cancelled later was, and did not come.
-- A line that is done ships no more. One that shipped after `$as_of` was open then.
with_due as (
    select
        *,
        due_date + $otif_grace_days as latest_date,
        greatest(
            0,
            ordered_quantity - case when coalesce(cancelled_date <= due_date, true) then cancelled_quantity else 0 end
        ) as wanted_quantity,
        cast(greatest(0, ordered_quantity - shipped_quantity - cancelled_quantity) as decimal(18, 4))
            as backlog_quantity,
        cast(greatest(0, shipped_quantity + cancelled_quantity - ordered_quantity) as decimal(18, 4))
            as over_shipped_quantity,
        status in ('closed', 'cancelled')
        and later_shipment_count = 0
        and coalesce(cancelled_date <= $as_of, true) as is_done
    from joined
    where is_order or shipment_count > 0 or service_count > 0
),

-- What is still to ship, or to arrive where days of delivery count, can only come late.
with_rest as (
    select
        *,
        backlog_quantity > 0 and is_done as is_closed_short,
        (backlog_quantity > 0 and is_done = false) or shipped_quantity > served_quantity as is_unfinished
    from with_due
),

judged as (
    select
        *,
        case
            when is_order = false then 'no_order'
            when due_date is null then 'no_due_date'
            when latest_date > $as_of then 'not_due'
            when wanted_quantity = 0 then 'nothing_due'
            when in_time_quantity >= wanted_quantity * (1 - $in_full_tolerance_rate) then 'in_full'
            when last_service_date <= latest_date and is_unfinished = false then 'short'
            when served_quantity > 0 then 'late'
            else 'missed'
        end as service_status
    from with_rest
)

select * from judged
