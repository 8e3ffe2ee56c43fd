-- One row per product and location with its stock on the extract's last day.
with

landed as (
    select * from landing.product_inventory
),

-- A row's own date is when it last changed; the table as a whole was current on the last of them.
snapshot as (
    select cast(max("ModifiedDate") as date) as snapshot_date
    from landed
),

on_hand as (
    select
        "ProductID" as product_id,
        "LocationID" as location_id,
        sum("Quantity") as quantity
    from landed
    group by "ProductID", "LocationID"
),

renamed as (
    select
        snapshot.snapshot_date,
        cast(on_hand.product_id as varchar) as product_id,
        cast(on_hand.location_id as varchar) as location_id,
        '(none)' as batch_id,
        on_hand.quantity,
        cast(null as decimal(18, 4)) as reserved_quantity,
        cast(null as decimal(18, 4)) as value,
        cast(null as date) as received_date
    from on_hand
    cross join snapshot
)

select * from renamed
