-- One row per product, location and period: what was due, made, in process, in stock and sold, and at which pace.
with

turns as (
    select * from intermediate.production_flow_turns
),

orders as (
    select * from intermediate.production_flow_orders
),

completions as (
    select * from intermediate.production_flow_completions
),

takts as (
    select * from intermediate.production_flow_takts
),

products as (
    select * from marts.dim_product
),

joined as (
    select
        turns.*,
        turns.period_end <= $as_of + interval '1 day' as is_period_complete,
        products.stock_unit,
        coalesce(orders.scheduled_quantity, 0) as scheduled_quantity,
        coalesce(orders.due_order_count, 0) as due_order_count,
        coalesce(orders.on_time_order_count, 0) as on_time_order_count,
        coalesce(orders.unknown_quantity_count, 0) as unknown_quantity_count,
        coalesce(completions.ended_order_count, 0) as ended_order_count,
        coalesce(completions.completed_quantity, 0) as completed_quantity,
        coalesce(completions.unknown_completed_count, 0) as unknown_completed_count,
        completions.yielded_quantity,
        completions.scrapped_quantity,
        completions.lead_time_days,
        coalesce(completions.lead_time_order_count, 0) as lead_time_order_count,
        takts.pacemaker_id,
        takts.served_demand_quantity,
        takts.takt_hours,
        takts.cycle_hours
    from turns
    left join orders
        on
            turns.product_id = orders.product_id
            and turns.location_id = orders.location_id
            and turns.period_kind = orders.period_kind
            and turns.period_start = orders.period_start
    left join completions
        on
            turns.product_id = completions.product_id
            and turns.location_id = completions.location_id
            and turns.period_kind = completions.period_kind
            and turns.period_start = completions.period_start
    left join takts
        on
            turns.product_id = takts.product_id
            and turns.location_id = takts.location_id
            and turns.period_kind = takts.period_kind
            and turns.period_start = takts.period_start
    left join products on turns.product_id = products.product_id
)

select * from joined
