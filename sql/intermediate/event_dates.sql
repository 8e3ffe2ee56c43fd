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

demand_event_dates as (
    select * from intermediate.demand_event_dates
),

purchase_event_dates as (
    select * from intermediate.purchase_event_dates
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
    select * from demand_event_dates
    union all
    select * from purchase_event_dates
),

distinct_dates as (
    select distinct event, date
    from all_dates
    where date is not null
)

select * from distinct_dates
