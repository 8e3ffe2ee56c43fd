-- One row per vendor, product and period in which lines of purchase orders were due.
with

sums as (
    select * from intermediate.purchase_service_sums
),

products as (
    select * from marts.dim_product
),

event_dates as (
    select * from intermediate.event_dates
),

-- How far the extracts know what happened, where they know more than `$as_of`.
states as (
    select max(date) as state_known_at
    from event_dates
    where
        event in ('purchase_orders.order_date', 'receipts.received_date')
        and date > $as_of
),

-- Rates are of periods that are over; what they are made of stands beside them for the others, too.
with_divisors as (
    select
        *,
        period_end <= $as_of + interval '1 day' as is_period_complete,
        case when period_end <= $as_of + interval '1 day' then nullif(counted_line_count, 0) end as line_divisor,
        case when period_end <= $as_of + interval '1 day' then nullif(due_quantity, 0) end as quantity_divisor,
        case when period_end <= $as_of + interval '1 day' then nullif(inspected_quantity, 0) end as inspected_divisor,
        case when period_end <= $as_of + interval '1 day' then nullif(lead_time_receipt_count, 0) end
            as receipt_divisor
    from sums
),

rated as (
    select
        with_divisors.vendor_id,
        with_divisors.product_id,
        with_divisors.period_kind,
        with_divisors.period_start,
        with_divisors.period_end,
        with_divisors.is_period_complete,
        with_divisors.line_count,
        with_divisors.counted_line_count,
        with_divisors.not_due_line_count,
        with_divisors.no_due_date_line_count,
        with_divisors.cancelled_line_count,
        with_divisors.no_order_line_count,
        with_divisors.on_time_line_count,
        with_divisors.in_full_line_count,
        with_divisors.past_due_line_count,
        with_divisors.unknown_rejected_line_count,
        with_divisors.receipt_count,
        with_divisors.lead_time_receipt_count,
        with_divisors.lead_time_days,
        cast(with_divisors.ordered_quantity as decimal(18, 4)) as ordered_quantity,
        cast(with_divisors.received_quantity as decimal(18, 4)) as received_quantity,
        cast(with_divisors.cancelled_quantity as decimal(18, 4)) as cancelled_quantity,
        cast(with_divisors.closed_short_quantity as decimal(18, 4)) as closed_short_quantity,
        cast(with_divisors.open_quantity as decimal(18, 4)) as open_quantity,
        cast(with_divisors.past_due_quantity as decimal(18, 4)) as past_due_quantity,
        cast(with_divisors.over_received_quantity as decimal(18, 4)) as over_received_quantity,
        cast(with_divisors.inspected_quantity as decimal(18, 4)) as inspected_quantity,
        cast(with_divisors.rejected_quantity as decimal(18, 4)) as rejected_quantity,
        cast(with_divisors.due_quantity as decimal(18, 4)) as due_quantity,
        cast(with_divisors.filled_quantity as decimal(18, 4)) as filled_quantity,
        products.stock_unit,
        cast(with_divisors.ordered_amount as decimal(18, 4)) as ordered_amount,
        cast(with_divisors.received_amount as decimal(18, 4)) as received_amount,
        cast(with_divisors.cancelled_amount as decimal(18, 4)) as cancelled_amount,
        cast(with_divisors.closed_short_amount as decimal(18, 4)) as closed_short_amount,
        cast(with_divisors.open_amount as decimal(18, 4)) as open_amount,
        cast(with_divisors.past_due_amount as decimal(18, 4)) as past_due_amount,
        cast(with_divisors.over_received_amount as decimal(18, 4)) as over_received_amount,
        cast(with_divisors.rejected_amount as decimal(18, 4)) as rejected_amount,
        cast(with_divisors.due_amount as decimal(18, 4)) as due_amount,
        cast(with_divisors.filled_amount as decimal(18, 4)) as filled_amount,
        with_divisors.has_no_plan_price,
        $reporting_currency as currency,
        cast(with_divisors.on_time_line_count as double) / with_divisors.line_divisor as on_time_line_rate,
        cast(with_divisors.in_full_line_count as double) / with_divisors.line_divisor as in_full_line_rate,
        cast(with_divisors.filled_quantity as double) / with_divisors.quantity_divisor as fill_rate,
        cast(with_divisors.rejected_quantity as double) / with_divisors.inspected_divisor as rejected_rate,
        cast(with_divisors.lead_time_days as double) / with_divisors.receipt_divisor as mean_lead_time_days,
        $purchase_service_grace_days as grace_days,
        $purchase_service_tolerance_rate as tolerance_rate,
        states.state_known_at
    from with_divisors
    left join products on with_divisors.product_id = products.product_id
    cross join states
)

select * from rated
