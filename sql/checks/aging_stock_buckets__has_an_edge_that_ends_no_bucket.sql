-- Rows of the setting aging_buckets that end no bucket: without days, below 0, or there twice.
with

edges as (
    select
        to_days,
        count(*) as row_count
    from settings.aging_buckets
    group by to_days
),

wrong as (
    select
        to_days,
        row_count
    from edges
    where
        to_days is null
        or to_days < 0
        or row_count > 1
)

select * from wrong
