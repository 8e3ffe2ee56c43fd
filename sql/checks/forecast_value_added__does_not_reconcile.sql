-- Every total of forecast_value_added by level, step and period, beside the same total made of forecast_accuracy's rows.
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

steps as (
    select * from intermediate.value_added_steps
),

value_added as (
    select * from marts.forecast_value_added
),

-- Quantities stand in planning units, rounded to four places row by row.
converted as (
    select
        forecast_accuracy.forecast_type,
        forecast_accuracy.lag,
        forecast_accuracy.period_kind,
        forecast_accuracy.period_start,
        forecast_accuracy.is_period_complete,
        forecast_accuracy.product_id,
        case
            when forecast_accuracy.product_id = '(all)' then forecast_accuracy.product_family
            else coalesce(products.family, '(unknown)')
        end as product_family,
        forecast_accuracy.location_id,
        forecast_accuracy.customer_group,
        forecast_accuracy.forecast_status,
        forecast_accuracy.has_mixed_units
        or (forecast_accuracy.product_id <> '(all)' and planning_units.planning_factor is null) as has_no_path,
        coalesce(
            case
                when planning_units.planning_factor is null then forecast_accuracy.quantity_unit
                else planning_units.planning_unit
            end,
            '(unknown)'
        ) as unit,
        round(forecast_accuracy.forecast_quantity * coalesce(planning_units.planning_factor, 1), 4) as forecast,
        round(forecast_accuracy.actual_quantity * coalesce(planning_units.planning_factor, 1), 4) as actual
    from forecast_accuracy
    left join products on forecast_accuracy.product_id = products.product_id
    left join planning_units on forecast_accuracy.product_id = planning_units.product_id
),

placed as (
    select
        steps.level,
        steps.step,
        steps.has_product,
        converted.lag,
        converted.period_kind,
        converted.period_start,
        converted.is_period_complete,
        case when steps.has_product then converted.product_id else '(all)' end as product_id,
        case when steps.has_family then converted.product_family else '(all)' end as product_family,
        case when steps.has_location then converted.location_id else '(all)' end as location_id,
        case when steps.has_customer_group then converted.customer_group else '(all)' end as customer_group,
        converted.forecast_status,
        converted.has_no_path,
        case when not steps.has_product then converted.unit end as unit,
        converted.forecast,
        converted.actual
    from converted
    inner join steps
        on
            converted.forecast_type = steps.step
            and (converted.product_id <> '(all)') = steps.is_by_product
            and (converted.location_id <> '(all)') = steps.is_by_location
            and (converted.customer_group <> '(all)') = steps.is_by_customer_group
),

items as (
    select
        level,
        step,
        lag,
        period_kind,
        period_start,
        product_id,
        product_family,
        location_id,
        customer_group,
        count(*) filter (where forecast_status = 'present') > 0
        and count(*) filter (where forecast_status in ('carried', 'late')) = 0
        and bool_and(is_period_complete)
        and count(actual) = count(*)
        and (bool_or(has_product) or not bool_or(has_no_path) and min(unit) = max(unit)) as is_usable,
        sum(forecast) as forecast,
        sum(actual) as actual
    from placed
    group by
        level, step, lag, period_kind, period_start, product_id, product_family, location_id, customer_group
),

-- Each step of an item that counts, with how many of them there are.
usable as (
    select
        level,
        step,
        lag,
        period_kind,
        period_start,
        product_id,
        product_family,
        location_id,
        forecast,
        min(actual) over item as actual,
        count(*) over item as n_usable
    from items
    where is_usable
    window
        item as (
            partition by
                level, lag, period_kind, period_start, product_id, product_family, location_id, customer_group
        )
),

placed_items as (
    select
        usable.level,
        usable.step,
        usable.lag,
        usable.period_kind,
        usable.period_start,
        usable.n_usable,
        case usable.level
            when 'product' then usable.product_id
            when 'family' then usable.product_family
            when 'category' then coalesce(product_families.category, '(unknown)')
            when 'location' then usable.location_id
            when 'market_region' then coalesce(locations.market_region, '(all)')
            when 'family_region'
                then concat(usable.product_family, ' / ', coalesce(locations.market_region, '(all)'))
            else '(all)'
        end as level_id,
        usable.forecast,
        usable.actual
    from usable
    left join product_families on usable.product_family = product_families.product_family
    left join locations on usable.location_id = locations.location_id
),

-- Where units are mixed the mart has no quantity.
mixed as (
    select
        level,
        level_id,
        step,
        lag,
        period_kind,
        period_start
    from value_added
    where has_mixed_units
),

summed_items as (
    select
        placed_items.level,
        placed_items.step,
        placed_items.lag,
        placed_items.period_kind,
        placed_items.period_start,
        placed_items.n_usable,
        count(*) as n_compared,
        sum(placed_items.forecast - placed_items.actual) filter (where mixed.level is null) as error,
        sum(abs(placed_items.forecast - placed_items.actual)) filter (where mixed.level is null) as abs_error,
        sum(abs(placed_items.actual)) filter (where mixed.level is null) as abs_actual
    from placed_items
    left join mixed
        on
            placed_items.level = mixed.level
            and placed_items.level_id = mixed.level_id
            and placed_items.step = mixed.step
            and placed_items.lag = mixed.lag
            and placed_items.period_kind = mixed.period_kind
            and placed_items.period_start = mixed.period_start
    group by
        placed_items.level, placed_items.step, placed_items.lag, placed_items.period_kind, placed_items.period_start,
        placed_items.n_usable
),

-- Steps without a single forecast that counts are in no chain; how long it is the mart is not asked, which may have lost it.
ranked_steps as (
    select
        *,
        dense_rank() over (partition by level, lag, period_kind order by step asc) as step_rank
    from summed_items
),

chains as (
    select
        *,
        max(step_rank) over (partition by level, lag, period_kind) as n_steps
    from ranked_steps
),

sides as (
    select
        'source' as side,
        level,
        step,
        period_kind,
        period_start,
        n_compared,
        error,
        abs_error,
        abs_actual
    from chains
    where n_usable = n_steps
    union all
    select
        'mart' as side,
        level,
        step,
        period_kind,
        period_start,
        n_compared,
        error_quantity as error,
        abs_error_quantity as abs_error,
        abs_actual_quantity as abs_actual
    from value_added
),

totals as (
    select
        side,
        level,
        step,
        period_kind,
        period_start,
        sum(n_compared) as n_compared,
        coalesce(sum(error), 0) as error,
        coalesce(sum(abs_error), 0) as abs_error,
        coalesce(sum(abs_actual), 0) as abs_actual
    from sides
    group by side, level, step, period_kind, period_start
),

measures as (
    select column1 as measure
    from (values ('items compared'), ('error_quantity'), ('abs_error_quantity'), ('abs_actual_quantity'))
),

measured as (
    select
        concat(measures.measure, ' ', totals.step, ' by ', totals.level) as measure,
        totals.side,
        totals.period_kind,
        totals.period_start,
        case measures.measure
            when 'items compared' then totals.n_compared
            when 'error_quantity' then totals.error
            when 'abs_error_quantity' then totals.abs_error
            else totals.abs_actual
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
