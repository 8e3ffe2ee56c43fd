-- One row per series of demand and window: how much its demand varies, how often it comes, and which part of the value of
-- its location it brings.
with

sums as (
    select * from intermediate.demand_window_sums
),

-- Sums of squares are exact; what a root makes of them is no decimal any more.
spread as (
    select
        *,
        case $abc_value when 'demand' then demand_amount else net_sales_amount end as value_amount,
        demand_quantity / cast(period_count as decimal(9, 0)) as mean_quantity,
        case
            when period_count > 1
                then
                    cast(period_count * squared_quantity - demand_quantity * demand_quantity as double)
                    / (period_count * (period_count - 1))
        end as variance,
        case
            when demand_period_count > 1
                then
                    cast(
                        demand_period_count * squared_positive_quantity - positive_quantity * positive_quantity as double
                    )
                    / (demand_period_count * (demand_period_count - 1))
        end as positive_variance,
        case
            when demand_period_count > 0 then cast(period_count as double) / demand_period_count
        end as average_demand_interval
    from sums
),

related as (
    select
        *,
        sqrt(variance) as standard_deviation_quantity,
        case
            when demand_quantity > 0 then sqrt(variance) * period_count / cast(demand_quantity as double)
        end as coefficient_of_variation,
        positive_variance * demand_period_count * demand_period_count
        / cast(positive_quantity * positive_quantity as double) as squared_variation_of_demand,
        case when value_amount is not null then greatest(value_amount, 0) end as positive_value_amount
    from spread
),

-- Products are ranked within a location: what it should stock with care need not be what the company lives on.
ranked as (
    select
        *,
        row_number() over by_value as value_rank,
        coalesce(
            sum(positive_value_amount) over (
                partition by location_id, period_kind, window_periods
                order by positive_value_amount desc nulls last, product_id asc
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as value_before_amount,
        sum(positive_value_amount) over (partition by location_id, period_kind, window_periods) as location_value_amount
    from related
    window by_value as (
        partition by location_id, period_kind, window_periods
        order by positive_value_amount desc nulls last, product_id asc
    )
)

select * from ranked
