-- Every forecast type that is named like one of those that are made of actuals: both would stand in the same rows.
with

forecasts as (
    select * from staging.forecasts
),

named_alike as (
    select
        forecast_type,
        count(*) as number_of_rows
    from forecasts
    where forecast_type in ('naive', 'seasonal_naive')
    group by forecast_type
)

select * from named_alike
