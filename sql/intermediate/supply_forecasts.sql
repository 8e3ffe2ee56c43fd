-- One row per what `$supply_forecast_type` forecasts and bucket of time: the last forecast approved by `$as_of`.
with

last_forecasts as (
    select * from intermediate.last_forecasts
),

chosen as (
    select * from last_forecasts
    where forecast_type = $supply_forecast_type
)

select * from chosen
