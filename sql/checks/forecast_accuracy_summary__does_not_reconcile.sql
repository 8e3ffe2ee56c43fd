-- Every total of forecast_accuracy_summary by level and period, beside the same total of forecast_accuracy's rows.
with

forecast_accuracy as (
    select * from marts.forecast_accuracy
),

products as (
    select * from marts.dim_product
),

product_families as (
    select * from marts.dim_product_family
),

locations as (
    select * from marts.dim_location
),

planning_units as (
    select * from intermediate.planning_units
),

summary as (
    select * from marts.forecast_accuracy_summary
),

-- Quantities stand in planning units, rounded to four places row by row.
converted as (
    select
        forecast_accuracy.forecast_type,
        forecast_accuracy.lag,
        forecast_accuracy.period_kind,
        forecast_accuracy.period_start,
        forecast_accuracy.product_id <> '(all)' as has_product,
        case
            when forecast_accuracy.product_id = '(all)' then forecast_accuracy.product_family
            else coalesce(products.family, '(unknown)')
        end as product_family,
        forecast_accuracy.location_id,
        case
            when forecast_accuracy.location_id = '(all)' then '(all)'
            else coalesce(locations.market_region, '(unknown)')
        end as market_region,
        forecast_accuracy.forecast_status = 'present' and forecast_accuracy.is_period_complete as is_counted,
        round(forecast_accuracy.forecast_quantity * coalesce(planning_units.planning_factor, 1), 4)
            as forecast_quantity,
        round(forecast_accuracy.actual_quantity * coalesce(planning_units.planning_factor, 1), 4) as actual_quantity,
        forecast_accuracy.forecast_amount,
        forecast_accuracy.actual_amount
    from forecast_accuracy
    left join products on forecast_accuracy.product_id = products.product_id
    left join locations on forecast_accuracy.location_id = locations.location_id
    left join planning_units on forecast_accuracy.product_id = planning_units.product_id
),

compared_rows as (
    select
        forecast_type,
        lag,
        period_kind,
        period_start,
        has_product,
        product_family,
        location_id,
        market_region,
        cast(forecast_quantity as decimal(18, 4)) as forecast_quantity,
        cast(actual_quantity as decimal(18, 4)) as actual_quantity,
        forecast_amount,
        actual_amount,
        is_counted and forecast_quantity is not null and actual_quantity is not null as has_quantities,
        is_counted and forecast_amount is not null and actual_amount is not null as has_amounts
    from converted
),

grouped as (
    select
        forecast_type,
        lag,
        period_kind,
        period_start,
        has_product,
        product_family,
        location_id,
        market_region,
        count(*) as n_periods,
        sum(case when has_quantities then forecast_quantity - actual_quantity end) as error_quantity,
        sum(case when has_quantities then abs(forecast_quantity - actual_quantity) end) as abs_error_quantity,
        sum(case when has_quantities then abs(actual_quantity) end) as abs_actual_quantity,
        sum(case when has_amounts then forecast_amount - actual_amount end) as error_amount,
        sum(case when has_amounts then abs(forecast_amount - actual_amount) end) as abs_error_amount,
        sum(case when has_amounts then abs(actual_amount) end) as abs_actual_amount
    from compared_rows
    group by forecast_type, lag, period_kind, period_start, has_product, product_family, location_id, market_region
),

with_categories as (
    select
        grouped.*,
        case
            when grouped.product_family = '(all)' then '(all)'
            else coalesce(product_families.category, '(unknown)')
        end as category
    from grouped
    left join product_families on grouped.product_family = product_families.product_family
),

levels as (
    select 'product' as level
    union all
    select 'family' as level
    union all
    select 'category' as level
    union all
    select 'location' as level
    union all
    select 'market_region' as level
    union all
    select 'family_region' as level
    union all
    select 'total' as level
),

