-- Every total of a period that purchase_service holds, beside the same total from the order and receipt lines themselves.
with

period_kinds as (
    select distinct period_kind from settings.purchase_service_period_kinds
),

period_days as (
    select
        period_days.period_kind,
        period_days.date,
        period_days.period_start
    from intermediate.period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
),

purchase_orders as (
    select
        *,
        status <> 'draft' and (order_date is null or order_date <= $as_of) as is_order
    from staging.purchase_orders
),

-- Each receipt in the period of its line; without one in its own.
received_lines as (
    select
        receipts.purchase_order_id,
        receipts.order_line_id,
        receipts.quantity,
        receipts.received_date,
        case when purchase_orders.is_order then greatest(0, receipts.received_date - purchase_orders.order_date) end
            as lead_time_days,
        case when purchase_orders.is_order then coalesce(purchase_orders.due_date, purchase_orders.order_date) end
            as line_date
    from staging.receipts as receipts
    left join purchase_orders
        on
            receipts.purchase_order_id = purchase_orders.purchase_order_id
            and receipts.order_line_id = purchase_orders.line_id
    where
        receipts.received_date <= $as_of
        and receipts.quantity > 0
),

-- Receipts of one line without any date stand together on the day of the last.
last_dates as (
    select
        coalesce(purchase_order_id, '(unknown)') as purchase_order_id,
        coalesce(order_line_id, '(unknown)') as order_line_id,
        max(received_date) as last_date
    from received_lines
    group by coalesce(purchase_order_id, '(unknown)'), coalesce(order_line_id, '(unknown)')
),

received as (
    select
        coalesce(received_lines.line_date, last_dates.last_date) as date,
        0 as line_count,
        0 as ordered_quantity,
        received_lines.quantity as received_quantity,
        coalesce(received_lines.lead_time_days, 0) as lead_time_days,
        0 as in_full_line_count,
        0 as on_time_line_count,
        0 as rejected_quantity
    from received_lines
    inner join last_dates
        on
            coalesce(received_lines.purchase_order_id, '(unknown)') = last_dates.purchase_order_id
            and coalesce(received_lines.order_line_id, '(unknown)') = last_dates.order_line_id
),

received_by_line as (
    select
        purchase_orders.purchase_order_id,
        purchase_orders.line_id,
        coalesce(
            sum(receipts.quantity) filter (
                where receipts.received_date <= least($as_of, purchase_orders.due_date + $purchase_service_grace_days)
            ), 0
        ) as in_time_quantity,
        coalesce(sum(receipts.quantity) filter (where receipts.received_date <= $as_of), 0) as quantity,
        count(*) filter (where receipts.received_date > $as_of) as later_count
    from purchase_orders
    inner join staging.receipts as receipts
        on
            purchase_orders.purchase_order_id = receipts.purchase_order_id
            and purchase_orders.line_id = receipts.order_line_id
    where receipts.quantity > 0
    group by purchase_orders.purchase_order_id, purchase_orders.line_id
),

judged as (
    select
        purchase_orders.*,
        coalesce(received_by_line.quantity, 0) as received_quantity,
        purchase_orders.status <> 'cancelled'
        and purchase_orders.is_order
        and purchase_orders.quantity > 0
        and purchase_orders.due_date + $purchase_service_grace_days <= $as_of as is_counted,
        coalesce(received_by_line.in_time_quantity, 0)
        >= purchase_orders.quantity * (1 - $purchase_service_tolerance_rate) as is_in_full,
        received_by_line.in_time_quantity > 0
        and received_by_line.in_time_quantity = received_by_line.quantity
        and purchase_orders.status = 'closed'
        and received_by_line.later_count = 0 as is_short
    from purchase_orders
    left join received_by_line
        on
            purchase_orders.purchase_order_id = received_by_line.purchase_order_id
            and purchase_orders.line_id = received_by_line.line_id
),

-- A line without any date that was received stands on the day of the last receipt, and so does one that is no order.
ordered as (
    select
        case
            when judged.is_order then coalesce(judged.due_date, judged.order_date, last_dates.last_date, $as_of)
            else last_dates.last_date
        end as date,
        case when judged.is_order then 1 else 0 end as line_count,
        case when judged.is_order then judged.quantity else 0 end as ordered_quantity,
        0 as received_quantity,
        0 as lead_time_days,
        case when judged.is_counted and judged.is_in_full then 1 else 0 end as in_full_line_count,
        case when judged.is_counted and (judged.is_in_full or judged.is_short) then 1 else 0 end as on_time_line_count,
        case
            when judged.rejected_quantity is not null then least(judged.rejected_quantity, judged.received_quantity)
            else 0
        end as rejected_quantity
    from judged
    left join last_dates
        on
            judged.purchase_order_id = last_dates.purchase_order_id
            and judged.line_id = last_dates.order_line_id
    where
        judged.is_order
        or last_dates.last_date is not null
),

events as (
    select * from ordered
    union all
    select * from received
),

all_totals as (
    select
        'source' as origin,
        period_days.period_kind,
        period_days.period_start,
        sum(events.line_count) as line_count,
        sum(events.ordered_quantity) as ordered_quantity,
        sum(events.received_quantity) as received_quantity,
        sum(events.ordered_quantity - events.received_quantity) as missing_quantity,
        sum(events.lead_time_days) as lead_time_days,
        sum(events.in_full_line_count) as in_full_line_count,
        sum(events.on_time_line_count) as on_time_line_count,
        sum(events.rejected_quantity) as rejected_quantity
    from events
    left join period_days on events.date = period_days.date
    group by period_days.period_kind, period_days.period_start
    union all
    select
        'mart' as origin,
        period_kind,
        period_start,
        sum(line_count) as line_count,
        sum(ordered_quantity) as ordered_quantity,
        sum(received_quantity) as received_quantity,
        sum(open_quantity + cancelled_quantity + closed_short_quantity - over_received_quantity) as missing_quantity,
        sum(lead_time_days) as lead_time_days,
        sum(in_full_line_count) as in_full_line_count,
        sum(on_time_line_count) as on_time_line_count,
        sum(rejected_quantity) as rejected_quantity
    from marts.purchase_service
    group by period_kind, period_start
),

measures as (
    select 'order lines' as measure
    union all
    select 'ordered_quantity' as measure
    union all
    select 'received_quantity' as measure
    union all
    select 'open, cancelled and closed short less over-received quantity' as measure
    union all
    select 'lead_time_days' as measure
    union all
    select 'order lines in full' as measure
    union all
    select 'order lines on time' as measure
    union all
    select 'rejected_quantity' as measure
),

totals as (
    select
        measures.measure,
        all_totals.period_kind,
        all_totals.period_start,
        all_totals.origin,
        case measures.measure
            when 'order lines' then all_totals.line_count
            when 'ordered_quantity' then all_totals.ordered_quantity
            when 'received_quantity' then all_totals.received_quantity
            when 'lead_time_days' then all_totals.lead_time_days
            when 'order lines in full' then all_totals.in_full_line_count
            when 'order lines on time' then all_totals.on_time_line_count
            when 'rejected_quantity' then all_totals.rejected_quantity
            else all_totals.missing_quantity
        end as total
    from all_totals
    cross join measures
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from totals
    group by measure, period_kind, period_start
)

select * from compared
