-- One row per run: which plan and which forecast is projected, and how far the extracts know more than `$as_of`.
with

plan_rows as (
    select * from intermediate.production_plan_rows
),

forecasts as (
    select * from intermediate.supply_forecasts
),

event_dates as (
    select * from intermediate.event_dates
),

purchase_event_dates as (
    select * from intermediate.purchase_event_dates
),

all_event_dates as (
    select event, date from event_dates
    union all
    select event, date from purchase_event_dates
),

plans as (
    select max(plan_version) as plan_version
    from plan_rows
),

snapshots as (
    select max(snapshot_date) as forecast_snapshot_date
    from forecasts
),

states as (
    select max(date) as state_known_at
    from all_event_dates
    where
        event in (
            'sales_orders.order_date',
            'sales_orders.cancelled_date',
            'shipments.shipped_date',
            'production_orders.actual_end',
            'receipts.received_date'
        )
        and date > $as_of
),

joined as (
    select
        coalesce(plans.plan_version, '(all)') as plan_version,
        snapshots.forecast_snapshot_date,
        states.state_known_at
    from plans
    cross join snapshots
    cross join states
)

select * from joined
