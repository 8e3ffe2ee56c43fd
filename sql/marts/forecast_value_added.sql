-- One row per level, its member, lag, period and step: how much better the step made the forecast.
with

members as (
    select
        member_number, level, level_id, lag, period_kind, compared_grain,
        product_id, product_family, category, location_id, market_region
    from intermediate.value_added_members
    group by
        member_number, level, level_id, lag, period_kind, compared_grain,
        product_id, product_family, category, location_id, market_region
),

periods as (
    select * from intermediate.periods
),

quantities as (
    select
        *,
        case when not has_mixed_units then forecast end as forecast_quantity,
        case when not has_mixed_units then actual end as actual_quantity,
        case when not has_mixed_units then abs_error end as abs_error_quantity,
        case when not has_mixed_units then abs_actual end as abs_actual_quantity
    from intermediate.value_added_rates
    where measure = 'quantity'
),

amounts as (
    select * from intermediate.value_added_rates where measure = 'amount'
),

projected as (
    select
        members.level,
        members.level_id,
        members.lag,
        members.period_kind,
        periods.period_start,
        quantities.step,
        quantities.step_number,
        periods.period_end,
        periods.is_period_complete,
        members.product_id, members.product_family, members.category, members.location_id, members.market_region,
        members.compared_grain,
        quantities.n_steps,
        quantities.previous_step,
        quantities.n_items,
        quantities.n_compared,
        quantities.n_items - quantities.n_compared as n_left_out,
        quantities.n_present, quantities.n_carried, quantities.n_late, quantities.n_missing,
        quantities.n_partly_missing,
        quantities.n_not_valued as n_without_quantity,
        case when not quantities.has_mixed_units then quantities.unit end as quantity_unit,
        quantities.has_mixed_units,
        quantities.forecast_quantity,
        quantities.actual_quantity,
        quantities.forecast_quantity - quantities.actual_quantity as error_quantity,
        quantities.abs_error_quantity,
        quantities.abs_actual_quantity,
        quantities.wape,
        quantities.fva_points,
        quantities.fva_points_against_naive,
        cast($value_added_window as bigint) as value_added_window,
        quantities.n_window_items,
        quantities.n_items_beating_naive,
        quantities.beating_naive_rate,
        cast($tracking_start as date) as tracking_start,
        quantities.n_tracked_periods,
        quantities.running_error as running_sum_of_forecast_errors,
        quantities.running_mean_abs_error,
        quantities.tracking_signal,
        cast($tracking_signal_limit as decimal(9, 4)) as tracking_signal_limit,
        coalesce(abs(quantities.tracking_signal) > $tracking_signal_limit, false) as is_beyond_tracking_signal_limit,
        quantities.bias_direction,
        quantities.bias_streak_periods,
        $reporting_currency as currency,
        amounts.n_steps as amount_n_steps,
        amounts.previous_step as amount_previous_step,
        amounts.n_compared as amount_n_compared,
        amounts.n_not_valued as n_without_amount,
        amounts.forecast as forecast_amount,
        amounts.actual as actual_amount,
        amounts.forecast - amounts.actual as error_amount,
        amounts.abs_error as abs_error_amount,
        amounts.abs_actual as abs_actual_amount,
        amounts.wape as amount_wape,
        amounts.fva_points as amount_fva_points,
        amounts.fva_points_against_naive as amount_fva_points_against_naive,
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
            quantities.member_number = amounts.member_number
            and quantities.step_number = amounts.step_number
            and quantities.period_index = amounts.period_index
    inner join members on quantities.member_number = members.member_number
    inner join periods
        on
            members.period_kind = periods.period_kind
            and quantities.period_index = periods.period_index
)

select * from projected
