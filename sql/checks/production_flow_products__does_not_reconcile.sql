-- Every total of production_flow_products, beside that of production orders, invoice lines and the accounts of stock.
with

orders as (
    select * from staging.production_orders
    where status in ('released', 'closed')
),

invoice_lines as (
    select * from intermediate.invoice_lines
),

accounts as (
    select * from intermediate.stock_accounts
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.production_flow_period_kinds
),

flow as (
    select * from marts.production_flow_products
),

operations as (
    select
        production_order_id,
        min(actual_start) as first_start
    from staging.production_operations
    where actual_start <= $as_of
    group by production_order_id
),

-- An order began on its own day, else with its operations; of a closed one that does not say so nobody knows when it ended.
spans as (
    select
        orders.production_order_id,
        coalesce(orders.actual_start, operations.first_start) as start_date,
        orders.actual_end,
        orders.actual_end is null and orders.status = 'closed' as has_unknown_end
    from orders
    left join operations on orders.production_order_id = operations.production_order_id
),

events as (
    select
        'scheduled_quantity' as measure,
        coalesce(due_date, scheduled_end) as date,
        coalesce(quantity, 0) as total
    from orders
    union all
    select
        'due_orders' as measure,
        coalesce(due_date, scheduled_end) as date,
        1 as total
    from orders
    union all
    select
        'completed_quantity' as measure,
        actual_end as date,
        coalesce(completed_quantity, 0) as total
    from orders
    union all
    select
        'ended_orders' as measure,
        actual_end as date,
        1 as total
    from orders
    union all
    select
        'lead_time_days' as measure,
        actual_end as date,
        actual_end - start_date as total
    from spans
    where start_date <= least($as_of, actual_end)
),

dated_totals as (
    select
        events.measure,
        period_days.period_kind,
        period_days.period_start,
        sum(events.total) as source_total
    from events
    inner join period_days on events.date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    where events.date <= $as_of
    group by events.measure, period_days.period_kind, period_days.period_start
),

costs as (
    select
        period_days.period_kind,
        period_days.period_start,
        sum(invoice_lines.cost_amount) as cost_amount,
        count(*) filter (where invoice_lines.cost_amount is null) as unknown_cost_count
    from invoice_lines
    inner join period_days on invoice_lines.invoice_date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by
        invoice_lines.product_id,
        invoice_lines.location_id,
        period_days.period_kind,
        period_days.period_start
),

last_periods as (
    select
        period_days.period_kind,
        period_days.period_start
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    where period_days.date = $as_of
),

in_process as (
    select count(*) as order_count
    from spans
    where
        start_date <= $as_of
        and has_unknown_end = false
        and coalesce(actual_end > $as_of, true)
),

-- Whatever was worked on has a work center that did most of it.
paced as (
    select
        period_days.period_kind,
        period_days.period_start,
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id
    from staging.production_operations
    left join staging.production_orders
        on production_operations.production_order_id = production_orders.production_order_id
    left join staging.products on production_orders.product_id = products.product_id
    left join staging.locations on production_orders.location_id = locations.location_id
    inner join period_days on production_operations.actual_start = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    where production_operations.actual_start <= $as_of
    group by
        period_days.period_kind,
        period_days.period_start,
        coalesce(products.product_id, '(unknown)'),
        coalesce(locations.location_id, '(unknown)')
),

on_hand as (
    select coalesce(sum(quantity), 0) as quantity
    from accounts
    where location_id <> '(in transit)'
),

source_totals as (
    select * from dated_totals
    union all
    select
        'cost_of_goods_sold_amount' as measure,
        period_kind,
        period_start,
        sum(case when unknown_cost_count = 0 then cost_amount else 0 end) as source_total
    from costs
    group by period_kind, period_start
    union all
    select
        'closing_stock_quantity' as measure,
        last_periods.period_kind,
        last_periods.period_start,
        on_hand.quantity as source_total
    from last_periods
    cross join on_hand
    union all
    select
        'wip_orders' as measure,
        last_periods.period_kind,
        last_periods.period_start,
        in_process.order_count as source_total
    from last_periods
    cross join in_process
    union all
    select
        'rows with a pacemaker' as measure,
        period_kind,
        period_start,
        count(*) as source_total
    from paced
    group by period_kind, period_start
),

measured as (
    select 'scheduled_quantity' as measure, period_kind, period_start, scheduled_quantity as total from flow
    union all
    select 'due_orders' as measure, period_kind, period_start, due_order_count as total from flow
    union all
    select 'completed_quantity' as measure, period_kind, period_start, completed_quantity as total from flow
    union all
    select 'ended_orders' as measure, period_kind, period_start, ended_order_count as total from flow
    union all
    select 'lead_time_days' as measure, period_kind, period_start, lead_time_days as total from flow
    union all
    select
        'rows with a pacemaker' as measure,
        period_kind,
        period_start,
        case when pacemaker_id is not null then 1 else 0 end as total
    from flow
    union all
    select
        'wip_orders' as measure,
        flow.period_kind,
        flow.period_start,
        flow.wip_order_count as total
    from flow
    inner join last_periods
        on
            flow.period_kind = last_periods.period_kind
            and flow.period_start = last_periods.period_start
    union all
    select
        'cost_of_goods_sold_amount' as measure,
        period_kind,
        period_start,
        cost_of_goods_sold_amount as total
    from flow
    union all
    select
        'closing_stock_quantity' as measure,
        flow.period_kind,
        flow.period_start,
        flow.closing_stock_quantity as total
    from flow
    inner join last_periods
        on
            flow.period_kind = last_periods.period_kind
            and flow.period_start = last_periods.period_start
),

mart_totals as (
    select
        measure,
        period_kind,
        period_start,
        sum(coalesce(total, 0)) as mart_total
    from measured
    group by measure, period_kind, period_start
),

compared as (
    select
        mart_totals.measure,
        mart_totals.period_kind,
        mart_totals.period_start,
        coalesce(source_totals.source_total, 0) as source_total,
        mart_totals.mart_total
    from mart_totals
    left join source_totals
        on
            mart_totals.measure = source_totals.measure
            and mart_totals.period_kind = source_totals.period_kind
            and mart_totals.period_start = source_totals.period_start
    union all
    select
        source_totals.measure,
        source_totals.period_kind,
        source_totals.period_start,
        source_totals.source_total,
        0 as mart_total
    from source_totals
    left join mart_totals
        on
            source_totals.measure = mart_totals.measure
            and source_totals.period_kind = mart_totals.period_kind
            and source_totals.period_start = mart_totals.period_start
    where mart_totals.measure is null
)

select * from compared
