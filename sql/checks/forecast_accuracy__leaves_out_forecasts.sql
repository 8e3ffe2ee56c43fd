-- Every approved forecast whose bucket of time has no days, or some that are not believed, so that no period can take it.
with

forecasts as (
    select * from staging.forecasts
),

left_out as (
    select
        source_system,
        snapshot_date,
        forecast_type,
        version,
        product_id,
        product_family,
        location_id,
        customer_group,
        salesperson_id,
        period_start,
        period_end,
        quantity
    from forecasts
    where
        status = 'approved'
        and quantity is not null
        and (
            period_end <= period_start
            or period_start < $calendar_first_date
            or period_end > $calendar_last_date + 1
        )
)

select * from left_out
