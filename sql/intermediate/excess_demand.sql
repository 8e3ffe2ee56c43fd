-- One row per product and location with demand within the horizon: independent and dependent, and where it is known from.
with

parts as (
    select * from intermediate.excess_demand_parts
),

places as (
    select * from intermediate.excess_demand_places
),

-- What is demand of no place in particular is that of its product's places, by their shares, rounded so that it adds up.
placed as (
    select
        product_id,
        location_id,
        kind,
        quantity,
        demand_end,
        snapshot_date,
        false as is_spread
    from parts
    where location_id not in ('(all)', '(unknown)')
    union all
    select
        parts.product_id,
        coalesce(places.location_id, '(unknown)') as location_id,
        parts.kind,
        case
            when places.product_id is null then parts.quantity
            else
                cast(
                    round(parts.quantity * cast(places.weight_through / places.weight_of_all as decimal(14, 12)), 4)
                    - round(parts.quantity * cast(places.weight_before / places.weight_of_all as decimal(14, 12)), 4)
                    as decimal(18, 4)
                )
        end as quantity,
        parts.demand_end,
        parts.snapshot_date,
        true as is_spread
    from parts
    left join places on parts.product_id = places.product_id
    where parts.location_id in ('(all)', '(unknown)')
),

summed as (
    select
        product_id,
        location_id,
        coalesce(sum(quantity) filter (where kind in ('forecast', 'usage')), 0) as independent_quantity,
        coalesce(sum(quantity) filter (where kind in ('plan', 'consumption')), 0) as dependent_quantity,
        bool_or(kind = 'forecast') as has_forecast,
        bool_or(kind = 'usage' and quantity > 0) as has_usage,
        bool_or(kind = 'plan') as has_plan,
        bool_or(kind = 'consumption' and quantity > 0) as has_consumption,
        max(demand_end) filter (where quantity > 0) as demand_end,
        min(snapshot_date) as forecast_snapshot_date,
        bool_or(is_spread) as is_spread
    from placed
    group by product_id, location_id
),

named as (
    select
        product_id,
        location_id,
        cast(independent_quantity as decimal(18, 4)) as independent_quantity,
        cast(dependent_quantity as decimal(18, 4)) as dependent_quantity,
        case
            when has_forecast and has_usage then 'forecast_and_usage'
            when has_forecast then 'forecast'
            when has_usage then 'usage'
            else 'none'
        end as demand_basis,
        case
            when has_plan and has_consumption then 'plan_and_usage'
            when has_plan then 'plan'
            when has_consumption then 'usage'
            else 'none'
        end as dependent_demand_basis,
        demand_end,
        forecast_snapshot_date,
        is_spread
    from summed
)

select * from named
