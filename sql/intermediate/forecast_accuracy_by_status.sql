-- One row per level, its member, forecast type, lag, period and forecast status: the sums that rates are made of.
with

leaves as (
    select * from intermediate.forecast_accuracy_leaves
),

-- The pinball loss: of each quantile, demand above it costs its share, and demand below it the rest.
with_losses as (
    select
        *,
        greatest(0.1 * (actual_quantity - p10_quantity), 0.9 * (p10_quantity - actual_quantity)) as p10_loss,
        greatest(0.5 * (actual_quantity - p50_quantity), 0.5 * (p50_quantity - actual_quantity)) as p50_loss,
        greatest(0.9 * (actual_quantity - p90_quantity), 0.1 * (p90_quantity - actual_quantity)) as p90_loss,
        actual_quantity + p10_quantity + p50_quantity + p90_quantity is not null as has_quantiles
    from leaves
),

-- What a level is not broken down by comes out NULL.
grouped as (
    select
        product_id,
        product_family,
        category,
        location_id,
        market_region,
        salesperson_id,
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
        sum(abs_error_quantity * abs_error_quantity) filter (where scale_quantity is not null)
            as scaled_squared_error_quantity,
        sum(squared_scale_quantity) filter (where scale_quantity is not null) as squared_scale_quantity,
        count(weighted_scaled_error) as wrmsse_n,
        sum(weighted_scaled_error) as weighted_scaled_error,
        sum(weight_amount) filter (where weighted_scaled_error is not null) as weight_amount,
        count(*) filter (where has_quantiles) as n_with_quantiles,
        sum(p10_loss) filter (where has_quantiles) as p10_loss,
        sum(p50_loss) filter (where has_quantiles) as p50_loss,
        sum(p90_loss) filter (where has_quantiles) as p90_loss,
        count(*) filter (where has_quantiles and actual_quantity between p10_quantity and p90_quantity) as n_in_interval,
        count(abs_error_amount) as n_amount,
        sum(forecast_amount) as forecast_amount,
        sum(actual_amount) as actual_amount,
        sum(abs_error_amount) as abs_error_amount,
        sum(abs(actual_amount)) as abs_actual_amount,
        count(scale_amount) as amount_mase_n,
        sum(scale_amount) as scale_amount,
        sum(abs_error_amount) filter (where scale_amount is not null) as scaled_error_amount,
        sum(abs_error_amount * abs_error_amount) filter (where scale_amount is not null) as scaled_squared_error_amount,
        sum(squared_scale_amount) filter (where scale_amount is not null) as squared_scale_amount
    from with_losses
    group by
        salesperson_id,
        forecast_type,
        lag,
        period_kind,
        period_start,
        forecast_status,
        grouping sets (
            (product_id, product_family, category),
            (product_family, category), (category),
            (location_id, market_region), (market_region),
            (product_family, category, market_region),
            ()
        )
),

named as (
    select
        case
            when salesperson_id <> '(all)' then 'salesperson'
            when product_id is not null then 'product'
            when product_family is not null and market_region is not null then 'family_region'
            when product_family is not null then 'family'
            when category is not null then 'category'
            when location_id is not null then 'location'
            when market_region is not null then 'market_region'
            else 'total'
        end as level,
        case
            when salesperson_id <> '(all)' then salesperson_id
            when product_family is not null and market_region is not null
                then concat(product_family, ' / ', market_region)
            else coalesce(product_id, product_family, category, location_id, market_region, '(all)')
        end as level_id,
        *
    from grouped
),

-- A forecast that is not broken down by something is in no row of that level. A salesperson is a level of its own.
broken_down as (
    select *
    from named
    where
        salesperson_id = '(all)'
        and not coalesce('(all)' in (product_id, product_family, category, location_id, market_region), false)
        or salesperson_id <> '(all)'
        and coalesce(product_id, category, location_id, market_region) is null
)

select * from broken_down
