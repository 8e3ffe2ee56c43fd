-- One row per product, location, customer group and period in which goods were wanted, shipped, invoiced or returned.
with

period_sums as (
    select * from intermediate.demand_period_sums
),

event_dates as (
    select * from intermediate.event_dates
),

products as (
    select * from marts.dim_product
),

-- How far the extracts know what happened, where they know more than `$as_of`.
states as (
    select max(date) as state_known_at
    from event_dates
    where
        event in (
            'sales_orders.order_date',
            'sales_orders.cancelled_date',
            'shipments.shipped_date',
            'sales.invoice_date'
        )
        and date > $as_of
),

projected as (
    select
        period_sums.product_id,
        period_sums.location_id,
        period_sums.customer_group,
        period_sums.period_kind,
        period_sums.period_start,
        period_sums.period_end,
        period_sums.period_end <= $as_of + interval '1 day' as is_period_complete,
        period_sums.demand_basis,
        $demand_date as demand_dated_by,
        $return_period as returns_dated_by,
        cast(period_sums.ordered_quantity as decimal(18, 4)) as ordered_quantity,
        cast(period_sums.cancelled_quantity as decimal(18, 4)) as cancelled_quantity,
        cast(period_sums.demand_quantity as decimal(18, 4)) as demand_quantity,
        cast(period_sums.shipped_quantity as decimal(18, 4)) as shipped_quantity,
        cast(period_sums.invoiced_quantity as decimal(18, 4)) as invoiced_quantity,
        cast(period_sums.returned_quantity as decimal(18, 4)) as returned_quantity,
        products.stock_unit,
        cast(period_sums.ordered_quantity * products.planning_factor as decimal(18, 4)) as planning_ordered_quantity,
        cast(
            period_sums.cancelled_quantity * products.planning_factor as decimal(18, 4)
        ) as planning_cancelled_quantity,
        cast(period_sums.demand_quantity * products.planning_factor as decimal(18, 4)) as planning_demand_quantity,
        cast(period_sums.shipped_quantity * products.planning_factor as decimal(18, 4)) as planning_shipped_quantity,
        cast(period_sums.invoiced_quantity * products.planning_factor as decimal(18, 4)) as planning_invoiced_quantity,
        cast(period_sums.returned_quantity * products.planning_factor as decimal(18, 4)) as planning_returned_quantity,
        products.planning_unit,
        products.planning_factor is null as has_no_planning_unit,
        cast(period_sums.ordered_amount as decimal(18, 4)) as ordered_amount,
        cast(period_sums.cancelled_amount as decimal(18, 4)) as cancelled_amount,
        cast(period_sums.demand_amount as decimal(18, 4)) as demand_amount,
        cast(period_sums.shipped_amount as decimal(18, 4)) as shipped_amount,
        cast(period_sums.invoiced_amount as decimal(18, 4)) as invoiced_amount,
        cast(period_sums.returned_amount as decimal(18, 4)) as returned_amount,
        period_sums.has_no_plan_price,
        cast(period_sums.gross_sales_amount as decimal(18, 4)) as gross_sales_amount,
        cast(period_sums.credited_sales_amount as decimal(18, 4)) as credited_sales_amount,
        cast(period_sums.gross_sales_amount - period_sums.credited_sales_amount as decimal(18, 4)) as net_sales_amount,
        $reporting_currency as currency,
        period_sums.order_line_count,
        period_sums.fallback_date_count,
        period_sums.invoice_line_count,
        period_sums.missing_rate_count,
        states.state_known_at
    from period_sums
    left join products on period_sums.product_id = products.product_id
    cross join states
)

select * from projected
