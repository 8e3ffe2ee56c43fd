-- Every family that is forecast by the type of excess_forecast_type as a whole: stock of its products is held against usage.
with

forecast_keys as (
    select * from intermediate.forecast_keys
),

without_product as (
    select distinct
        forecast_type,
        product_family,
        location_id
    from forecast_keys
    where
        forecast_type = $excess_forecast_type
        and named_product_id = '(all)'
)

select * from without_product
