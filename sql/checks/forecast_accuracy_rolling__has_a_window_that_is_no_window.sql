-- Every length of window that is asked for and is no window, since it is shorter than two periods.
with

asked_for as (
    select * from settings.forecast_rolling_windows
),

-- Reading the mart is what ties this query to it.
shown as (
    select distinct window_periods from marts.forecast_accuracy_rolling
),

too_short as (
    select
        asked_for.position,
        asked_for.window_periods
    from asked_for
    left join shown on asked_for.window_periods = shown.window_periods
    where asked_for.window_periods < 2
)

select * from too_short
