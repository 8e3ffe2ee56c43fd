-- One row per event of what customers want, get, may buy, and are forecast or meant to buy, and date of it.
with

sales_order_dates as (
    select 'sales_orders.order_date' as event, order_date as date from staging.sales_orders
    union all
    select 'sales_orders.requested_date' as event, requested_date as date from staging.sales_orders
    union all
    select 'sales_orders.first_promised_date' as event, first_promised_date as date from staging.sales_orders
    union all
    select 'sales_orders.promised_date' as event, promised_date as date from staging.sales_orders
    union all
    select 'sales_orders.cancelled_date' as event, cancelled_date as date from staging.sales_orders
),

shipment_dates as (
    select 'shipments.shipped_date' as event, shipped_date as date from staging.shipments
    union all
    select 'shipments.delivered_date' as event, delivered_date as date from staging.shipments
),

invoice_dates as (
    select 'sales.invoice_date' as event, invoice_date as date from staging.sales
),

forecast_dates as (
    select 'forecasts.snapshot_date' as event, snapshot_date as date from staging.forecasts
    union all
    select 'forecasts.period_start' as event, period_start as date from staging.forecasts
    union all
    select 'forecasts.period_end' as event, period_end - 1 as date from staging.forecasts
),

opportunity_event_dates as (
    select * from intermediate.opportunity_event_dates
),

intention_event_dates as (
    select * from intermediate.intention_event_dates
),

all_dates as (
    select * from sales_order_dates
    union all
    select * from shipment_dates
    union all
    select * from invoice_dates
    union all
    select * from forecast_dates
    union all
    select * from opportunity_event_dates
    union all
    select * from intention_event_dates
),

distinct_dates as (
    select distinct event, date
    from all_dates
    where date is not null
)

select * from distinct_dates
