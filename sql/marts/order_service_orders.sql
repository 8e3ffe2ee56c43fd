-- One row per order with a line that is no draft, or of which something was shipped.
with

lines as (
    select * from marts.order_service_lines
),

-- Lines of several customers under one order are not broken down by customer.
summed as (
    select
        order_id,
        case when min(customer_id) = max(customer_id) then min(customer_id) else '(all)' end as customer_id,
        min(order_date) as order_date,
        min(due_date) as first_due_date,
        max(due_date) as last_due_date,
        max(last_shipped_date) as last_shipped_date,
        count(*) filter (where service_status <> 'no_order') as line_count,
        count(*) filter (where is_counted) as counted_line_count,
        count(*) filter (where service_status = 'not_due') as not_due_line_count,
        count(*) filter (where service_status = 'no_due_date') as no_due_date_line_count,
        count(*) filter (where service_status = 'nothing_due') as nothing_due_line_count,
        count(*) filter (where service_status = 'no_order') as no_order_line_count,
        count(*) filter (where is_on_time) as on_time_line_count,
        count(*) filter (where is_in_full) as in_full_line_count,
        count(*) filter (where is_otif) as otif_line_count,
        count(*) filter (where is_complete) as complete_line_count,
        count(*) filter (where backlog_quantity > 0) as backlog_line_count,
        count(*) filter (where past_due_quantity > 0) as past_due_line_count,
        max(days_past_due) as days_past_due,
        count(*) filter (where price_status <> 'known') as unknown_price_line_count,
        case when count(*) = count(ordered_amount) then sum(ordered_amount) end as ordered_amount,
        case when count(*) = count(cancelled_amount) then sum(cancelled_amount) end as cancelled_amount,
        case when count(*) = count(shipped_amount) then sum(shipped_amount) end as shipped_amount,
        case when count(*) = count(backlog_amount) then sum(backlog_amount) end as backlog_amount,
        case when count(*) = count(past_due_amount) then sum(past_due_amount) end as past_due_amount,
        case when count(*) = count(closed_short_amount) then sum(closed_short_amount) end as closed_short_amount,
        case when count(*) = count(over_shipped_amount) then sum(over_shipped_amount) end as over_shipped_amount,
        case when count(*) = count(due_amount) then sum(due_amount) end as due_amount,
        case when count(*) = count(filled_amount) then sum(filled_amount) end as filled_amount,
        max(state_known_at) as state_known_at
    from lines
    group by order_id
),

-- One line that is late makes an order late. An order of which nothing is due is neither.
rated as (
    select
        order_id,
        customer_id,
        order_date,
        first_due_date,
        last_due_date,
        last_shipped_date,
        line_count,
        counted_line_count,
        not_due_line_count,
        no_due_date_line_count,
        nothing_due_line_count,
        no_order_line_count,
        on_time_line_count,
        in_full_line_count,
        otif_line_count,
        complete_line_count,
        backlog_line_count,
        past_due_line_count,
        days_past_due,
        case when counted_line_count > 0 then on_time_line_count = counted_line_count end as is_on_time,
        case when counted_line_count > 0 then in_full_line_count = counted_line_count end as is_in_full,
        case when counted_line_count > 0 then otif_line_count = counted_line_count end as is_otif,
        case when counted_line_count > 0 then complete_line_count = counted_line_count end as is_complete,
        cast(in_full_line_count as double) / nullif(counted_line_count, 0) as fill_line_rate,
        cast(filled_amount as double) / nullif(due_amount, 0) as fill_value_rate,
        cast(ordered_amount as decimal(18, 4)) as ordered_amount,
        cast(cancelled_amount as decimal(18, 4)) as cancelled_amount,
        cast(shipped_amount as decimal(18, 4)) as shipped_amount,
        cast(backlog_amount as decimal(18, 4)) as backlog_amount,
        cast(past_due_amount as decimal(18, 4)) as past_due_amount,
        cast(closed_short_amount as decimal(18, 4)) as closed_short_amount,
        cast(over_shipped_amount as decimal(18, 4)) as over_shipped_amount,
        cast(due_amount as decimal(18, 4)) as due_amount,
        cast(filled_amount as decimal(18, 4)) as filled_amount,
        unknown_price_line_count,
        $reporting_currency as currency,
        $service_date as served_by,
        $otif_grace_days as grace_days,
        $in_full_tolerance_rate as tolerance_rate,
        state_known_at
    from summed
)

select * from rated
