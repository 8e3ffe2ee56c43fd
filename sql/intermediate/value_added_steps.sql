-- One row per level and step that is compared there: at which grain, and of which steps beside it.
with

named_steps as (
    select
        step,
        min(position) as step_number
    from settings.forecast_steps
    group by step
),

grains as (
    select * from intermediate.forecast_grains where not is_by_salesperson
),

spans as (
    select * from intermediate.forecast_spans
),

grain_sizes as (
    select
        forecast_type,
        grain,
        count(*) as span_count
    from spans
    group by forecast_type, grain
),

-- A type has one grain; of several, the one with the most forecasts counts, so that nothing is added up twice.
ranked as (
    select
        grains.*,
        row_number() over (
            partition by grains.forecast_type
            order by coalesce(grain_sizes.span_count, 0) desc, grains.grain asc
        ) as place
    from grains
    left join grain_sizes
        on
            grains.forecast_type = grain_sizes.forecast_type
            and grains.grain = grain_sizes.grain
),

levels as (
    select 'product' as level, true as has_product, true as has_family, false as has_location
    union all
    select 'family' as level, false as has_product, true as has_family, false as has_location
    union all
    select 'category' as level, false as has_product, true as has_family, false as has_location
    union all
    select 'location' as level, false as has_product, false as has_family, true as has_location
    union all
    select 'market_region' as level, false as has_product, false as has_family, true as has_location
    union all
    select 'family_region' as level, false as has_product, true as has_family, true as has_location
    union all
    select 'total' as level, false as has_product, false as has_family, false as has_location
),

-- A step that is not broken down by what a level is about is no step of that level.
steps as (
    select
        levels.level,
        named_steps.step,
        named_steps.step_number,
        ranked.is_by_product,
        ranked.is_by_product or ranked.is_by_family as is_by_family,
        ranked.is_by_location,
        ranked.is_by_customer_group
    from named_steps
    inner join ranked on named_steps.step = ranked.forecast_type
    cross join levels
    where
        ranked.place = 1
        and (ranked.is_by_product or not levels.has_product)
        and (ranked.is_by_product or ranked.is_by_family or not levels.has_family)
        and (ranked.is_by_location or not levels.has_location)
),

-- The coarsest common grain is broken down by what all of them are broken down by.
compared as (
    select
        level,
        string_agg(step, ' > ' order by step_number asc) as compared_steps,
        bool_and(is_by_product) as has_product,
        bool_and(is_by_family) as has_family,
        bool_and(is_by_location) as has_location,
        bool_and(is_by_customer_group) as has_customer_group
    from steps
    group by level
),

numbered as (
    select
        steps.*,
        dense_rank() over (order by compared.compared_steps asc) as comparison_number,
        compared.has_product,
        compared.has_family,
        compared.has_location,
        compared.has_customer_group,
        concat(
            case when compared.has_product then 'product' when compared.has_family then 'family' else 'total' end,
            case when compared.has_location then ' x location' else '' end,
            case when compared.has_customer_group then ' x customer_group' else '' end
        ) as compared_grain
    from steps
    inner join compared on steps.level = compared.level
)

select * from numbered
