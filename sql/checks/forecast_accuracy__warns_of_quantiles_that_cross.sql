-- Every approved forecast whose p10 is above its p50, or whose p50 is above its p90: one of them is no such quantile.
with

forecasts as (
    select * from staging.forecasts
),

crossing as (
    select
        snapshot_date,
        forecast_type,
        version,
        product_id,
        product_family,
        location_id,
        customer_group,
        salesperson_id,
        period_start,
        p10,
        p50,
        p90
    from forecasts
    where
        status = 'approved'
        and (p10 > p50 or p50 > p90 or p10 > p90)
)

select * from crossing
