-- One row per product, location, kind of period and open period in which goods are wanted there or come there.
with

orders as (
    select * from intermediate.supply_orders
),

receipts as (
    select * from intermediate.supply_receipts
),

days as (
    select * from intermediate.supply_days
),

plans as (
    select * from intermediate.supply_plans
),

forecasts as (
    select * from intermediate.supply_forecasts_by_location
),

dated as (
    select
        product_id,
        location_id,
        due_date,
        'order' as flow,
        open_quantity as quantity
    from orders
    where is_past_due = false
    union all
    select
        product_id,
        location_id,
        due_date,
        receipt_type as flow,
        open_quantity as quantity
    from receipts
    where is_past_due = false
),

flows as (
    select
        dated.product_id,
        dated.location_id,
        days.period_kind,
        days.period_index,
        dated.flow,
        dated.quantity
    from dated
    inner join days on dated.due_date = days.date
    union all
    select product_id, location_id, period_kind, period_index, 'plan' as flow, plan_quantity as quantity
    from plans
    union all
    select product_id, location_id, period_kind, period_index, 'consumed' as flow, consumed_quantity as quantity
    from forecasts
    union all
    select product_id, location_id, period_kind, period_index, 'net forecast' as flow, net_forecast_quantity as quantity
    from forecasts
),

summed as (
    select
        product_id,
        location_id,
        period_kind,
        period_index,
        bool_or(flow = 'net forecast') as has_forecast,
        cast(sum(case when flow = 'order' then quantity else 0 end) as decimal(18, 4)) as order_quantity,
        cast(sum(case when flow = 'consumed' then quantity else 0 end) as decimal(18, 4)) as consumed_quantity,
        cast(sum(case when flow = 'net forecast' then quantity else 0 end) as decimal(18, 4)) as net_forecast_quantity,
        cast(sum(case when flow = 'production' then quantity else 0 end) as decimal(18, 4)) as production_quantity,
        cast(sum(case when flow = 'purchase' then quantity else 0 end) as decimal(18, 4)) as purchase_quantity,
        cast(sum(case when flow = 'plan' then quantity else 0 end) as decimal(18, 4)) as plan_quantity
    from flows
    group by product_id, location_id, period_kind, period_index
),

-- What is released is a part of what was planned.
planned as (
    select
        *,
        cast(greatest(0, plan_quantity - production_quantity) as decimal(18, 4)) as planned_receipt_quantity
    from summed
)

select * from planned
