-- One row per key and period of a forecast snapshot of an extract that has the entity's own columns.
with

landed as (
    select * from landing.forecasts
),

renamed as (
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
        period_end,
        quantity,
        p10,
        p50,
        p90,
        amount,
        currency,
        approved_at,
        known_at,
        status
    from landed
)

select * from renamed
