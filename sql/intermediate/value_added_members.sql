-- One row per item of a comparison and level: the level's member that the item belongs to.
with

items as (
    select
        item_number,
        comparison_number,
        product_id,
        product_family,
        category,
        location_id,
        market_region,
        lag,
        period_kind
    from intermediate.value_added_keys
    group by
        item_number, comparison_number, product_id, product_family, category, location_id, market_region, lag, period_kind
),

levels as (
    select
        level,
        comparison_number,
        compared_grain
    from intermediate.value_added_steps
    group by level, comparison_number, compared_grain
),

placed as (
    select
        items.item_number,
        levels.level,
        levels.compared_grain,
        items.lag,
        items.period_kind,
        case when levels.level = 'product' then items.product_id else '(all)' end as product_id,
        case when levels.level in ('product', 'family', 'family_region') then items.product_family else '(all)' end
            as product_family,
        case
            when levels.level in ('product', 'family', 'category', 'family_region') then items.category
            else '(all)'
        end as category,
        case when levels.level = 'location' then items.location_id else '(all)' end as location_id,
        case
            when levels.level in ('location', 'market_region', 'family_region') then items.market_region
            else '(all)'
        end as market_region
    from items
    inner join levels on items.comparison_number = levels.comparison_number
),

named as (
    select
        *,
        case level
            when 'product' then product_id
            when 'family' then product_family
            when 'category' then category
            when 'location' then location_id
            when 'market_region' then market_region
            when 'family_region' then concat(product_family, ' / ', market_region)
            else '(all)'
        end as level_id
    from placed
),

numbered as (
    select
        *,
        dense_rank() over (order by level asc, level_id asc, lag asc, period_kind asc) as member_number
    from named
)

select * from numbered
