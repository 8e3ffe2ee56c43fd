-- What rates of forecast accuracy are made of, and the rates, for the summary by period and for windows of periods.

-- Sums by level and status, in planning units. What a level is not broken down by is NULL.
create or replace temp table sums_by_status as
with placed as (
    select
        rows.*,
        if(rows.product_id = '(all)', product_family, coalesce(products.family, '(unknown)')) as family,
        if(planning_factor is null, quantity_unit, products.planning_unit) as summed_unit,
        has_mixed_units or (rows.product_id <> '(all)' and planning_factor is null) as has_no_path,
        coalesce(planning_factor, 1) as factor,
        if(location_id = '(all)', '(all)', coalesce(market_region, '(unknown)')) as region,
        if(forecast_status = 'missing', 0, forecast_quantity)::decimal(18, 4) as counted_quantity,
        if(forecast_status = 'missing', 0, forecast_amount)::decimal(18, 4) as counted_amount
    from forecast_accuracy as rows
    left join products using (product_id)
    left join locations using (location_id)
),

leaves as (
    select
        product_id,
        placed.family as product_family,
        if(placed.family = '(all)', '(all)', coalesce(families.category, '(unknown)')) as category,
        location_id,
        region as market_region,
        forecast_type,
        lag,
        period_start,
        period_end,
        is_period_complete,
        forecast_status,
        actual_quantity = 0 as is_zero_actual,
        coalesce(summed_unit, '(unknown)') as unit,
        has_no_path,
        if(actual_quantity is null, null, round(counted_quantity::decimal(28, 4) * factor, 4))::decimal(18, 4) as forecast,
        if(counted_quantity is null, null, round(actual_quantity::decimal(28, 4) * factor, 4))::decimal(18, 4) as actual,
        abs(forecast - actual)::decimal(18, 4) as abs_error,
        if(abs_error is null, null, nullif(scale_mae, 0) * factor) as scale,
        if(scale is null, null, scale_mse::double * factor * factor) as squared_scale,
        if(past_year_amount > 0, abs(counted_quantity - actual_quantity) / sqrt(nullif(scale_mse, 0)), null)
            as own_scaled_error,
        if(own_scaled_error is null, null, past_year_amount) as weight,
        round(p10_quantity::decimal(28, 4) * factor, 4)::decimal(18, 4) as p10,
        round(p50_quantity::decimal(28, 4) * factor, 4)::decimal(18, 4) as p50,
        round(p90_quantity::decimal(28, 4) * factor, 4)::decimal(18, 4) as p90,
        actual is not null and p10 is not null and p50 is not null and p90 is not null as has_quantiles,
        case when forecast_status <> 'missing' then ape when actual_quantity <> 0 then 1 end as ape,
        case
            when forecast_status <> 'missing' then smape_term
            when actual_quantity <> 0 then 1
            when actual_quantity = 0 then 0
        end as smape_term,
        if(actual_amount is null, null, counted_amount) as amount_forecast,
        if(counted_amount is null, null, actual_amount) as amount_actual,
        abs(amount_forecast - amount_actual)::decimal(18, 4) as amount_abs_error,
        if(amount_abs_error is null, null, nullif(scale_mae_amount, 0)) as amount_scale,
        if(amount_scale is null, null, scale_mse_amount) as amount_squared_scale
    from placed
    left join (
        select family, coalesce(min(category), '(unknown)') as category from landing.products group by all
    ) as families on families.family = placed.family
)

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
    product_id,
    product_family,
    category,
    location_id,
    market_region,
    forecast_type,
    lag,
    period_start,
    period_end,
    is_period_complete,
    forecast_status,
    min(unit) as first_unit,
    max(unit) as last_unit,
    count_if(has_no_path) as n_no_path,
    count(*) as n_periods,
    count_if(is_zero_actual) as n_zero_actual,
    count(abs_error) as n_quantity,
    sum(forecast) as forecast,
    sum(actual) as actual,
    sum(abs_error) as abs_error,
    sum(abs(actual)) as abs_actual,
    count(ape) as mape_n,
    sum(ape) as ape,
    sum(smape_term) as smape_term,
    count(scale) as mase_n,
    sum(scale) as scale,
    sum(abs_error) filter (where scale is not null) as scaled_error,
    sum(squared_scale) as squared_scale,
    sum(abs_error::double ^ 2) filter (where scale is not null) as scaled_squared_error,
    count(weight) as wrmsse_n,
    sum(weight) as weight,
    sum(own_scaled_error * weight) as weighted_scaled_error,
    count_if(has_quantiles) as n_with_quantiles,
    sum(if(actual >= p10, 0.1, -0.9) * (actual - p10)) filter (where has_quantiles) as p10_loss,
    sum(0.5 * abs(actual - p50)) filter (where has_quantiles) as p50_loss,
    sum(if(actual >= p90, 0.9, -0.1) * (actual - p90)) filter (where has_quantiles) as p90_loss,
    count_if(has_quantiles and actual >= p10 and actual <= p90) as n_in_interval,
    count(amount_abs_error) as n_amount,
    sum(amount_forecast) as amount_forecast,
    sum(amount_actual) as amount_actual,
    sum(amount_abs_error) as amount_abs_error,
    sum(abs(amount_actual)) as amount_abs_actual,
    count(amount_scale) as amount_mase_n,
    sum(amount_scale) as amount_scale,
    sum(amount_abs_error) filter (where amount_scale is not null) as amount_scaled_error,
    sum(amount_squared_scale) as amount_squared_scale,
    sum(amount_abs_error::double ^ 2) filter (where amount_scale is not null) as amount_scaled_squared_error
