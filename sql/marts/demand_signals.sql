-- One row per product, location and period since the first demand: demand beside what was usual, and signals of change.
with

signals as (
    select * from intermediate.demand_signal_causes
),

products as (
    select * from marts.dim_product
),

projected as (
    select
        signals.product_id,
        signals.location_id,
        signals.period_kind,
        signals.period_start,
        signals.period_end,
        signals.is_period_complete,
        cast(signals.demand_quantity as decimal(18, 4)) as demand_quantity,
        cast(round(signals.baseline_quantity, 4) as decimal(18, 4)) as baseline_quantity,
        cast(round(signals.deviation_quantity, 4) as decimal(18, 4)) as median_absolute_deviation_quantity,
        case
            when signals.lower_quantity is not null
                then cast(round(greatest(signals.lower_quantity, 0), 4) as decimal(18, 4))
        end as lower_quantity,
        cast(round(signals.upper_quantity, 4) as decimal(18, 4)) as upper_quantity,
        cast(round(signals.demand_quantity - signals.baseline_quantity, 4) as decimal(18, 4)) as difference_quantity,
        products.stock_unit,
        cast(signals.demand_quantity * products.planning_factor as decimal(18, 4)) as planning_demand_quantity,
        cast(
            round(
                cast(signals.demand_quantity - signals.baseline_quantity as decimal(18, 6)) * products.planning_factor, 4
            ) as decimal(18, 4)
        ) as planning_difference_quantity,
        products.planning_unit,
        products.planning_factor is null as has_no_planning_unit,
        cast(signals.demand_amount as decimal(18, 4)) as demand_amount,
        $reporting_currency as currency,
        signals.demand_amount is null as has_no_plan_price,
        signals.signal,
        signals.run_length,
        signals.cause,
        signals.baseline_quantity is null as has_no_baseline,
        coalesce(signals.deviation_quantity = 0, false) as is_deviation_zero,
        signals.has_promotion,
        signals.price_change_rate,
        signals.stockout_days,
        $signal_baseline_periods as baseline_periods,
        $signal_deviations as usual_deviations
    from signals
    left join products on signals.product_id = products.product_id
)

select * from projected
