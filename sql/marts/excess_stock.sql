-- One row per product and location in stock on `$as_of`: what of it is too much, old or obsolete, and what that may cost.
with

amounts as (
    select * from intermediate.excess_amounts
),

-- Where demand is known to end before the stock does, no number of days is the answer.
covered as (
    select
        *,
        on_hand_quantity > demand_quantity
        and (
            demand_quantity = 0
            or (other_locations_quantity = 0 and coalesce(demand_end < horizon_end, true))
        ) as is_cover_open_ended
    from amounts
),

projected as (
    select
        $as_of as as_of_date,
        product_id,
        location_id,
        on_hand_quantity,
        deficit_quantity,
        balance_difference_quantity,
        stock_unit,
        cast(on_hand_quantity * planning_factor as decimal(18, 4)) as planning_on_hand_quantity,
        planning_unit,
        planning_factor is null as has_no_planning_unit,
        cast(on_hand_plan_amount as decimal(18, 4)) as on_hand_plan_amount,
        plan_price is null as has_no_plan_price,
        stock_value,
        goods_amount,
        has_goods_at_cost,
        $excess_periods as horizon_periods,
        $excess_period_kind as horizon_period_kind,
        horizon_end,
        independent_quantity as independent_demand_quantity,
        demand_basis,
        dependent_quantity as dependent_demand_quantity,
        dependent_demand_basis,
        other_locations_quantity as other_locations_demand_quantity,
        cast(demand_quantity as decimal(18, 4)) as demand_quantity,
        cast(demand_quantity * planning_factor as decimal(18, 4)) as planning_demand_quantity,
        cast(demand_plan_amount as decimal(18, 4)) as demand_plan_amount,
        is_spread as is_demand_spread,
        forecast_snapshot_date,
        case
            when demand_quantity > 0 and not is_cover_open_ended
                then cast(greatest(on_hand_quantity, 0) as double) * horizon_days / cast(demand_quantity as double)
        end as cover_days,
        is_cover_open_ended,
        demand_quantity = 0 as has_no_demand,
        cast(excess_quantity as decimal(18, 4)) as excess_quantity,
        cast(excess_quantity * planning_factor as decimal(18, 4)) as planning_excess_quantity,
        cast(excess_plan_amount as decimal(18, 4)) as excess_plan_amount,
        cast(excess_amount as decimal(18, 4)) as excess_amount,
        last_issue_date,
        days_since_last_issue,
        idle_days,
        is_slow_moving,
        cast(case when is_slow_moving then on_hand_quantity else 0 end as decimal(18, 4)) as slow_moving_quantity,
        $slow_moving_days as slow_moving_after_days,
        cast(obsolete_quantity as decimal(18, 4)) as obsolete_quantity,
        cast(obsolete_quantity * planning_factor as decimal(18, 4)) as planning_obsolete_quantity,
        cast(obsolete_amount as decimal(18, 4)) as obsolete_amount,
        obsolete_reason,
        $obsolete_days as obsolete_after_days,
        is_past_end_of_life,
        expired_quantity,
        unsaleable_quantity,
        unit_cost,
        unit_cost is null as has_no_cost,
        age_reserve_amount,
        has_no_reserve_rate,
        cast(demand_reserve_amount as decimal(18, 4)) as demand_reserve_amount,
        $excess_rate as excess_reserve_rate,
        cast(reserve_amount as decimal(18, 4)) as reserve_amount,
        reserve_basis,
        list_price,
        list_price is null as has_no_list_price,
        cost_to_sell,
        is_cost_to_sell_assumed,
        net_realizable_price,
        cast(net_realizable_amount as decimal(18, 4)) as net_realizable_amount,
        cast(write_down_amount as decimal(18, 4)) as write_down_amount,
        clearance_price,
        clearance_price is null as has_no_clearance_price,
        cast(markdown_exposure_amount as decimal(18, 4)) as markdown_exposure_amount,
        $reporting_currency as currency,
        has_no_rate
    from covered
)

select * from projected
