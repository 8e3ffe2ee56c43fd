-- Every total that order_service_orders holds, beside the same total from the order lines or from order_service_lines.
with

order_lines as (
    select *
    from staging.sales_orders
    where
        status <> 'draft'
        and coalesce(order_date, $as_of) <= $as_of
),

orders as (
    select distinct order_id from order_lines
),

of_orders as (
    select count(*) as order_count from orders
),

of_order_lines as (
    select count(*) as line_count from order_lines
),

of_lines as (
    select
        count(*) filter (where is_otif) as otif_line_count,
        count(*) filter (where past_due_quantity > 0) as past_due_line_count
    from marts.order_service_lines
),

-- An order that holds one line without an amount says none, and neither do its lines here.
unknown_orders as (
    select distinct order_id
    from marts.order_service_lines
    where
        ordered_amount is null
        or backlog_amount is null
        or shipped_amount is null
),

of_known_lines as (
    select
        coalesce(sum(lines.ordered_amount), 0) as ordered_amount,
        coalesce(sum(lines.backlog_amount), 0) as backlog_amount,
        coalesce(sum(lines.shipped_amount), 0) as shipped_amount
    from marts.order_service_lines as lines
    left join unknown_orders on lines.order_id = unknown_orders.order_id
    where unknown_orders.order_id is null
),

-- An order whose one line is late is not on time: counted from the lines' side.
late_orders as (
    select distinct order_id
    from marts.order_service_lines
    where is_otif = false
),

of_late_orders as (
    select count(*) as late_order_count from late_orders
),

mart as (
    select
        count(*) filter (where line_count > 0) as order_count,
        coalesce(sum(line_count), 0) as line_count,
        coalesce(sum(otif_line_count), 0) as otif_line_count,
        coalesce(sum(past_due_line_count), 0) as past_due_line_count,
        count(*) filter (where is_otif = false) as late_order_count
    from marts.order_service_orders
),

of_known_orders as (
    select
        coalesce(sum(orders.ordered_amount), 0) as ordered_amount,
        coalesce(sum(orders.backlog_amount), 0) as backlog_amount,
        coalesce(sum(orders.shipped_amount), 0) as shipped_amount
    from marts.order_service_orders as orders
    where
        orders.ordered_amount is not null
        and orders.backlog_amount is not null
        and orders.shipped_amount is not null
),

totals as (
    select
        'orders' as measure,
        of_orders.order_count as source_total,
        mart.order_count as mart_total
    from of_orders
    cross join mart
    union all
    select
        'order lines' as measure,
        of_order_lines.line_count as source_total,
        mart.line_count as mart_total
    from of_order_lines
    cross join mart
    union all
    select
        'order lines that are on time and in full' as measure,
        of_lines.otif_line_count as source_total,
        mart.otif_line_count as mart_total
    from of_lines
    cross join mart
    union all
    select
        'order lines that are past due' as measure,
        of_lines.past_due_line_count as source_total,
        mart.past_due_line_count as mart_total
    from of_lines
    cross join mart
    union all
    select
        'orders that are not on time and in full' as measure,
        of_late_orders.late_order_count as source_total,
        mart.late_order_count as mart_total
    from of_late_orders
    cross join mart
    union all
    select
        'ordered_amount' as measure,
        of_known_lines.ordered_amount as source_total,
        of_known_orders.ordered_amount as mart_total
    from of_known_lines
    cross join of_known_orders
    union all
    select
        'backlog_amount' as measure,
        of_known_lines.backlog_amount as source_total,
        of_known_orders.backlog_amount as mart_total
    from of_known_lines
    cross join of_known_orders
    union all
    select
        'shipped_amount' as measure,
        of_known_lines.shipped_amount as source_total,
        of_known_orders.shipped_amount as mart_total
    from of_known_lines
    cross join of_known_orders
),

compared as (
    select
        measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source_total,
        mart_total
    from totals
)

select * from compared
