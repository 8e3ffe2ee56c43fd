-- One row per product, location and period in which production orders ended: what they made, and how long they took.
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

ended as (
    select
        product_id,
        location_id,
        ended_date as date,
        completed_quantity,
        scrapped_quantity,
        ended_date - started_date as lead_time_days
    from orders
    where ended_date is not null
),

summed as (
    select
        ended.product_id,
        ended.location_id,
        period_days.period_kind,
        period_days.period_start,
        count(*) as ended_order_count,
        sum(ended.completed_quantity) as completed_quantity,
        count(*) filter (where ended.completed_quantity is null) as unknown_completed_count,
        sum(case when ended.scrapped_quantity is not null then ended.completed_quantity end) as yielded_quantity,
        sum(case when ended.completed_quantity is not null then ended.scrapped_quantity end) as scrapped_quantity,
        sum(ended.lead_time_days) as lead_time_days,
        count(ended.lead_time_days) as lead_time_order_count
    from ended
    inner join period_days on ended.date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by ended.product_id, ended.location_id, period_days.period_kind, period_days.period_start
)

select * from summed
