-- One row per level of forecast accuracy and its member, with its keys in the dimensions.
with

by_status as (
    select * from intermediate.forecast_accuracy_by_status
),

members as (
    select
        level,
        level_id,
        coalesce(product_id, '(all)') as product_id,
        coalesce(product_family, '(all)') as product_family,
        coalesce(category, '(all)') as category,
        coalesce(location_id, '(all)') as location_id,
        coalesce(market_region, '(all)') as market_region
    from by_status
    group by level, level_id, product_id, product_family, category, location_id, market_region
)

select * from members
