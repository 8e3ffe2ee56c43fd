-- One row per operation of a routing of an extract that has the entity's own columns.
with

landed as (
    select * from landing.routings
),

renamed as (
    select
        product_id,
        location_id,
        routing_version,
        operation,
        valid_from,
        valid_to,
        is_default,
        work_center_id,
        run_hours_per_unit,
        setup_hours,
        lot_size,
        setback_days,
        setback_unit,
        yield_rate
    from landed
)

select * from renamed
