-- One row per product, location, batch and list of stock with which its location opens, or which is its last by `$as_of`.
with

balances as (
    select * from staging.stock_balances
),

locations as (
    select * from intermediate.stock_locations
),

listed as (
    select
        balances.snapshot_date,
        balances.product_id,
        balances.location_id,
        nullif(balances.batch_id, '(none)') as batch_id,
        balances.quantity,
        balances.value,
        least(balances.received_date, balances.snapshot_date) as received_date,
        balances.received_date is null as is_age_minimum,
        concat_ws(
            '/', balances.snapshot_date, balances.product_id, balances.location_id, balances.batch_id
        ) as line_id,
        locations.first_movement_date is null as is_alone,
        coalesce(balances.snapshot_date = locations.opening_snapshot_date, false) as is_opening,
        balances.snapshot_date = locations.last_snapshot_date as is_last,
        coalesce(balances.snapshot_date >= locations.first_movement_date, false) as is_after_movements
    from balances
    inner join locations on balances.location_id = locations.location_id
    where balances.snapshot_date in (locations.opening_snapshot_date, locations.last_snapshot_date)
)

select * from listed
