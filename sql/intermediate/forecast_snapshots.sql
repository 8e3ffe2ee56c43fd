-- One row per snapshot date, version and known time of approved forecasts, numbered from the oldest to the newest.
with

forecasts as (
    select * from staging.forecasts
),

snapshots as (
    select distinct
        snapshot_date,
        version,
        known_at
    from forecasts
    where status = 'approved'
),

numbered as (
    select
        snapshot_date,
        version,
        known_at,
        row_number() over (order by snapshot_date asc, version asc, known_at asc) as snapshot_number
    from snapshots
)

select * from numbered
