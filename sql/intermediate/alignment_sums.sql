-- One row per family and market region, each of them or `(all)`, and period: all plans and the demand, side by side.
with

levels as (
    select
        *,
        plan_function in ('sales', 'marketing', 'consensus', 'production_plan', 'budget', 'target') as is_compared
    from intermediate.alignment_levels
),

-- Plans in several units are no quantity together.
pivoted as (
    select
        family_at_level as product_family,
        region_at_level as market_region,
        period_kind,
        period_index,
        max(quantity) filter (where plan_function = 'sales') as sales_forecast_quantity,
        max(quantity) filter (where plan_function = 'marketing') as marketing_forecast_quantity,
        max(quantity) filter (where plan_function = 'consensus') as consensus_forecast_quantity,
        max(quantity) filter (where plan_function = 'statistical') as statistical_forecast_quantity,
        max(quantity) filter (where plan_function = 'production_plan') as production_plan_quantity,
        max(quantity) filter (where plan_function = 'budget') as budget_quantity,
        max(quantity) filter (where plan_function = 'target') as target_quantity,
        max(quantity) filter (where plan_function = 'actual') as actual_quantity,
        max(amount) filter (where plan_function = 'sales') as sales_forecast_amount,
        max(amount) filter (where plan_function = 'marketing') as marketing_forecast_amount,
        max(amount) filter (where plan_function = 'consensus') as consensus_forecast_amount,
        max(amount) filter (where plan_function = 'statistical') as statistical_forecast_amount,
        max(amount) filter (where plan_function = 'production_plan') as production_plan_amount,
        max(amount) filter (where plan_function = 'budget') as budget_amount,
        max(amount) filter (where plan_function = 'target') as target_amount,
        max(amount) filter (where plan_function = 'actual') as actual_amount,
        max(snapshot_date) filter (where plan_function = 'sales') as sales_forecast_snapshot_date,
        max(snapshot_date) filter (where plan_function = 'marketing') as marketing_forecast_snapshot_date,
        max(snapshot_date) filter (where plan_function = 'consensus') as consensus_forecast_snapshot_date,
        max(snapshot_date) filter (where plan_function = 'statistical') as statistical_forecast_snapshot_date,
        max(snapshot_date) filter (where plan_function = 'production_plan') as production_plan_snapshot_date,
        max(snapshot_date) filter (where plan_function = 'budget') as budget_snapshot_date,
        max(snapshot_date) filter (where plan_function = 'target') as target_snapshot_date,
        count(quantity) filter (where is_compared) as n_plans_with_quantity,
        max(quantity) filter (where is_compared) as highest_quantity,
        min(quantity) filter (where is_compared) as lowest_quantity,
        count(amount) filter (where is_compared) as n_plans_with_amount,
        max(amount) filter (where is_compared) as highest_amount,
        min(amount) filter (where is_compared) as lowest_amount,
        bool_or(plan_function = 'actual') as has_demand,
        bool_or(has_no_path) or coalesce(min(first_unit) <> max(last_unit), false) as has_mixed_units,
        min(first_unit) as quantity_unit,
        bool_or(has_no_plan_price) as has_no_plan_price,
        bool_or(has_no_rate) as has_no_rate
    from levels
    group by family_at_level, region_at_level, period_kind, period_index
),

-- Without demand in a period that is over, the demand was 0.
completed as (
    select
        pivoted.*,
        periods.period_start,
        periods.period_end,
        periods.is_period_complete,
        periods.is_period_complete and not pivoted.has_demand as is_without_demand
    from pivoted
    inner join intermediate.alignment_periods as periods
        on
            pivoted.period_kind = periods.period_kind
            and pivoted.period_index = periods.period_index
)

select * from completed