from leaves
group by
    forecast_type, lag, period_start, period_end, is_period_complete, forecast_status,
    grouping sets (
        (product_id, product_family, category),
        (product_family, category),
        (category),
        (location_id, market_region),
        (market_region),
        (product_family, category, market_region),
        ()
    )
-- A forecast that is not broken down by something is in no row of that level.
having
    product_id is distinct from '(all)'
    and product_family is distinct from '(all)'
    and category is distinct from '(all)'
    and location_id is distinct from '(all)'
    and market_region is distinct from '(all)';

create or replace temp table rate_series as
select
    row_number() over () as series_id,
    *,
    if(
        level = 'family_region',
        product_family || ' / ' || market_region,
        coalesce(product_id, product_family, category, location_id, market_region, '(all)')
    ) as level_id
from (
    select
        level,
        product_id,
        product_family,
        category,
        location_id,
        market_region,
        forecast_type,
        lag,
        list(distinct forecast_status) as statuses
    from sums_by_status
    group by all
);

-- Sums by period and by which statuses count: what is present alone, with what was carried, with what is missing as zero;
-- of a series in which nothing was carried or is missing, the first alone. What is late counts never, and neither does a
-- period that is not over.
create or replace temp table sums as
with counted as (
    select
        series_id,
        period_start,
        period_end,
        is_period_complete,
        basis,
        is_period_complete and (forecast_status = 'present' or forecast_status is not distinct from counts) as is_counted,
        sums_by_status.* exclude (period_start, period_end, is_period_complete)
    from sums_by_status
    inner join rate_series
        on
            rate_series.level = sums_by_status.level
            and rate_series.product_id is not distinct from sums_by_status.product_id
            and rate_series.product_family is not distinct from sums_by_status.product_family
            and rate_series.category is not distinct from sums_by_status.category
            and rate_series.location_id is not distinct from sums_by_status.location_id
            and rate_series.market_region is not distinct from sums_by_status.market_region
            and rate_series.forecast_type = sums_by_status.forecast_type
            and rate_series.lag = sums_by_status.lag
    inner join (
        from (values ('present', null), ('with_carried', 'carried'), ('missing_as_zero', 'missing')) as bases (basis, counts)
    ) on counts is null or list_contains(statuses, counts)
),

