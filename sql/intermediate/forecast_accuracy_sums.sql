-- One row per level, its member, forecast type, lag, period and basis of counting: the sums that rates are made of.
with

by_status as (
    select * from intermediate.forecast_accuracy_by_status
),

bases as (
    select * from intermediate.forecast_accuracy_bases
),

periods as (
    select * from intermediate.periods
),

-- What is late counts on no basis, and neither does a period that is not over.
with_bases as (
    select
        by_status.*,
        bases.basis,
        periods.period_index,
        periods.period_end,
        periods.is_period_complete,
        periods.is_period_complete
        and (
            by_status.forecast_status = 'present'
            or (by_status.forecast_status = 'carried' and bases.basis = 'with_carried')
            or (by_status.forecast_status = 'missing' and bases.basis = 'missing_as_zero')
        ) as is_counted
    from by_status
    inner join bases
        on
            by_status.level = bases.level
            and by_status.level_id = bases.level_id
            and by_status.forecast_type = bases.forecast_type
            and by_status.lag = bases.lag
            and by_status.period_kind = bases.period_kind
    inner join periods
        on
            by_status.period_kind = periods.period_kind
            and by_status.period_start = periods.period_start
),

summed as (
    select
        level,
        level_id,
        forecast_type,
        lag,
        basis,
        period_kind,
        period_start,
        period_end,
        period_index,
        is_period_complete,
        sum(n_periods) as n_periods,
        sum(case when forecast_status = 'present' then n_periods else 0 end) as n_present,
        sum(case when forecast_status = 'carried' then n_periods else 0 end) as n_carried,
        sum(case when forecast_status = 'late' then n_periods else 0 end) as n_late,
        sum(case when forecast_status = 'missing' then n_periods else 0 end) as n_missing,
        sum(n_zero_actual) as n_zero_actual,
        sum(n_no_path) as n_no_path,
        sum(case when forecast_status = 'present' then n_periods - n_quantity else 0 end) as n_without_quantity,
        sum(case when forecast_status = 'present' then n_periods - n_amount else 0 end) as n_without_amount,
        min(first_unit) as first_unit,
        max(last_unit) as last_unit,
        sum(case when is_counted then n_quantity else 0 end) as n_quantity,
        sum(forecast_quantity) filter (where is_counted) as forecast_quantity,
        sum(actual_quantity) filter (where is_counted) as actual_quantity,
        sum(abs_error_quantity) filter (where is_counted) as abs_error_quantity,
        sum(abs_actual_quantity) filter (where is_counted) as abs_actual_quantity,
        sum(case when is_counted then mape_n else 0 end) as mape_n,
        sum(ape) filter (where is_counted) as ape,
        sum(smape_term) filter (where is_counted) as smape_term,
        sum(case when is_counted then mase_n else 0 end) as mase_n,
        sum(scale_quantity) filter (where is_counted) as scale_quantity,
        sum(scaled_error_quantity) filter (where is_counted) as scaled_error_quantity,
        sum(case when is_counted then n_amount else 0 end) as n_amount,
        sum(forecast_amount) filter (where is_counted) as forecast_amount,
        sum(actual_amount) filter (where is_counted) as actual_amount,
        sum(abs_error_amount) filter (where is_counted) as abs_error_amount,
        sum(abs_actual_amount) filter (where is_counted) as abs_actual_amount,
        sum(case when is_counted then amount_mape_n else 0 end) as amount_mape_n,
        sum(amount_ape) filter (where is_counted) as amount_ape,
        sum(amount_smape_term) filter (where is_counted) as amount_smape_term,
        sum(case when is_counted then amount_mase_n else 0 end) as amount_mase_n,
        sum(scale_amount) filter (where is_counted) as scale_amount,
        sum(scaled_error_amount) filter (where is_counted) as scaled_error_amount
    from with_bases
    group by all
),

-- The error of the level itself: what is over in one row is set off against what is under in another.
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
        * cast(forecast_amount - actual_amount as decimal(18, 4)) as own_squared_error_amount
    from summed
)

select * from with_own_errors
