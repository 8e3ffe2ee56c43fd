-- One row per family and market region, each of them or `(all)`, and period: what each function plans, and how far apart.
with

sums as (
    select * from intermediate.alignment_sums
),

-- Plans in several units are no quantity together. Without demand in a period that is over, the demand was 0.
known as (
    select
        period_kind, period_start, period_end, is_period_complete, product_family, market_region,
        case when not has_mixed_units then quantity_unit end as quantity_unit,
        has_mixed_units,
        case when not has_mixed_units then sales_forecast_quantity end as sales_forecast_quantity,
        case when not has_mixed_units then marketing_forecast_quantity end as marketing_forecast_quantity,
        case when not has_mixed_units then consensus_forecast_quantity end as consensus_forecast_quantity,
        case when not has_mixed_units then statistical_forecast_quantity end as statistical_forecast_quantity,
        case when not has_mixed_units then production_plan_quantity end as production_plan_quantity,
        case when not has_mixed_units then budget_quantity end as budget_quantity,
        case when not has_mixed_units then target_quantity end as target_quantity,
        case when not has_mixed_units then coalesce(actual_quantity, case when is_without_demand then 0 end) end
            as actual_quantity,
        case when not has_mixed_units and n_plans_with_quantity > 1 then highest_quantity - lowest_quantity end
            as quantity_range,
        n_plans_with_quantity,
        sales_forecast_amount,
        marketing_forecast_amount,
        consensus_forecast_amount,
        statistical_forecast_amount,
        production_plan_amount,
        budget_amount,
        target_amount,
        coalesce(actual_amount, case when is_without_demand then 0 end) as actual_amount,
        case when n_plans_with_amount > 1 then highest_amount - lowest_amount end as amount_range,
        n_plans_with_amount,
        has_no_plan_price, has_no_rate,
        $as_of - sales_forecast_snapshot_date as sales_forecast_age_days,
        $as_of - marketing_forecast_snapshot_date as marketing_forecast_age_days,
        $as_of - consensus_forecast_snapshot_date as consensus_forecast_age_days,
        $as_of - statistical_forecast_snapshot_date as statistical_forecast_age_days,
        $as_of - production_plan_snapshot_date as production_plan_age_days,
        $as_of - budget_snapshot_date as budget_age_days,
        $as_of - target_snapshot_date as target_age_days
    from sums
),

projected as (
    select
        $as_of as as_of_date,
        period_kind, period_start, period_end, is_period_complete, product_family, market_region,
        quantity_unit, has_mixed_units,
        sales_forecast_quantity,
        marketing_forecast_quantity,
        consensus_forecast_quantity,
        statistical_forecast_quantity,
        production_plan_quantity,
        budget_quantity,
        target_quantity,
        actual_quantity,
        sales_forecast_quantity - marketing_forecast_quantity as sales_less_marketing_quantity,
        sales_forecast_quantity - consensus_forecast_quantity as sales_less_consensus_quantity,
        production_plan_quantity - consensus_forecast_quantity as production_plan_less_consensus_quantity,
        budget_quantity - consensus_forecast_quantity as budget_less_consensus_quantity,
        target_quantity - consensus_forecast_quantity as target_less_consensus_quantity,
        case when is_period_complete then actual_quantity - consensus_forecast_quantity end
            as actual_less_consensus_quantity,
        cast(quantity_range as double) / case when consensus_forecast_quantity > 0 then consensus_forecast_quantity end
            as spread_rate,
        case when has_mixed_units then 0 else n_plans_with_quantity end as n_plans_with_quantity,
        $reporting_currency as currency,
        sales_forecast_amount,
        marketing_forecast_amount,
        consensus_forecast_amount,
        statistical_forecast_amount,
        production_plan_amount,
        budget_amount,
        target_amount,
        actual_amount,
        sales_forecast_amount - marketing_forecast_amount as sales_less_marketing_amount,
        sales_forecast_amount - consensus_forecast_amount as sales_less_consensus_amount,
        production_plan_amount - consensus_forecast_amount as production_plan_less_consensus_amount,
        budget_amount - consensus_forecast_amount as budget_less_consensus_amount,
        target_amount - consensus_forecast_amount as target_less_consensus_amount,
        case when is_period_complete then actual_amount - consensus_forecast_amount end as actual_less_consensus_amount,
        cast(amount_range as double) / case when consensus_forecast_amount > 0 then consensus_forecast_amount end
            as amount_spread_rate,
        n_plans_with_amount,
        has_no_plan_price, has_no_rate,
        consensus_forecast_age_days is null as has_no_consensus,
        sales_forecast_age_days,
        marketing_forecast_age_days,
        consensus_forecast_age_days,
        statistical_forecast_age_days,
        production_plan_age_days,
        budget_age_days,
        target_age_days,
        cast($stale_plan_days as bigint) as stale_plan_days,
        nullif(
            concat_ws(
                ', ',
                case when sales_forecast_age_days > $stale_plan_days and not is_period_complete then 'sales' end,
                case when marketing_forecast_age_days > $stale_plan_days and not is_period_complete then 'marketing' end,
                case when consensus_forecast_age_days > $stale_plan_days and not is_period_complete then 'consensus' end,
                case when statistical_forecast_age_days > $stale_plan_days and not is_period_complete then 'statistical' end,
                case when production_plan_age_days > $stale_plan_days and not is_period_complete then 'production_plan' end
            ),
            ''
        ) as stale_plans
    from known
),

with_marks as (
    select
        *,
        stale_plans is not null as is_stale
    from projected
)

select * from with_marks
