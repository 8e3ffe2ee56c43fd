-- One row per level, its member, lag, period and step: how much better the step made the forecast.
with

quantities as (
    select * from intermediate.value_added_rates where measure = 'quantity'
),

amounts as (
    select * from intermediate.value_added_rates where measure = 'amount'
),

projected as (
    select
        quantities.level,
        quantities.level_id,
        quantities.lag,
        quantities.period_kind,
        quantities.period_start,
        quantities.step,
        quantities.step_number,
        quantities.period_end,
        quantities.is_period_complete,
        quantities.product_id,
        quantities.product_family,
        quantities.category,
        quantities.location_id,
        quantities.market_region,
        quantities.compared_grain,
        quantities.n_steps,
        quantities.previous_step,
        quantities.n_items,
        quantities.n_compared,
        quantities.n_items - quantities.n_compared as n_left_out,
        quantities.n_present,
        quantities.n_carried,
        quantities.n_late,
        quantities.n_missing,
        quantities.n_partly_missing,
        quantities.n_not_valued as n_without_quantity,
        case when not quantities.has_mixed_units then quantities.unit end as quantity_unit,
        quantities.has_mixed_units,
        cast(case when not quantities.has_mixed_units then quantities.forecast end as decimal(18, 4))
            as forecast_quantity,
        cast(case when not quantities.has_mixed_units then quantities.actual end as decimal(18, 4)) as actual_quantity,
        cast(
            case when not quantities.has_mixed_units then quantities.forecast - quantities.actual end as decimal(18, 4)
        ) as error_quantity,
        cast(case when not quantities.has_mixed_units then quantities.abs_error end as decimal(18, 4))
            as abs_error_quantity,
        cast(case when not quantities.has_mixed_units then quantities.abs_actual end as decimal(18, 4))
            as abs_actual_quantity,
        quantities.wape,
        quantities.previous_wape - quantities.wape as fva_points,
        quantities.naive_wape - quantities.wape as fva_points_against_naive,
        cast($value_added_window as bigint) as value_added_window,
        quantities.n_window_items,
        quantities.n_items_beating_naive,
        quantities.beating_naive_rate,
        $tracking_start as tracking_start,
        quantities.n_tracked_periods,
        cast(quantities.running_error as decimal(18, 4)) as running_sum_of_forecast_errors,
        quantities.running_mean_abs_error,
        quantities.tracking_signal,
        $tracking_signal_limit as tracking_signal_limit,
        coalesce(abs(quantities.tracking_signal) > $tracking_signal_limit, false) as is_beyond_tracking_signal_limit,
        quantities.bias_direction,
        quantities.bias_streak_periods,
        $reporting_currency as currency,
        amounts.n_steps as amount_n_steps,
        amounts.previous_step as amount_previous_step,
        amounts.n_compared as amount_n_compared,
        amounts.n_not_valued as n_without_amount,
        cast(amounts.forecast as decimal(18, 4)) as forecast_amount,
        cast(amounts.actual as decimal(18, 4)) as actual_amount,
        cast(amounts.forecast - amounts.actual as decimal(18, 4)) as error_amount,
        cast(amounts.abs_error as decimal(18, 4)) as abs_error_amount,
        cast(amounts.abs_actual as decimal(18, 4)) as abs_actual_amount,
        amounts.wape as amount_wape,
        amounts.previous_wape - amounts.wape as amount_fva_points,
        amounts.naive_wape - amounts.wape as amount_fva_points_against_naive,
        amounts.n_window_items as amount_n_window_items,
        amounts.beating_naive_rate as amount_beating_naive_rate,
        amounts.tracking_signal as amount_tracking_signal,
        coalesce(abs(amounts.tracking_signal) > $tracking_signal_limit, false)
            as is_amount_beyond_tracking_signal_limit,
        amounts.bias_direction as amount_bias_direction,
        amounts.bias_streak_periods as amount_bias_streak_periods
    from quantities
    inner join amounts
        on
            quantities.level = amounts.level
            and quantities.level_id = amounts.level_id
            and quantities.lag = amounts.lag
            and quantities.period_kind = amounts.period_kind
            and quantities.period_start = amounts.period_start
            and quantities.step = amounts.step
)

select * from projected
