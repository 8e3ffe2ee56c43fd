-- One row per customer, product family and period in which lines of orders were due.
with

lines as (
    select
        *,
        case when is_on_time then due_amount else 0 end as on_time_amount,
        case when is_otif then due_amount else 0 end as otif_amount
    from marts.order_service_lines
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.order_service_period_kinds
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

-- An amount of which a part is not known is not known.
summed as (
    select
        lines.customer_id,
        lines.product_family,
        asked_for.period_kind,
        asked_for.period_start,
        asked_for.period_end,
        asked_for.period_end <= $as_of + interval '1 day' as is_period_complete,
        count(*) filter (where lines.service_status <> 'no_order') as line_count,
        count(*) filter (where lines.is_counted) as counted_line_count,
        count(*) filter (where lines.service_status = 'not_due') as not_due_line_count,
        count(*) filter (where lines.service_status = 'no_due_date') as no_due_date_line_count,
        count(*) filter (where lines.service_status = 'nothing_due') as nothing_due_line_count,
        count(*) filter (where lines.service_status = 'no_order') as no_order_line_count,
        count(*) filter (where lines.is_on_time) as on_time_line_count,
        count(*) filter (where lines.is_in_full) as in_full_line_count,
        count(*) filter (where lines.is_otif) as otif_line_count,
        count(*) filter (where lines.is_complete) as complete_line_count,
        count(*) filter (where lines.is_repromised) as repromised_line_count,
        count(*) filter (where lines.past_due_quantity > 0) as past_due_line_count,
        count(*) filter (where lines.price_status <> 'known') as unknown_price_line_count,
        cast(
            case when count(*) = count(lines.ordered_amount) then sum(lines.ordered_amount) end as decimal(18, 4)
        ) as ordered_amount,
        cast(
            case when count(*) = count(lines.cancelled_amount) then sum(lines.cancelled_amount) end as decimal(18, 4)
        ) as cancelled_amount,
        cast(
            case when count(*) = count(lines.shipped_amount) then sum(lines.shipped_amount) end as decimal(18, 4)
        ) as shipped_amount,
        cast(
            case when count(*) = count(lines.backlog_amount) then sum(lines.backlog_amount) end as decimal(18, 4)
        ) as backlog_amount,
        cast(
            case when count(*) = count(lines.past_due_amount) then sum(lines.past_due_amount) end as decimal(18, 4)
        ) as past_due_amount,
        cast(
            case when count(*) = count(lines.over_shipped_amount) then sum(lines.over_shipped_amount) end as decimal(18, 4)
        ) as over_shipped_amount,
        cast(case when count(*) = count(lines.due_amount) then sum(lines.due_amount) end as decimal(18, 4)) as due_amount,
        cast(
            case when count(*) = count(lines.on_time_amount) then sum(lines.on_time_amount) end as decimal(18, 4)
        ) as on_time_amount,
        cast(
            case when count(*) = count(lines.otif_amount) then sum(lines.otif_amount) end as decimal(18, 4)
        ) as otif_amount,
        cast(
            case when count(*) = count(lines.filled_amount) then sum(lines.filled_amount) end as decimal(18, 4)
        ) as filled_amount,
        max(lines.state_known_at) as state_known_at
    from lines
    inner join asked_for on lines.period_date = asked_for.date
    group by
        lines.customer_id,
        lines.product_family,
        asked_for.period_kind,
        asked_for.period_start,
        asked_for.period_end
),

-- Rates are of periods that are over; what they are made of stands beside them for the others, too.
rated as (
    select
        *,
        case when is_period_complete then cast(on_time_line_count as double) / nullif(counted_line_count, 0) end
            as on_time_line_rate,
        case when is_period_complete then cast(in_full_line_count as double) / nullif(counted_line_count, 0) end
            as in_full_line_rate,
        case when is_period_complete then cast(otif_line_count as double) / nullif(counted_line_count, 0) end
            as otif_line_rate,
        case when is_period_complete then cast(on_time_amount as double) / nullif(due_amount, 0) end
            as on_time_value_rate,
        case when is_period_complete then cast(otif_amount as double) / nullif(due_amount, 0) end
            as otif_value_rate,
        case when is_period_complete then cast(filled_amount as double) / nullif(due_amount, 0) end
            as fill_value_rate,
        $reporting_currency as currency,
        $service_date as served_by,
        $otif_grace_days as grace_days,
        $in_full_tolerance_rate as tolerance_rate
    from summed
)

select * from rated
