-- One row per work order and component: what it took out of stock on the day on which it was to start.
with

landed as (
    select * from landing.work_orders
),

-- Each component's row says itself from which day to which it goes into the assembly.
components as (
    select
        "ProductAssemblyID" as assembly_id,
        "ComponentID" as component_id,
        cast("StartDate" as date) as valid_from,
        cast("EndDate" as date) as last_day,
        "PerAssemblyQty" as quantity_per
    from landing.bills_of_material
),

-- The whole order is made of components, also what becomes scrap.
renamed as (
    select
        concat('issue-', cast(landed."WorkOrderID" as varchar)) as movement_id,
        cast(components.component_id as varchar) as line_id,
        cast(landed."StartDate" as timestamp) as moved_at,
        cast(null as timestamp) as created_at,
        cast(components.component_id as varchar) as product_id,
        cast(null as varchar) as location_id,
        cast(null as varchar) as batch_id,
        -landed."OrderQty" * components.quantity_per as quantity,
        cast(null as decimal(18, 4)) as counted_quantity,
        cast(null as decimal(18, 4)) as value,
        'issue' as type,
        cast(landed."WorkOrderID" as varchar) as document_id,
        cast(null as varchar) as linked_movement_id,
        cast(null as varchar) as linked_line_id,
        false as is_cancelled
    from landed
    inner join components
        on
            landed."ProductID" = components.assembly_id
            and landed."StartDate" >= components.valid_from
            and (components.last_day is null or landed."StartDate" <= components.last_day)
)

select * from renamed
