-- One row per vendor, product and period in which lines of purchase orders were due, with their sums.
with

valued as (
    select * from intermediate.purchase_service_valued
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.purchase_service_period_kinds
),

asked_for as (
    select
        period_days.period_kind,
        period_days.date,
        period_days.period_start,
        period_days.period_end
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
),

-- What is missing has one kind per line, and so has what it is worth.
split as (
    select
        *,
        case when missing_kind = 'cancelled' then missing_amount else 0 end as cancelled_amount,
        case when missing_kind = 'closed_short' then missing_amount else 0 end as closed_short_amount,
        case when missing_kind in ('past_due', 'to_come') then missing_amount else 0 end as open_amount,
        case when missing_kind = 'past_due' then missing_amount else 0 end as past_due_amount
    from valued
),

summed as (
    select
        split.vendor_id,
        split.product_id,
        asked_for.period_kind,
        asked_for.period_start,
        asked_for.period_end,
        count(*) filter (where split.is_order) as line_count,
        count(*) filter (where split.is_counted) as counted_line_count,
        count(*) filter (where split.service_status = 'not_due') as not_due_line_count,
        count(*) filter (where split.service_status = 'no_due_date') as no_due_date_line_count,
        count(*) filter (where split.service_status = 'cancelled') as cancelled_line_count,
        count(*) filter (where split.service_status = 'no_order') as no_order_line_count,
        count(*) filter (where split.service_status in ('in_full', 'short')) as on_time_line_count,
        count(*) filter (where split.service_status = 'in_full') as in_full_line_count,
        count(*) filter (where split.past_due_quantity > 0) as past_due_line_count,
        count(*) filter (where split.known_rejected_quantity is null) as unknown_rejected_line_count,
        sum(split.receipt_count) as receipt_count,
        sum(split.lead_time_receipt_count) as lead_time_receipt_count,
        sum(split.lead_time_days) as lead_time_days,
        sum(split.ordered_quantity) as ordered_quantity,
        sum(split.received_quantity) as received_quantity,
        sum(split.cancelled_quantity) as cancelled_quantity,
        sum(split.closed_short_quantity) as closed_short_quantity,
        sum(split.open_quantity) as open_quantity,
        sum(split.past_due_quantity) as past_due_quantity,
        sum(split.over_received_quantity) as over_received_quantity,
        sum(split.inspected_quantity) as inspected_quantity,
        coalesce(sum(split.known_rejected_quantity), 0) as rejected_quantity,
        sum(split.due_quantity) as due_quantity,
        sum(split.filled_quantity) as filled_quantity,
        case when count(*) = count(split.ordered_amount) then sum(split.ordered_amount) end as ordered_amount,
        case when count(*) = count(split.received_amount) then sum(split.received_amount) end as received_amount,
        case when count(*) = count(split.cancelled_amount) then sum(split.cancelled_amount) end as cancelled_amount,
        case when count(*) = count(split.closed_short_amount) then sum(split.closed_short_amount) end
            as closed_short_amount,
        case when count(*) = count(split.open_amount) then sum(split.open_amount) end as open_amount,
        case when count(*) = count(split.past_due_amount) then sum(split.past_due_amount) end as past_due_amount,
        case when count(*) = count(split.over_received_amount) then sum(split.over_received_amount) end
            as over_received_amount,
        case when count(*) = count(split.due_amount) then sum(split.due_amount) end as due_amount,
        case when count(*) = count(split.filled_amount) then sum(split.filled_amount) end as filled_amount,
        case
            when count(split.known_rejected_quantity) = count(split.rejected_amount) then sum(split.rejected_amount)
        end as rejected_amount,
        bool_or(split.price_amount is null) as has_no_plan_price
    from split
    inner join asked_for on split.period_date = asked_for.date
    group by
        split.vendor_id,
        split.product_id,
        asked_for.period_kind,
        asked_for.period_start,
        asked_for.period_end
)

select * from summed
