-- One row per line of stock that counts by `$as_of`: what a location opens with, and movements that were not cancelled.
with

movements as (
    select * from staging.stock_movements
),

snapshots as (
    select * from intermediate.stock_snapshots
),

-- A moment two days ahead in UTC lies after `$as_of` wherever on earth, and may be too far off to be told in local time.
dated as (
    select
        coalesce(product_id, '(unknown)') as product_id,
        coalesce(location_id, '(unknown)') as location_id,
        nullif(batch_id, '(none)') as batch_id,
        moved_at,
        created_at,
        movement_id,
        line_id,
        case
            when moved_at < $as_of + interval '2 days' then cast(moved_at at time zone $time_zone as date)
        end as date,
        type,
        quantity,
        value,
        document_id,
        linked_movement_id,
        linked_line_id,
        type = 'opening' as is_age_minimum
    from movements
    where coalesce(is_cancelled, false) = false
),

lines as (
    select * from dated
    where date <= $as_of
    union all
    select
        product_id,
        location_id,
        batch_id,
        cast(snapshot_date as timestamp) at time zone 'UTC' as moved_at,
        cast(null as timestamp) at time zone 'UTC' as created_at,
        'balance' as movement_id,
        line_id,
        received_date as date,
        'opening' as type,
        quantity,
        value,
        cast(null as varchar) as document_id,
        cast(null as varchar) as linked_movement_id,
        cast(null as varchar) as linked_line_id,
        is_age_minimum
    from snapshots
    where is_opening
)

select * from lines