-- The rows of products are not told apart here: one product is never in several units.
with_levels as (
    select
        levels.level,
        case levels.level
            when 'product' then case when with_categories.has_product then '(each)' else '(all)' end
            when 'family' then with_categories.product_family
            when 'category' then with_categories.category
            when 'location' then with_categories.location_id
            when 'market_region' then with_categories.market_region
            when 'family_region'
                then
                    case
                        when '(all)' in (with_categories.product_family, with_categories.market_region) then '(all)'
                        else concat(with_categories.product_family, ' / ', with_categories.market_region)
                    end
            else '(all)'
        end as level_id,
        with_categories.*
    from with_categories
    cross join levels
),

by_level as (
    select *
    from with_levels
    where level = 'total' or level_id <> '(all)'
),

-- Where units are mixed the mart has no quantity. A product has but one.
mixed as (
    select
        level,
        level_id,
        forecast_type,
        lag,
        period_kind,
        period_start
    from summary
    where has_mixed_units
),

source_rows as (
    select
        by_level.level,
        by_level.period_kind,
        by_level.period_start,
        by_level.n_periods,
        case when mixed.level is null then by_level.error_quantity end as error_quantity,
        case when mixed.level is null then by_level.abs_error_quantity end as abs_error_quantity,
        case when mixed.level is null then by_level.abs_actual_quantity end as abs_actual_quantity,
        by_level.error_amount,
        by_level.abs_error_amount,
        by_level.abs_actual_amount
    from by_level
    left join mixed
        on
            by_level.level = mixed.level
            and by_level.level_id = mixed.level_id
            and by_level.forecast_type = mixed.forecast_type
            and by_level.lag = mixed.lag
            and by_level.period_kind = mixed.period_kind
            and by_level.period_start = mixed.period_start
),

sides as (
    select
        'source' as side,
        level,
        period_kind,
        period_start,
        n_periods,
        error_quantity,
        abs_error_quantity,
        abs_actual_quantity,
        error_amount,
        abs_error_amount,
        abs_actual_amount
    from source_rows
    union all
    select
        'mart' as side,
        level,
        period_kind,
        period_start,
        n_periods,
        error_quantity,
        abs_error_quantity,
        abs_actual_quantity,
        error_amount,
        abs_error_amount,
        abs_actual_amount
    from summary
),

totals as (
    select
        level,
        side,
        period_kind,
        period_start,
        sum(n_periods) as n_periods,
        coalesce(sum(error_quantity), 0) as error_quantity,
        coalesce(sum(abs_error_quantity), 0) as abs_error_quantity,
        coalesce(sum(abs_actual_quantity), 0) as abs_actual_quantity,
        coalesce(sum(error_amount), 0) as error_amount,
        coalesce(sum(abs_error_amount), 0) as abs_error_amount,
        coalesce(sum(abs_actual_amount), 0) as abs_actual_amount
    from sides
    group by level, side, period_kind, period_start
),

measures as (
    select 'rows' as measure
    union all
    select 'error_quantity' as measure
    union all
    select 'abs_error_quantity' as measure
    union all
    select 'abs_actual_quantity' as measure
    union all
    select 'error_amount' as measure
    union all
    select 'abs_error_amount' as measure
    union all
    select 'abs_actual_amount' as measure
),

measured as (
    select
        concat(measures.measure, ' by ', totals.level) as measure,
        totals.side,
        totals.period_kind,
        totals.period_start,
        case measures.measure
            when 'rows' then totals.n_periods
            when 'error_quantity' then totals.error_quantity
            when 'abs_error_quantity' then totals.abs_error_quantity
            when 'abs_actual_quantity' then totals.abs_actual_quantity
            when 'error_amount' then totals.error_amount
            when 'abs_error_amount' then totals.abs_error_amount
            when 'abs_actual_amount' then totals.abs_actual_amount
        end as total
    from totals
    cross join measures
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        coalesce(sum(total) filter (where side = 'source'), 0) as source_total,
        coalesce(sum(total) filter (where side = 'mart'), 0) as mart_total
    from measured
    group by measure, period_kind, period_start
)

select * from compared
