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
