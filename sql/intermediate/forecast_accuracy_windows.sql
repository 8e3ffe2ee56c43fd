-- One row per series of rates, basis, period, and window of several periods that ends in it: the sums over it.
with

windows as (
    select array_agg(distinct cast(window_periods as bigint)) as lengths
    from settings.forecast_rolling_windows
    where window_periods > 1
),

-- The place is of no use but for the order it brings: a series is summed, and out of memory, when the next one begins.
periods as (
    select
        sums.series_number,
        sums.basis,
        sums.quantity_unit,
        sums.is_period_complete,
        row_number() over (partition by sums.series_number, sums.basis order by sums.period_index) as place,
        named_struct(
            'lengths', windows.lengths, 'period_index', sums.period_index, 'period_start', sums.period_start,
            'period_end', sums.period_end, 'quantity_unit', sums.quantity_unit, 'n_mixed_periods', sums.n_mixed_periods,
            'n_periods', sums.n_periods, 'n_present', sums.n_present, 'n_carried', sums.n_carried,
            'n_late', sums.n_late, 'n_missing', sums.n_missing, 'n_zero_actual', sums.n_zero_actual,
            'n_without_quantity', sums.n_without_quantity, 'n_without_amount', sums.n_without_amount,
            'n_quantity', sums.n_quantity, 'forecast_quantity', sums.forecast_quantity,
            'actual_quantity', sums.actual_quantity, 'abs_error_quantity', sums.abs_error_quantity,
            'abs_actual_quantity', sums.abs_actual_quantity, 'mape_n', sums.mape_n, 'ape', sums.ape,
            'smape_term', sums.smape_term, 'mase_n', sums.mase_n, 'scale_quantity', sums.scale_quantity,
            'scaled_error_quantity', sums.scaled_error_quantity, 'squared_scale_quantity', sums.squared_scale_quantity,
            'scaled_squared_error_quantity', sums.scaled_squared_error_quantity, 'wrmsse_n', sums.wrmsse_n,
            'weight_amount', sums.weight_amount, 'weighted_scaled_error', sums.weighted_scaled_error,
            'n_with_quantiles', sums.n_with_quantiles, 'n_in_interval', sums.n_in_interval, 'p10_loss', sums.p10_loss,
            'p50_loss', sums.p50_loss, 'p90_loss', sums.p90_loss, 'n_amount', sums.n_amount,
            'forecast_amount', sums.forecast_amount, 'actual_amount', sums.actual_amount,
            'abs_error_amount', sums.abs_error_amount, 'abs_actual_amount', sums.abs_actual_amount,
            'amount_mase_n', sums.amount_mase_n, 'scale_amount', sums.scale_amount,
            'scaled_error_amount', sums.scaled_error_amount, 'squared_scale_amount', sums.squared_scale_amount,
            'scaled_squared_error_amount', sums.scaled_squared_error_amount,
            'n_quantity_periods', sums.n_quantity_periods, 'own_error_quantity', sums.own_error_quantity,
            'own_squared_error_quantity', sums.own_squared_error_quantity, 'n_amount_periods', sums.n_amount_periods,
            'own_error_amount', sums.own_error_amount, 'own_squared_error_amount', sums.own_squared_error_amount
        ) as period
    from intermediate.forecast_accuracy_sums as sums
    cross join windows
),

-- A period that is not over is in no window of several. A unit that changes over time leaves no quantities in any. Without
-- its condition the place would be left out of the plan, and the order with it.
rolled as (
    select
        series_number,
        basis,
        min(quantity_unit) = max(quantity_unit) as has_one_unit,
        unnest(rolling_sums(period) filter (where is_period_complete)) as summed
    from periods
    where place > 0
    group by series_number, basis
),

named as (
    select
        series_number,
        basis,
        has_one_unit,
        summed['window_periods'] as window_periods,
        summed['n_window_periods'] as n_window_periods,
        summed['period_index'] as period_index,
        summed['period_start'] as period_start,
        summed['period_end'] as period_end,
        summed['quantity_unit'] as quantity_unit,
        summed['n_mixed_periods'] as n_mixed_periods,
        summed['n_periods'] as n_periods,
        summed['n_present'] as n_present,
        summed['n_carried'] as n_carried,
        summed['n_late'] as n_late,
        summed['n_missing'] as n_missing,
        summed['n_zero_actual'] as n_zero_actual,
        summed['n_without_quantity'] as n_without_quantity,
        summed['n_without_amount'] as n_without_amount,
        summed['n_quantity'] as n_quantity,
        summed['forecast_quantity'] as forecast_quantity,
        summed['actual_quantity'] as actual_quantity,
        summed['abs_error_quantity'] as abs_error_quantity,
        summed['abs_actual_quantity'] as abs_actual_quantity,
        summed['mape_n'] as mape_n,
        summed['ape'] as ape,
        summed['smape_term'] as smape_term,
        summed['mase_n'] as mase_n,
        summed['scale_quantity'] as scale_quantity,
        summed['scaled_error_quantity'] as scaled_error_quantity,
        summed['squared_scale_quantity'] as squared_scale_quantity,
        summed['scaled_squared_error_quantity'] as scaled_squared_error_quantity,
        summed['wrmsse_n'] as wrmsse_n,
        summed['weight_amount'] as weight_amount,
        summed['weighted_scaled_error'] as weighted_scaled_error,
        summed['n_with_quantiles'] as n_with_quantiles,
        summed['n_in_interval'] as n_in_interval,
        summed['p10_loss'] as p10_loss,
        summed['p50_loss'] as p50_loss,
        summed['p90_loss'] as p90_loss,
        summed['n_amount'] as n_amount,
        summed['forecast_amount'] as forecast_amount,
        summed['actual_amount'] as actual_amount,
        summed['abs_error_amount'] as abs_error_amount,
        summed['abs_actual_amount'] as abs_actual_amount,
        summed['amount_mase_n'] as amount_mase_n,
        summed['scale_amount'] as scale_amount,
        summed['scaled_error_amount'] as scaled_error_amount,
        summed['squared_scale_amount'] as squared_scale_amount,
        summed['scaled_squared_error_amount'] as scaled_squared_error_amount,
        summed['n_quantity_periods'] as n_quantity_periods,
        summed['own_error_quantity'] as own_error_quantity,
        summed['own_squared_error_quantity'] as own_squared_error_quantity,
        summed['n_amount_periods'] as n_amount_periods,
        summed['own_error_amount'] as own_error_amount,
        summed['own_squared_error_amount'] as own_squared_error_amount
    from rolled
)

select * from named
