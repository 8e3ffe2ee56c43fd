-- One row per series of rates, basis and period: the sums that rates are made of.
with

by_status as (
    select * from intermediate.forecast_accuracy_by_status
),

series as (
    select * from intermediate.forecast_accuracy_series
),

periods as (
    select * from intermediate.periods
),

-- What is late counts on no basis, and neither does a period that is not over.
with_bases as (
    select
        by_status.*,
        series.series_number,
        series.basis,
        periods.period_index,
        periods.period_end,
        periods.is_period_complete,
        periods.is_period_complete
        and (
            by_status.forecast_status = 'present'
            or (by_status.forecast_status = 'carried' and series.basis = 'with_carried')
            or (by_status.forecast_status = 'missing' and series.basis = 'missing_as_zero')
        ) as is_counted
    from by_status
    inner join series
        on
            by_status.level = series.level
            and by_status.level_id = series.level_id
            and by_status.forecast_type = series.forecast_type
            and by_status.lag = series.lag
            and by_status.period_kind = series.period_kind
    inner join periods
        on
            by_status.period_kind = periods.period_kind
            and by_status.period_start = periods.period_start
),

summed as (
    select
        series_number,
        basis,
        period_index,
        period_start,
        period_end,
        is_period_complete,
        min(first_unit) as first_unit,
        min(level) <> 'product' and (sum(n_no_path) > 0 or min(first_unit) <> max(last_unit)) as is_mixed,
        sum(n_periods) as n_periods,
        sum(case when forecast_status = 'present' then n_periods else 0 end) as n_present,
        sum(case when forecast_status = 'carried' then n_periods else 0 end) as n_carried,
        sum(case when forecast_status = 'late' then n_periods else 0 end) as n_late,
        sum(case when forecast_status = 'missing' then n_periods else 0 end) as n_missing,
        sum(n_zero_actual) as n_zero_actual,
        sum(case when forecast_status = 'present' then n_periods - n_quantity else 0 end) as n_without_quantity,
        sum(case when forecast_status = 'present' then n_periods - n_amount else 0 end) as n_without_amount,
        sum(case when is_counted then n_quantity else 0 end) as n_quantity,
        sum(case when is_counted then forecast_quantity else 0 end) as forecast_quantity,
        sum(case when is_counted then actual_quantity else 0 end) as actual_quantity,
        sum(case when is_counted then abs_error_quantity else 0 end) as abs_error_quantity,
        sum(case when is_counted then abs_actual_quantity else 0 end) as abs_actual_quantity,
        sum(case when is_counted then mape_n else 0 end) as mape_n,
        sum(case when is_counted then ape else 0 end) as ape,
        sum(case when is_counted then smape_term else 0 end) as smape_term,
        sum(case when is_counted then mase_n else 0 end) as mase_n,
        sum(case when is_counted then scale_quantity else 0 end) as scale_quantity,
        sum(case when is_counted then scaled_error_quantity else 0 end) as scaled_error_quantity,
        sum(case when is_counted then scaled_squared_error_quantity else 0 end) as scaled_squared_error_quantity,
        sum(case when is_counted then squared_scale_quantity else 0 end) as squared_scale_quantity,
        sum(case when is_counted then wrmsse_n else 0 end) as wrmsse_n,
        sum(case when is_counted then weighted_scaled_error else 0 end) as weighted_scaled_error,
        sum(case when is_counted then weight_amount else 0 end) as weight_amount,
        sum(case when is_counted then n_with_quantiles else 0 end) as n_with_quantiles,
        sum(case when is_counted then p10_loss else 0 end) as p10_loss,
        sum(case when is_counted then p50_loss else 0 end) as p50_loss,
        sum(case when is_counted then p90_loss else 0 end) as p90_loss,
        sum(case when is_counted then n_in_interval else 0 end) as n_in_interval,
        sum(case when is_counted then n_amount else 0 end) as n_amount,
        sum(case when is_counted then forecast_amount else 0 end) as forecast_amount,
        sum(case when is_counted then actual_amount else 0 end) as actual_amount,
        sum(case when is_counted then abs_error_amount else 0 end) as abs_error_amount,
        sum(case when is_counted then abs_actual_amount else 0 end) as abs_actual_amount,
        sum(case when is_counted then amount_mase_n else 0 end) as amount_mase_n,
        sum(case when is_counted then scale_amount else 0 end) as scale_amount,
        sum(case when is_counted then scaled_error_amount else 0 end) as scaled_error_amount,
        sum(case when is_counted then scaled_squared_error_amount else 0 end) as scaled_squared_error_amount,
        sum(case when is_counted then squared_scale_amount else 0 end) as squared_scale_amount
    from with_bases
    group by series_number, basis, period_index, period_start, period_end, is_period_complete
),

-- The error of the level itself: what is over in one row is set off against what is under in another. Quantities in
-- several units, or of a product without a path to its planning unit, are no quantity together.
with_own_errors as (
    select
        *,
        case when n_quantity > 0 then 1 else 0 end as n_quantity_periods,
        abs(forecast_quantity - actual_quantity) as own_error_quantity,
        cast(forecast_quantity - actual_quantity as decimal(18, 4))
        * cast(forecast_quantity - actual_quantity as decimal(18, 4)) as own_squared_error_quantity,
        case when n_amount > 0 then 1 else 0 end as n_amount_periods,
        abs(forecast_amount - actual_amount) as own_error_amount,
        cast(forecast_amount - actual_amount as decimal(18, 4))
        * cast(forecast_amount - actual_amount as decimal(18, 4)) as own_squared_error_amount,
        1 as window_periods,
        1 as n_window_periods,
        case when is_mixed then 1 else 0 end as n_mixed_periods,
        case when not is_mixed then first_unit end as quantity_unit,
        true as has_one_unit
    from summed
)

select * from with_own_errors
