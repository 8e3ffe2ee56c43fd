-- One row per product, location and period with invoices: the cost of what was sold, less that of what came back.
with

invoice_lines as (
    select * from intermediate.invoice_lines
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.production_flow_period_kinds
),

summed as (
    select
        invoice_lines.product_id,
        invoice_lines.location_id,
        period_days.period_kind,
        period_days.period_start,
        sum(invoice_lines.cost_amount) as cost_of_goods_sold_amount,
        count(*) filter (where invoice_lines.cost_amount is null) as unknown_cost_count
    from invoice_lines
    inner join period_days on invoice_lines.invoice_date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by
        invoice_lines.product_id,
        invoice_lines.location_id,
        period_days.period_kind,
        period_days.period_start
)

select * from summed
