-- One row per product, location and period in which orders were due, began or ended: what was due, and work in process.
with

orders as (
    select * from intermediate.production_order_spans
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.production_flow_period_kinds
),

-- Work is in process from the day on which an order began to the day before it ended; who never began never was, and of
-- what is done nobody knows since when, where it does not say.
events as (
    select
        product_id,
        location_id,
        due_date as date,
        'due' as event,
        quantity,
        ended_date <= due_date as is_on_time,
        is_without_quantity
    from orders
    where due_date <= $as_of
    union all
    select
        product_id,
        location_id,
        started_date as date,
        'started' as event,
        quantity,
        false as is_on_time,
        is_without_quantity
    from orders
    where
        started_date is not null
        and has_unknown_end = false
    union all
    select
        product_id,
        location_id,
        ended_date as date,
        'left' as event,
        quantity,
        false as is_on_time,
        is_without_quantity
    from orders
    where
        ended_date is not null
        and started_date is not null
),

summed as (
    select
        events.product_id,
        events.location_id,
        period_days.period_kind,
        period_days.period_start,
        sum(case when events.event = 'due' then events.quantity else 0 end) as scheduled_quantity,
        count(*) filter (where events.event = 'due') as due_order_count,
        count(*) filter (where events.event = 'due' and events.is_on_time) as on_time_order_count,
        count(*) filter (where events.event = 'due' and events.is_without_quantity) as unknown_quantity_count,
        sum(
            case events.event when 'started' then events.quantity when 'left' then -events.quantity else 0 end
        ) as wip_change_quantity,
        count(*) filter (where events.event = 'started')
        - count(*) filter (where events.event = 'left') as wip_change_count,
        count(*) filter (where events.event = 'started' and events.is_without_quantity)
        - count(*) filter (where events.event = 'left' and events.is_without_quantity) as unknown_wip_change_count
    from events
    inner join period_days on events.date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by events.product_id, events.location_id, period_days.period_kind, period_days.period_start
)

select * from summed