summed as (
    select
        series_id,
        basis,
        period_start,
        period_end,
        is_period_complete,
        min(first_unit) as unit,
        any_value(level) <> 'product' and (sum(n_no_path) > 0 or min(first_unit) <> max(last_unit)) as has_mixed_units,
        sum(n_periods) as n_periods,
        coalesce(sum(n_periods) filter (where forecast_status = 'present'), 0) as n_present,
        coalesce(sum(n_periods) filter (where forecast_status = 'carried'), 0) as n_carried,
        coalesce(sum(n_periods) filter (where forecast_status = 'late'), 0) as n_late,
        coalesce(sum(n_periods) filter (where forecast_status = 'missing'), 0) as n_missing,
        sum(n_zero_actual) as n_zero_actual,
        coalesce(sum(n_periods - n_quantity) filter (where forecast_status = 'present'), 0) as n_without_quantity,
        coalesce(sum(n_periods - n_amount) filter (where forecast_status = 'present'), 0) as n_without_amount,
        coalesce(sum(n_quantity) filter (where is_counted), 0) as n_quantity,
        coalesce(sum(forecast) filter (where is_counted), 0) as forecast,
        coalesce(sum(actual) filter (where is_counted), 0) as actual,
        coalesce(sum(abs_error) filter (where is_counted), 0) as abs_error,
        coalesce(sum(abs_actual) filter (where is_counted), 0) as abs_actual,
        coalesce(sum(mape_n) filter (where is_counted), 0) as mape_n,
        coalesce(sum(ape) filter (where is_counted), 0) as ape,
        coalesce(sum(smape_term) filter (where is_counted), 0) as smape_term,
        coalesce(sum(mase_n) filter (where is_counted), 0) as mase_n,
        coalesce(sum(scale) filter (where is_counted), 0) as scale,
        coalesce(sum(scaled_error) filter (where is_counted), 0) as scaled_error,
        coalesce(sum(squared_scale) filter (where is_counted), 0) as squared_scale,
        coalesce(sum(scaled_squared_error) filter (where is_counted), 0) as scaled_squared_error,
        coalesce(sum(wrmsse_n) filter (where is_counted), 0) as wrmsse_n,
        coalesce(sum(weight) filter (where is_counted), 0) as weight,
        coalesce(sum(weighted_scaled_error) filter (where is_counted), 0) as weighted_scaled_error,
        coalesce(sum(n_with_quantiles) filter (where is_counted), 0) as n_with_quantiles,
        coalesce(sum(p10_loss) filter (where is_counted), 0) as p10_loss,
        coalesce(sum(p50_loss) filter (where is_counted), 0) as p50_loss,
        coalesce(sum(p90_loss) filter (where is_counted), 0) as p90_loss,
        coalesce(sum(n_in_interval) filter (where is_counted), 0) as n_in_interval,
        coalesce(sum(n_amount) filter (where is_counted), 0) as n_amount,
        coalesce(sum(amount_forecast) filter (where is_counted), 0) as amount_forecast,
        coalesce(sum(amount_actual) filter (where is_counted), 0) as amount_actual,
        coalesce(sum(amount_abs_error) filter (where is_counted), 0) as amount_abs_error,
        coalesce(sum(amount_abs_actual) filter (where is_counted), 0) as amount_abs_actual,
        coalesce(sum(amount_mase_n) filter (where is_counted), 0) as amount_mase_n,
        coalesce(sum(amount_scale) filter (where is_counted), 0) as amount_scale,
        coalesce(sum(amount_scaled_error) filter (where is_counted), 0) as amount_scaled_error,
        coalesce(sum(amount_squared_scale) filter (where is_counted), 0) as amount_squared_scale,
        coalesce(sum(amount_scaled_squared_error) filter (where is_counted), 0) as amount_scaled_squared_error
    from counted
    group by series_id, basis, period_start, period_end, is_period_complete
)

-- The error of the level itself: what is over in one row is set off against what is under in another.
select
    * exclude (unit, has_mixed_units),
    1 as window_periods,
    if(has_mixed_units, null, unit) as unit,
    1 as n_window_periods,
    has_mixed_units::integer as n_mixed_periods,
    (n_quantity > 0)::integer as n_quantity_periods,
    abs(forecast - actual)::decimal(18, 4) as own_error,
    own_error::double * own_error as own_squared_error,
    (n_amount > 0)::integer as n_amount_periods,
    abs(amount_forecast - amount_actual)::decimal(18, 4) as amount_own_error,
    amount_own_error::double * amount_own_error as amount_own_squared_error
from summed;

-- The rates over a table of such sums. What is divided by nothing is NULL.
create or replace temp macro rates_of(sums_name) as table
with addable as (
    select *, n_mixed_periods = 0 and unit is not null as is_addable
    from query_table(sums_name)
),

divided as (
    select
        *,
        if(is_addable, nullif(abs_actual, 0), null)::double as actual_divisor,
        if(is_addable, nullif(n_quantity_periods, 0), null)::double as period_divisor,
        if(is_addable, nullif(scale, 0), null)::double as scale_divisor,
        if(is_addable, nullif(squared_scale, 0), null)::double as squared_scale_divisor,
        if(is_addable, nullif(n_with_quantiles, 0), null) as quantile_divisor,
        nullif(amount_abs_actual, 0)::double as amount_actual_divisor,
        nullif(n_amount_periods, 0)::double as amount_period_divisor,
        nullif(amount_scale, 0)::double as amount_scale_divisor
    from addable
)

