-- One row per product, location and period of a production plan of an extract that has the entity's own columns.
with

landed as (
    select * from landing.production_plans
),

renamed as (
    select
        snapshot_date,
        version,
        product_id,
        location_id,
        period_start,
        period_end,
        due_date,
        quantity,
        known_at,
        status
    from landed
)

select * from renamed
