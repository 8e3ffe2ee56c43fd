-- One row per event of an entity and date on which it happened or is to happen.
-- A new entity's dates are one more branch; attributes of master data (launch, end of life) are no events.
with

capacity_dates as (
    select 'capacity.date' as event, date from staging.capacity
),

order_dates as (
    select 'production_orders.scheduled_start' as event, scheduled_start as date from staging.production_orders
    union all
    select 'production_orders.scheduled_end' as event, scheduled_end as date from staging.production_orders
    union all
    select 'production_orders.due_date' as event, due_date as date from staging.production_orders
    union all
    select 'production_orders.actual_start' as event, actual_start as date from staging.production_orders
    union all
    select 'production_orders.actual_end' as event, actual_end as date from staging.production_orders
),

operation_dates as (
    select 'production_operations.scheduled_start' as event, scheduled_start as date from staging.production_operations
    union all
    select 'production_operations.scheduled_end' as event, scheduled_end as date from staging.production_operations
    union all
    select 'production_operations.actual_start' as event, actual_start as date from staging.production_operations
    union all
    select 'production_operations.actual_end' as event, actual_end as date from staging.production_operations
),

plan_dates as (
    select 'production_plans.period_start' as event, period_start as date from staging.production_plans
    union all
    select 'production_plans.period_end' as event, period_end - 1 as date from staging.production_plans
    union all
    select 'production_plans.due_date' as event, due_date as date from staging.production_plans
),

sales_order_dates as (
    select 'sales_orders.order_date' as event, order_date as date from staging.sales_orders
    union all
    select 'sales_orders.requested_date' as event, requested_date as date from staging.sales_orders
    union all
    select 'sales_orders.promised_date' as event, promised_date as date from staging.sales_orders
    union all
    select 'sales_orders.cancelled_date' as event, cancelled_date as date from staging.sales_orders
),

shipment_dates as (
    select 'shipments.shipped_date' as event, shipped_date as date from staging.shipments
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

all_dates as (
    select * from capacity_dates
    union all
    select * from order_dates
    union all
    select * from operation_dates
    union all
    select * from plan_dates
    union all
    select * from sales_order_dates
    union all
    select * from shipment_dates
    union all
    select * from invoice_dates
    union all
    select * from forecast_dates
),

distinct_dates as (
    select distinct event, date
    from all_dates
    where date is not null
)

select * from distinct_dates
