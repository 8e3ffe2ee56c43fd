-- One row per approved forecast of a quantity.
with

forecasts as (
    select * from staging.forecasts
),

forecast_keys as (
    select * from intermediate.forecast_keys
),

forecast_snapshots as (
    select * from intermediate.forecast_snapshots
),

approved as (
    select
        *,
        case when product_id = '(all)' then product_family else '(all)' end as named_family
    from forecasts
    where
        status = 'approved'
        and quantity is not null
),

-- An approval without a time was there when the forecast became known.
numbered as (
    select
        forecast_keys.key_id,
        forecast_keys.calendar_id,
        approved.period_start as bucket_start,
        approved.period_end as bucket_end,
        approved.snapshot_date,
        forecast_snapshots.snapshot_number,
        cast(
            greatest(approved.known_at, coalesce(approved.approved_at, approved.known_at)) at time zone $time_zone as date
        ) as approved_and_known_date,
        approved.quantity,
        approved.p10,
        approved.p50,
        approved.p90
    from approved
    inner join forecast_keys
        on
            approved.forecast_type = forecast_keys.forecast_type
            and approved.product_id = forecast_keys.named_product_id
            and approved.named_family = forecast_keys.named_family
            and approved.location_id = forecast_keys.named_location_id
            and approved.customer_group = forecast_keys.named_customer_group
            and approved.salesperson_id = forecast_keys.salesperson_id
    inner join forecast_snapshots
        on
            approved.snapshot_date = forecast_snapshots.snapshot_date
            and approved.version = forecast_snapshots.version
            and approved.known_at = forecast_snapshots.known_at
)

select * from numbered
