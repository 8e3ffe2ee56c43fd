-- One row per level, its member, forecast type, lag, period and forecast status: the sums that rates are made of.
with

leaves as (
    select * from intermediate.forecast_accuracy_leaves
),

-- What a level is not broken down by comes out NULL.
grouped as (
    select
        product_id,
        product_family,
        category,
        location_id,
        market_region,
        forecast_type,
        lag,
        period_kind,
        period_start,
        forecast_status,
        count(*) as n_periods,
        count(*) filter (where is_zero_actual) as n_zero_actual,
        count(*) filter (where has_no_path) as n_no_path,
        min(quantity_unit) as first_unit,
        max(quantity_unit) as last_unit,
        count(abs_error_quantity) as n_quantity,
        sum(forecast_quantity) as forecast_quantity,
        sum(actual_quantity) as actual_quantity,
        sum(abs_error_quantity) as abs_error_quantity,
        sum(abs(actual_quantity)) as abs_actual_quantity,
        count(ape) as mape_n,
        sum(ape) as ape,
        sum(smape_term) as smape_term,
        count(scale_quantity) as mase_n,
        sum(scale_quantity) as scale_quantity,
        sum(abs_error_quantity) filter (where scale_quantity is not null) as scaled_error_quantity,
        count(abs_error_amount) as n_amount,
        sum(forecast_amount) as forecast_amount,
        sum(actual_amount) as actual_amount,
        sum(abs_error_amount) as abs_error_amount,
        sum(abs(actual_amount)) as abs_actual_amount,
        count(scale_amount) as amount_mase_n,
        sum(scale_amount) as scale_amount,
        sum(abs_error_amount) filter (where scale_amount is not null) as scaled_error_amount
    from leaves
    group by
        forecast_type,
        lag,
        period_kind,
        period_start,
        forecast_status,
        grouping sets (
            (product_id, product_family, category),
            (product_family, category),
            (category),
            (location_id, market_region),
            (market_region),
            (product_family, category, market_region),
            ()
        )
),

named as (
    select
        case
            when product_id is not null then 'product'
            when product_family is not null and market_region is not null then 'family_region'
            when product_family is not null then 'family'
            when category is not null then 'category'
            when location_id is not null then 'location'
            when market_region is not null then 'market_region'
            else 'total'
        end as level,
        case
            when product_family is not null and market_region is not null
                then concat(product_family, ' / ', market_region)
            else coalesce(product_id, product_family, category, location_id, market_region, '(all)')
        end as level_id,
        *
    from grouped
),

-- A forecast that is not broken down by something is in no row of that level.
broken_down as (
    select *
    from named
    where
        (product_id is distinct from '(all)')
        and (product_family is distinct from '(all)')
        and (category is distinct from '(all)')
        and (location_id is distinct from '(all)')
        and (market_region is distinct from '(all)')
)

select * from broken_down