select
    series_id,
    basis,
    period_start,
    window_periods,
    period_end,
    n_window_periods,
    is_period_complete,
    n_periods,
    n_present,
    n_carried,
    n_late,
    n_missing,
    n_zero_actual,
    n_without_quantity,
    n_without_amount,
    if(is_addable, unit, null) as quantity_unit,
    not is_addable as has_mixed_units,
    if(is_addable and n_quantity > 0, forecast, null)::decimal(18, 4) as forecast_quantity,
    if(is_addable and n_quantity > 0, actual, null)::decimal(18, 4) as actual_quantity,
    forecast_quantity - actual_quantity as error_quantity,
    if(is_addable and n_quantity > 0, abs_error, null)::decimal(18, 4) as abs_error_quantity,
    if(is_addable and n_quantity > 0, abs_actual, null)::decimal(18, 4) as abs_actual_quantity,
    abs_error::double / actual_divisor as wape,
    own_error::double / actual_divisor as wape_at_level,
    greatest(abs_actual - abs_error, 0)::double / actual_divisor as accuracy_rate,
    if(actual_divisor is null, null, abs_error > abs_actual) as is_floored,
    (forecast - actual)::double / actual_divisor as bias_rate,
    ape::double / nullif(mape_n, 0) as mape,
    mape_n,
    smape_term::double / nullif(n_quantity, 0) as smape,
    own_error::double / period_divisor as mae,
    sqrt(own_squared_error::double / period_divisor) as rmse,
    scaled_error::double / scale_divisor as mase,
    mase_n,
    sqrt(scaled_squared_error::double / squared_scale_divisor) as rmsse,
    weighted_scaled_error::double / nullif(weight, 0)::double as wrmsse,
    wrmsse_n,
    n_with_quantiles,
    p10_loss::double / quantile_divisor as p10_loss,
    p50_loss::double / quantile_divisor as p50_loss,
    p90_loss::double / quantile_divisor as p90_loss,
    n_in_interval::double / nullif(n_with_quantiles, 0) as interval_coverage_rate,
    if(n_amount > 0, amount_forecast, null)::decimal(18, 4) as forecast_amount,
    if(n_amount > 0, amount_actual, null)::decimal(18, 4) as actual_amount,
    forecast_amount - actual_amount as error_amount,
    if(n_amount > 0, amount_abs_error, null)::decimal(18, 4) as abs_error_amount,
    if(n_amount > 0, amount_abs_actual, null)::decimal(18, 4) as abs_actual_amount,
    amount_abs_error::double / amount_actual_divisor as amount_wape,
    amount_own_error::double / amount_actual_divisor as amount_wape_at_level,
    greatest(amount_abs_actual - amount_abs_error, 0)::double / amount_actual_divisor as amount_accuracy_rate,
    if(amount_actual_divisor is null, null, amount_abs_error > amount_abs_actual) as is_amount_floored,
    (amount_forecast - amount_actual)::double / amount_actual_divisor as amount_bias_rate,
    amount_own_error::double / amount_period_divisor as amount_mae,
    sqrt(amount_own_squared_error::double / amount_period_divisor) as amount_rmse,
    amount_scaled_error::double / amount_scale_divisor as amount_mase,
    amount_mase_n,
    sqrt(amount_scaled_squared_error::double / nullif(amount_squared_scale, 0)::double) as amount_rmsse
from divided;

-- The rates of what is present, and beside them those with what was carried and with what is missing as zero.
create or replace temp macro compared_rates(sums_name) as table
with rates as materialized (
    from rates_of(sums_name)
),

carried as (
    from rates where basis = 'with_carried' and n_carried > 0
),

as_zero as (
    from rates where basis = 'missing_as_zero' and n_missing > 0
)

