-- One row per level, its member, measure, step, lag and period: errors of the step on what all steps have a forecast of.
with

windows as (
    select * from intermediate.value_added_windows
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
        levels.level,
        levels.compared_grain,
        case levels.level
            when 'product' then windows.product_id
            when 'family' then windows.product_family
            when 'category' then windows.category
            when 'location' then windows.location_id
            when 'market_region' then windows.market_region
            when 'family_region' then concat(windows.product_family, ' / ', windows.market_region)
            else '(all)'
        end as level_id,
        case when levels.level = 'product' then windows.product_id else '(all)' end as level_product_id,
        case when levels.level in ('product', 'family', 'family_region') then windows.product_family else '(all)' end
            as level_family,
        case
            when levels.level in ('product', 'family', 'category', 'family_region') then windows.category
            else '(all)'
        end as level_category,
        case when levels.level = 'location' then windows.location_id else '(all)' end as level_location_id,
        case
            when levels.level in ('location', 'market_region', 'family_region') then windows.market_region
            else '(all)'
        end as level_market_region,
        windows.window_periods = 1 as is_own,
        windows.window_periods = $value_added_window and windows.naive_abs_error is not null as is_window,
        windows.*
    from windows
    inner join levels on windows.comparison_number = levels.comparison_number
),

-- Quantities in several units, or of a product without a path to its planning unit, are no quantity together.
summed as (
    select
        measure,
        level,
        level_id,
        compared_grain,
        level_product_id as product_id,
        level_family as product_family,
        level_category as category,
        level_location_id as location_id,
        level_market_region as market_region,
        step,
        lag,
        period_kind,
        period_index,
        period_start,
        period_end,
        is_period_complete,
        level <> 'product' and (
            bool_or(has_no_path) or coalesce(min(unit) <> max(unit), false)
        ) as has_mixed_units,
        min(unit) as unit,
        count(*) filter (where is_own) as n_items,
        count(*) filter (where is_own and forecast_status = 'present') as n_present,
        count(*) filter (where is_own and forecast_status = 'carried') as n_carried,
        count(*) filter (where is_own and forecast_status = 'late') as n_late,
        count(*) filter (where is_own and forecast_status = 'missing') as n_missing,
        sum(n_compared) filter (where is_own) as n_compared,
        sum(n_partly_missing) filter (where is_own) as n_partly_missing,
        sum(n_not_valued) filter (where is_own) as n_not_valued,
        sum(forecast) filter (where is_own) as forecast,
        sum(actual) filter (where is_own) as actual,
        sum(abs_error) filter (where is_own) as abs_error,
        sum(abs_actual) filter (where is_own) as abs_actual,
        count(*) filter (where is_window and is_period_complete) as n_window_items,
        count(*) filter (where is_window and is_period_complete and abs_error < naive_abs_error) as n_items_beating_naive
    from placed
    group by
        measure, level, level_id, compared_grain, level_product_id, level_family, level_category, level_location_id,
        level_market_region, step, lag, period_kind, period_index, period_start, period_end, is_period_complete
)

select * from summed
