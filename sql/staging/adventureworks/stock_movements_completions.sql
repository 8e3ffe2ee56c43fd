-- One row per completed work order: what it brought into stock, without scrap.
with

landed as (
    select * from landing.work_orders
),

renamed as (
    select
        concat('completion-', cast("WorkOrderID" as varchar)) as movement_id,
        '1' as line_id,
        cast("EndDate" as timestamp) as moved_at,
        cast(null as timestamp) as created_at,
        cast("ProductID" as varchar) as product_id,
        cast(null as varchar) as location_id,
        cast(null as varchar) as batch_id,
        "StockedQty" as quantity,
        cast(null as decimal(18, 4)) as counted_quantity,
        cast(null as decimal(18, 4)) as value,
        'receipt' as type,
        cast("WorkOrderID" as varchar) as document_id,
        cast(null as varchar) as linked_movement_id,
        cast(null as varchar) as linked_line_id,
        false as is_cancelled
    from landed
    where "EndDate" is not null
)

select * from renamed
