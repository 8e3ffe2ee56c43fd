-- One row per location where stock moved or was listed by `$as_of`, with the days from which on its stock is known.
with

movements as (
    select * from staging.stock_movements
),

balances as (
    select * from staging.stock_balances
),

first_movements as (
    select
        coalesce(location_id, '(unknown)') as location_id,
        min(moved_at) as first_moved_at,
        bool_or(type = 'opening') as has_opening
    from movements
    where coalesce(is_cancelled, false) = false
    group by coalesce(location_id, '(unknown)')
),

-- A moment two days ahead in UTC lies after `$as_of` wherever on earth, and may be too far off to be told in local time.
first_days as (
    select
        location_id,
        has_opening,
        case
            when first_moved_at < $as_of + interval '2 days' then cast(first_moved_at at time zone $time_zone as date)
        end as first_date
    from first_movements
),

moved as (
    select
        location_id,
        has_opening,
        first_date
    from first_days
    where first_date <= $as_of
),

snapshots as (
    select
        location_id,
        snapshot_date
    from balances
    where snapshot_date <= $as_of
    group by location_id, snapshot_date
),

known_days as (
    select
        coalesce(moved.location_id, snapshots.location_id) as location_id,
        moved.first_date as first_movement_date,
        snapshots.snapshot_date,
        moved.has_opening = false and snapshots.snapshot_date < moved.first_date as is_before
    from moved
    full outer join snapshots on moved.location_id = snapshots.location_id
),

-- Stock that movements open with themselves is not opened by a list of it once more.
known as (
    select
        location_id,
        first_movement_date,
        max(case when is_before then snapshot_date end) as opening_snapshot_date,
        max(snapshot_date) as last_snapshot_date
    from known_days
    group by location_id, first_movement_date
)

select * from known
