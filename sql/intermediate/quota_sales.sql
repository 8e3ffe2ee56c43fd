-- One row per salesperson, product group or `(all)`, kind of period and period in which something was credited to them.
with

credited_lines as (
    select * from intermediate.credited_lines
),

lines as (
    select * from intermediate.invoice_line_credits
),

products as (
    select * from marts.dim_product
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.quota_period_kinds
),

-- What is credited of a line in all, more or less than all of it, is told beside the salesperson of its invoice.
events as (
    select
        salesperson_id,
        product_id,
        sales_date,
        is_credit_note,
        credited_quantity,
        credited_amount,
        0 as under_credited_amount,
        0 as over_credited_amount,
        1 as line_count
    from credited_lines
    union all
    select
        salesperson_id,
        product_id,
        sales_date,
        is_credit_note,
        0 as credited_quantity,
        case when sales_amount is not null then 0 end as credited_amount,
        case
            when credited_share < 1 then sales_amount - cast(round(sales_amount * credited_share, 2) as decimal(18, 4))
            else 0
        end as under_credited_amount,
        case
            when credited_share > 1 then cast(round(sales_amount * credited_share, 2) as decimal(18, 4)) - sales_amount
            else 0
        end as over_credited_amount,
        0 as line_count
    from lines
    where credited_share <> 1
),

days as (
    select
        salesperson_id,
        product_id,
        sales_date,
        sum(credited_quantity) as quantity,
        sum(credited_amount) as amount,
        sum(case when is_credit_note then -credited_amount else 0 end) as returned_amount,
        sum(under_credited_amount) as under_credited_amount,
        sum(over_credited_amount) as over_credited_amount,
        sum(line_count) as line_count,
        count(*) filter (where credited_amount is null) as missing_rate_count
    from events
    group by salesperson_id, product_id, sales_date
),

grouped as (
    select
        days.*,
        products.product_group,
        days.quantity * products.planning_factor as planning_quantity,
        coalesce(products.planning_unit, '(unknown)') as planning_unit,
        days.quantity <> 0 and products.planning_factor is null as has_no_planning_unit
    from days
    inner join products on days.product_id = products.product_id
),

asked_for as (
    select
        period_days.period_kind,
        period_days.date,
        period_days.period_start
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
),

-- A sum of which a part is not known is not known.
summed as (
    select
        grouped.salesperson_id,
        grouped.product_group,
        asked_for.period_kind,
        asked_for.period_start,
        sum(grouped.planning_quantity) as quantity,
        min(grouped.planning_unit) as least_unit,
        max(grouped.planning_unit) as greatest_unit,
        bool_or(grouped.has_no_planning_unit) as has_no_planning_unit,
        sum(grouped.amount) as amount,
        sum(grouped.returned_amount) as returned_amount,
        sum(grouped.under_credited_amount) as under_credited_amount,
        sum(grouped.over_credited_amount) as over_credited_amount,
        sum(grouped.line_count) as line_count,
        sum(grouped.missing_rate_count) as missing_rate_count
    from grouped
    inner join asked_for on grouped.sales_date = asked_for.date
    group by grouped.salesperson_id, grouped.product_group, asked_for.period_kind, asked_for.period_start
)

select * from summed
