-- Every forecast whose days are forecast once more by another one that counts, so that they count twice.
with

forecasts as (
    select * from intermediate.supply_forecasts
),

followed as (
    select
        product_id,
        location_id,
        bucket_start,
        bucket_end,
        snapshot_date,
        quantity,
        lead(bucket_start) over (partition by key_id order by bucket_start asc) as next_bucket_start,
        lead(snapshot_date) over (partition by key_id order by bucket_start asc) as next_snapshot_date
    from forecasts
),

overlapping as (
    select * from followed
    where bucket_end > next_bucket_start
)

select * from overlapping
