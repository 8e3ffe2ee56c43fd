-- One row per product, location and period up to `$as_of` from the first in which anything was made, lay or was sold there.
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
),

-- What is made beyond the schedule attains nothing more of it.
projected as (
    select
        product_id,
        location_id,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        stock_unit,
        scheduled_quantity,
        completed_quantity,
        least(scheduled_quantity, completed_quantity) as attained_quantity,
        cast(least(scheduled_quantity, completed_quantity) as double)
        / nullif(scheduled_quantity, 0) as schedule_attainment_rate,
        unknown_quantity_count,
        unknown_completed_count,
        due_order_count,
        on_time_order_count,
        cast(on_time_order_count as double) / nullif(due_order_count, 0) as on_time_completion_rate,
        ended_order_count,
        scrapped_quantity,
        cast(yielded_quantity as double) / nullif(yielded_quantity + scrapped_quantity, 0) as first_pass_yield_rate,
        lead_time_days,
        lead_time_order_count,
        cast(lead_time_days as double) / nullif(lead_time_order_count, 0) as mean_lead_time_days,
        wip_quantity,
        wip_order_count,
        pacemaker_id,
        served_demand_quantity,
        takt_hours,
        cycle_hours,
        cycle_hours / nullif(takt_hours, 0) as cycle_to_takt_rate,
        stock_day_count,
        closing_quantity as closing_stock_quantity,
        mean_stock_quantity,
        mean_stock_amount,
        closing_stock_amount,
        cost_of_goods_sold_amount,
        unknown_cost_count,
        has_unknown_stock_value,
        has_no_rate,
        case
            when mean_stock_amount > 0 then cast(cost_of_goods_sold_amount as double) / mean_stock_amount
        end as inventory_turns,
        case
            when mean_stock_amount > 0 and cost_of_goods_sold_amount > 0
                then cast(mean_stock_amount as double) * stock_day_count / cost_of_goods_sold_amount
        end as days_of_supply,
        $reporting_currency as currency
    from joined
)

select * from projected
