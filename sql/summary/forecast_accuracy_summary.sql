-- The families whose forecasts missed most in one direction, and who made them.
with

rolling as (
    select * from marts.forecast_accuracy_rolling
),

-- The longest windows, the months and the shortest lag say most in the fewest lines.
narrowed as (
    select
        max(window_periods) as window_periods,
        min(lag) as lag,
        max(period_start) as period_start
    from rolling
    where period_kind = 'month'
),

-- What is made from actuals alone is nobody's forecast.
families as (
    select
        rolling.product_family,
        rolling.forecast_type,
        rolling.lag,
        rolling.window_periods,
        rolling.period_end,
        coalesce(rolling.bias_rate, rolling.amount_bias_rate) as bias_rate,
        coalesce(rolling.accuracy_rate, rolling.amount_accuracy_rate) as accuracy_rate,
        rolling.error_amount,
        rolling.currency
    from rolling
    inner join narrowed
        on
            rolling.window_periods = narrowed.window_periods
            and rolling.lag = narrowed.lag
            and rolling.period_start = narrowed.period_start
    where
        rolling.period_kind = 'month'
        and rolling.level = 'family'
        and rolling.forecast_type not in ('naive', 'seasonal_naive')
),

ranked as (
    select
        *,
        row_number() over (
            order by abs(bias_rate) desc nulls last, product_family asc, forecast_type asc
        ) as place
    from families
    where bias_rate is not null
),

worst as (
    select
        product_family,
        forecast_type,
        round(bias_rate, 3) as bias_rate,
        round(accuracy_rate, 3) as accuracy_rate,
        error_amount,
        currency,
        lag,
        window_periods,
        period_end
    from ranked
    where place <= 5
)

select * from worst
order by abs(bias_rate) desc, product_family asc, forecast_type asc
