-- One row per product, location, customer group and period in which goods were wanted, shipped, invoiced or returned.
with

days as (
    select * from intermediate.demand_valued_days
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.demand_history_period_kinds
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

-- A sum of which a part is not known is not known.
summed as (
    select
        days.product_id,
        days.location_id,
        days.customer_group,
        asked_for.period_kind,
        asked_for.period_start,
        asked_for.period_end,
        case
            when bool_or(days.has_orders) and bool_or(days.has_invoices) then 'mixed'
            when bool_or(days.has_orders) then 'orders'
            else 'invoices'
        end as demand_basis,
        sum(days.ordered_quantity) as ordered_quantity,
        sum(days.cancelled_quantity) as cancelled_quantity,
        sum(days.demand_quantity) as demand_quantity,
        sum(days.shipped_quantity) as shipped_quantity,
        sum(days.invoiced_quantity) as invoiced_quantity,
        sum(days.returned_quantity) as returned_quantity,
        case when count(*) = count(days.ordered_amount) then sum(days.ordered_amount) end as ordered_amount,
        case when count(*) = count(days.cancelled_amount) then sum(days.cancelled_amount) end as cancelled_amount,
        case when count(*) = count(days.demand_amount) then sum(days.demand_amount) end as demand_amount,
        case when count(*) = count(days.shipped_amount) then sum(days.shipped_amount) end as shipped_amount,
        case when count(*) = count(days.invoiced_amount) then sum(days.invoiced_amount) end as invoiced_amount,
        case when count(*) = count(days.returned_amount) then sum(days.returned_amount) end as returned_amount,
        case when sum(days.missing_rate_count) = 0 then sum(days.gross_sales_amount) end as gross_sales_amount,
        case when sum(days.missing_rate_count) = 0 then sum(days.credited_sales_amount) end as credited_sales_amount,
        bool_or(days.has_no_plan_price) as has_no_plan_price,
        sum(days.order_line_count) as order_line_count,
        sum(days.fallback_date_count) as fallback_date_count,
        sum(days.invoice_line_count) as invoice_line_count,
        sum(days.missing_rate_count) as missing_rate_count
    from days
    inner join asked_for on days.date = asked_for.date
    group by
        days.product_id,
        days.location_id,
        days.customer_group,
        asked_for.period_kind,
        asked_for.period_start,
        asked_for.period_end
)

select * from summed
