-- One row per forecast type, family, market region, period and snapshot: what it says, in planning units and in money.
with

snapshots as (
    select * from intermediate.waterfall_snapshots
),

products as (
    select
        *,
        coalesce(planning_unit, '(unknown)') as summed_unit
    from marts.dim_product
),

locations as (
    select * from marts.dim_location
),

periods as (
    select * from intermediate.periods
),

plan_prices as (
    select * from intermediate.plan_prices
),

family_units as (
    select * from intermediate.family_units
),

-- The location's own price goes before the one for all. A product without a path to its planning unit is added to nothing.
-- What is forecast for a family as a whole is in the one planning unit that its products have, if they have but one.
priced as (
    select
        snapshots.*,
        locations.market_region,
        periods.period_start,
        coalesce(own_prices.price_amount, general_prices.price_amount) as price_amount,
        case
            when snapshots.product_id <> '(all)' then products.planning_factor is null
            else coalesce(family_units.has_several_units, false)
        end as has_no_path,
        case when snapshots.product_id = '(all)' then 1 else products.planning_factor end as planning_factor,
        coalesce(
            case when snapshots.product_id = '(all)' then family_units.quantity_unit else products.summed_unit end,
            '(unknown)'
        ) as quantity_unit
    from snapshots
    inner join locations on snapshots.location_id = locations.location_id
    inner join products on snapshots.product_id = products.product_id
    inner join periods
        on
            snapshots.period_kind = periods.period_kind
            and snapshots.period_index = periods.period_index
    left join family_units
        on
            snapshots.product_family = family_units.product_family
            and snapshots.product_id = '(all)'
    left join plan_prices as own_prices
        on
            snapshots.product_id = own_prices.product_id
            and snapshots.location_id = own_prices.location_id
            and periods.period_start >= own_prices.valid_from
            and (own_prices.valid_to is null or periods.period_start < own_prices.valid_to)
    left join plan_prices as general_prices
        on
            snapshots.product_id = general_prices.product_id
            and general_prices.location_id = '(all)'
            and periods.period_start >= general_prices.valid_from
            and (general_prices.valid_to is null or periods.period_start < general_prices.valid_to)
),

-- Nothing is worth nothing at any price. A sum of which a part is not known is not known.
valued as (
    select
        *,
        case when quantity = 0 then 0 else cast(round(quantity * price_amount, 4) as decimal(18, 4)) end as amount
    from priced
),

summed as (
    select
        forecast_type,
        product_family,
        market_region,
        snapshot_date,
        period_kind,
        period_index,
        max(snapshot_number) as snapshot_number,
        sum(n_parts) as n_parts,
        bool_or(is_split) as is_split,
        bool_or(has_no_path) or min(quantity_unit) <> max(quantity_unit) as has_mixed_units,
        min(quantity_unit) as quantity_unit,
        sum(cast(round(quantity * planning_factor, 4) as decimal(18, 4))) as quantity,
        count(*) > count(amount) as has_no_plan_price,
        case when count(*) = count(amount) then sum(amount) end as amount
    from valued
    group by forecast_type, product_family, market_region, snapshot_date, period_kind, period_index
)

select * from summed
