-- Every lag that is asked for and lies after the period that is forecast.
with

lags as (
    select * from settings.forecast_lags
),

below_zero as (
    select
        position,
        lag
    from lags
    where lag < 0
)

select * from below_zero
