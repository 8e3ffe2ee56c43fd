-- One row per product and location with usage: for how many days of the horizon it counts, since nothing else is said.
with

usage as (
    select * from intermediate.excess_usage
),

forecasts as (
    select * from intermediate.excess_forecasts
),

plan_rows as (
    select * from intermediate.production_plan_rows
),

horizon as (
    select * from intermediate.excess_horizon
),

products as (
    select * from marts.dim_product
),

forecast_reach as (
    select max(forecast_end) as forecast_end from forecasts
),

plan_reach as (
    select
        location_id,
        greatest(max(period_end), max(due_date) + 1) as plan_end
    from plan_rows
    group by location_id
),

-- What a forecast or a plan reaches it says also where it says nothing; usage goes on behind it, to the end of life.
days as (
    select
        usage.*,
        least(horizon.horizon_end, coalesce(products.end_of_life_date + 1, horizon.horizon_end)) as demand_end,
        horizon.horizon_end,
        greatest(
            least(horizon.horizon_end, coalesce(products.end_of_life_date + 1, horizon.horizon_end))
            - greatest(
                horizon.horizon_start,
                case
                    when coalesce(own_forecasts.product_id, general_forecasts.product_id) is not null
                        then forecast_reach.forecast_end
                    else horizon.horizon_start
                end
            ),
            0
        ) as demand_days,
        greatest(
            horizon.horizon_end - greatest(horizon.horizon_start, coalesce(plan_reach.plan_end, horizon.horizon_start)), 0
        ) as consumption_days
    from usage
    cross join horizon
    cross join forecast_reach
    left join products on usage.product_id = products.product_id
    left join plan_reach on usage.location_id = plan_reach.location_id
    left join forecasts as own_forecasts
        on
            usage.product_id = own_forecasts.product_id
            and usage.location_id = own_forecasts.location_id
    left join forecasts as general_forecasts
        on
            usage.product_id = general_forecasts.product_id
            and general_forecasts.location_id = '(all)'
)

select * from days
