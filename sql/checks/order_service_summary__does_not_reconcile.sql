-- Every total of a period that order_service_summary holds, beside the same from the order lines and order_service_lines.
with

period_kinds as (
    select distinct period_kind from settings.order_service_period_kinds
),

period_days as (
    select
        period_days.period_kind,
        period_days.date,
        period_days.period_start
    from intermediate.period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
),

order_lines as (
    select
        period_days.period_kind,
        period_days.period_start,
        count(*) as line_count
    from staging.sales_orders
    left join period_days
        on
            coalesce(
                sales_orders.first_promised_date,
                sales_orders.requested_date,
                sales_orders.promised_date,
                sales_orders.order_date,
                $as_of
            ) = period_days.date
    where
        sales_orders.status <> 'draft'
        and coalesce(sales_orders.order_date, $as_of) <= $as_of
    group by period_days.period_kind, period_days.period_start
),

-- Of what has an amount on every line of its row; the rest is counted.
line_rows as (
    select
        period_days.period_kind,
        period_days.period_start,
        count(*) filter (where lines.is_counted) as counted_line_count,
        count(*) filter (where lines.is_otif) as otif_line_count,
        case when count(*) = count(lines.ordered_amount) then sum(lines.ordered_amount) end as ordered_amount,
        case when count(*) = count(lines.backlog_amount) then sum(lines.backlog_amount) end as backlog_amount,
        case when count(*) = count(lines.filled_amount) then sum(lines.filled_amount) end as filled_amount
    from marts.order_service_lines as lines
    left join period_days on lines.period_date = period_days.date
    group by period_days.period_kind, period_days.period_start, lines.customer_id, lines.product_family
),

summary as (
    select
        period_kind,
        period_start,
        sum(line_count) as line_count,
        sum(counted_line_count) as counted_line_count,
        sum(otif_line_count) as otif_line_count,
        coalesce(sum(ordered_amount), 0) as ordered_amount,
        coalesce(sum(backlog_amount), 0) as backlog_amount,
        coalesce(sum(filled_amount), 0) as filled_amount
    from marts.order_service_summary
    group by period_kind, period_start
),

lines as (
    select
        period_kind,
        period_start,
        sum(counted_line_count) as counted_line_count,
        sum(otif_line_count) as otif_line_count,
        coalesce(sum(ordered_amount), 0) as ordered_amount,
        coalesce(sum(backlog_amount), 0) as backlog_amount,
        coalesce(sum(filled_amount), 0) as filled_amount
    from line_rows
    group by period_kind, period_start
),

all_totals as (
    select 'order lines' as measure, period_kind, period_start, line_count as source_total, 0 as mart_total
    from order_lines
    union all
    select 'order lines' as measure, period_kind, period_start, 0 as source_total, line_count as mart_total
    from summary
    union all
    select 'counted lines' as measure, period_kind, period_start, counted_line_count as source_total, 0 as mart_total
    from lines
    union all
    select 'counted lines' as measure, period_kind, period_start, 0 as source_total, counted_line_count as mart_total
    from summary
    union all
    select 'otif lines' as measure, period_kind, period_start, otif_line_count as source_total, 0 as mart_total
    from lines
    union all
    select 'otif lines' as measure, period_kind, period_start, 0 as source_total, otif_line_count as mart_total
    from summary
    union all
    select 'ordered_amount' as measure, period_kind, period_start, ordered_amount as source_total, 0 as mart_total
    from lines
    union all
    select 'ordered_amount' as measure, period_kind, period_start, 0 as source_total, ordered_amount as mart_total
    from summary
    union all
    select 'backlog_amount' as measure, period_kind, period_start, backlog_amount as source_total, 0 as mart_total
    from lines
    union all
    select 'backlog_amount' as measure, period_kind, period_start, 0 as source_total, backlog_amount as mart_total
    from summary
    union all
    select 'filled_amount' as measure, period_kind, period_start, filled_amount as source_total, 0 as mart_total
    from lines
    union all
    select 'filled_amount' as measure, period_kind, period_start, 0 as source_total, filled_amount as mart_total
    from summary
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        sum(source_total) as source_total,
        sum(mart_total) as mart_total
    from all_totals
    group by measure, period_kind, period_start
)

select * from compared