select
    level,
    level_id,
    forecast_type,
    lag,
    'month' as period_kind,
    present.period_start,
    present.window_periods,
    present.period_end,
    present.is_period_complete,
    present.n_window_periods,
    coalesce(product_id, '(all)') as product_id,
    coalesce(product_family, '(all)') as product_family,
    coalesce(category, '(all)') as category,
    coalesce(location_id, '(all)') as location_id,
    coalesce(market_region, '(all)') as market_region,
    present.n_periods,
    present.n_present,
    present.n_carried,
    present.n_late,
    present.n_missing,
    present.n_zero_actual,
    present.n_without_quantity,
    present.n_without_amount,
    present.quantity_unit,
    present.has_mixed_units,
    present.forecast_quantity,
    present.actual_quantity,
    present.error_quantity,
    present.abs_error_quantity,
    present.abs_actual_quantity,
    present.wape,
    present.wape_at_level,
    present.accuracy_rate,
    present.is_floored,
    present.bias_rate,
    present.mape,
    present.mape_n,
    present.smape,
    present.mae,
    present.rmse,
    present.mase,
    present.mase_n,
    present.rmsse,
    present.wrmsse,
    present.wrmsse_n,
    present.n_with_quantiles,
    present.p10_loss,
    present.p50_loss,
    present.p90_loss,
    present.interval_coverage_rate,
    getvariable('reporting_currency') as currency,
    present.forecast_amount,
    present.actual_amount,
    present.error_amount,
    present.abs_error_amount,
    present.abs_actual_amount,
    present.amount_wape,
    present.amount_wape_at_level,
    present.amount_accuracy_rate,
    present.is_amount_floored,
    present.amount_bias_rate,
    present.amount_mae,
    present.amount_rmse,
    present.amount_mase,
    present.amount_mase_n,
    present.amount_rmsse,
    coalesce(carried.wape, present.wape) as wape_with_carried,
    coalesce(carried.wape_at_level, present.wape_at_level) as wape_at_level_with_carried,
    coalesce(carried.accuracy_rate, present.accuracy_rate) as accuracy_rate_with_carried,
    coalesce(carried.bias_rate, present.bias_rate) as bias_rate_with_carried,
    coalesce(carried.mape, present.mape) as mape_with_carried,
    coalesce(carried.mape_n, present.mape_n) as mape_n_with_carried,
    coalesce(carried.smape, present.smape) as smape_with_carried,
    coalesce(carried.mase, present.mase) as mase_with_carried,
    coalesce(carried.rmsse, present.rmsse) as rmsse_with_carried,
    coalesce(carried.wrmsse, present.wrmsse) as wrmsse_with_carried,
    coalesce(carried.amount_wape, present.amount_wape) as amount_wape_with_carried,
    coalesce(carried.amount_wape_at_level, present.amount_wape_at_level) as amount_wape_at_level_with_carried,
    coalesce(carried.amount_accuracy_rate, present.amount_accuracy_rate) as amount_accuracy_rate_with_carried,
    coalesce(carried.amount_bias_rate, present.amount_bias_rate) as amount_bias_rate_with_carried,
    coalesce(carried.amount_mase, present.amount_mase) as amount_mase_with_carried,
    coalesce(carried.amount_rmsse, present.amount_rmsse) as amount_rmsse_with_carried,
    coalesce(as_zero.wape, present.wape) as wape_missing_as_zero,
    coalesce(as_zero.wape_at_level, present.wape_at_level) as wape_at_level_missing_as_zero,
    coalesce(as_zero.accuracy_rate, present.accuracy_rate) as accuracy_rate_missing_as_zero,
    coalesce(as_zero.bias_rate, present.bias_rate) as bias_rate_missing_as_zero,
    coalesce(as_zero.mape, present.mape) as mape_missing_as_zero,
    coalesce(as_zero.mape_n, present.mape_n) as mape_n_missing_as_zero,
    coalesce(as_zero.smape, present.smape) as smape_missing_as_zero,
    coalesce(as_zero.mase, present.mase) as mase_missing_as_zero,
    coalesce(as_zero.rmsse, present.rmsse) as rmsse_missing_as_zero,
    coalesce(as_zero.wrmsse, present.wrmsse) as wrmsse_missing_as_zero,
    coalesce(as_zero.amount_wape, present.amount_wape) as amount_wape_missing_as_zero,
    coalesce(as_zero.amount_wape_at_level, present.amount_wape_at_level) as amount_wape_at_level_missing_as_zero,
    coalesce(as_zero.amount_accuracy_rate, present.amount_accuracy_rate) as amount_accuracy_rate_missing_as_zero,
    coalesce(as_zero.amount_bias_rate, present.amount_bias_rate) as amount_bias_rate_missing_as_zero,
    coalesce(as_zero.amount_mase, present.amount_mase) as amount_mase_missing_as_zero,
    coalesce(as_zero.amount_rmsse, present.amount_rmsse) as amount_rmsse_missing_as_zero
from rates as present
inner join rate_series using (series_id)
left join carried
    on
        carried.series_id = present.series_id
        and carried.period_start = present.period_start
        and carried.window_periods = present.window_periods
left join as_zero
    on
        as_zero.series_id = present.series_id
        and as_zero.period_start = present.period_start
        and as_zero.window_periods = present.window_periods
where present.basis = 'present';
