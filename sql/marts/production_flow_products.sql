-- One row per product, location and period up to `$as_of` from the first in which anything was made, lay or was sold there.
with

figures as (
    select * from intermediate.production_flow_figures
),

-- What is divided by nothing, or by what is not known, is NULL; and so are rates of a period that is not over.
with_divisors as (
    select
        *,
        case
            when is_period_complete and unknown_quantity_count = 0 and unknown_completed_count = 0
                then nullif(scheduled_quantity, 0)
        end as schedule_divisor,
        case when is_period_complete then nullif(due_order_count, 0) end as due_divisor,
        case when is_period_complete then nullif(yielded_quantity + scrapped_quantity, 0) end as yield_divisor,
        case when is_period_complete then takt_hours end as known_takt_hours,
        case when is_period_complete and mean_stock_amount > 0 then mean_stock_amount end as stock_divisor
    from figures
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
        cast(least(scheduled_quantity, completed_quantity) as double) / schedule_divisor as schedule_attainment_rate,
        unknown_quantity_count,
        unknown_completed_count,
        due_order_count,
        on_time_order_count,
        cast(on_time_order_count as double) / due_divisor as on_time_completion_rate,
        ended_order_count,
        scrapped_quantity,
        cast(yielded_quantity as double) / yield_divisor as first_pass_yield_rate,
        lead_time_days,
        lead_time_order_count,
        cast(lead_time_days as double) / nullif(lead_time_order_count, 0) as mean_lead_time_days,
        wip_quantity,
        wip_order_count,
        unknown_wip_quantity_count,
        pacemaker_id,
        served_demand_quantity,
        known_takt_hours as takt_hours,
        cycle_hours,
        cycle_hours / nullif(known_takt_hours, 0) as cycle_to_takt_rate,
        stock_day_count,
        closing_quantity as closing_stock_quantity,
        mean_stock_quantity,
        mean_stock_amount,
        closing_stock_amount,
        cost_of_goods_sold_amount,
        unknown_cost_count,
        has_unknown_stock_value,
        has_no_rate,
        cast(cost_of_goods_sold_amount as double) / stock_divisor as inventory_turns,
        case
            when mean_stock_amount > 0 and cost_of_goods_sold_amount > 0
                then cast(mean_stock_amount as double) * stock_day_count / cost_of_goods_sold_amount
        end as days_of_supply,
        $reporting_currency as currency
    from with_divisors
)

select * from projected
