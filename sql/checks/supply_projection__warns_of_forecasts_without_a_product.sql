-- Every family whose forecasts of the chosen type name no product, so that supply_projection can say nothing of them.
with

forecasts as (
    select * from staging.forecasts
),

left_out as (
    select
        forecast_type,
        product_family,
        count(*) as forecast_count,
        max(snapshot_date) as last_snapshot_date
    from forecasts
    where
        forecast_type = $supply_forecast_type
        and product_id = '(all)'
        and status = 'approved'
        and period_end > $as_of + interval '1 day'
    group by forecast_type, product_family
)

select * from left_out
