-- One row per product, location and, in transit, sender: what the ledger says of its stock, now and on the last list of it.
with

ledger as (
    select * from intermediate.stock_ledger
),

locations as (
    select * from intermediate.stock_locations
),

in_transit as (
    select * from intermediate.stock_in_transit
),

-- A list of the time before all movements has nothing to be compared with.
lines as (
    select
        ledger.product_id,
        ledger.location_id,
        ledger.quantity,
        ledger.value,
        ledger.value is null and ledger.quantity <> 0 as has_unknown_value,
        locations.last_snapshot_date as balance_date,
        ledger.date <= locations.last_snapshot_date as is_on_balance
    from ledger
    left join locations
        on
            ledger.location_id = locations.location_id
            and locations.last_snapshot_date >= locations.first_movement_date
),

summed as (
    select
        product_id,
        location_id,
        balance_date,
        sum(quantity) as quantity,
        coalesce(sum(value), 0) as value,
        bool_or(has_unknown_value) as has_unknown_value,
        coalesce(sum(quantity) filter (where is_on_balance), 0) as balance_quantity,
        coalesce(sum(value) filter (where is_on_balance), 0) as balance_value,
        coalesce(bool_or(has_unknown_value) filter (where is_on_balance), false) as has_unknown_balance_value
    from lines
    group by product_id, location_id, balance_date
),

accounts as (
    select
        product_id,
        location_id,
        cast(null as varchar) as sender_location_id,
        balance_date,
        quantity,
        value,
        has_unknown_value,
        balance_quantity,
        balance_value,
        has_unknown_balance_value
    from summed
    union all
    select
        product_id,
        '(in transit)' as location_id,
        sender_location_id,
        cast(null as date) as balance_date,
        quantity,
        coalesce(value, 0) as value,
        has_unknown_value,
        0 as balance_quantity,
        0 as balance_value,
        false as has_unknown_balance_value
    from in_transit
)

select * from accounts
