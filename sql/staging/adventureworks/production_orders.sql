-- One row per work order.
with

landed as (
    select * from landing.work_orders
),

-- The order itself has one location for each operation, and no dates of a schedule beyond start and due date.
renamed as (
    select
        cast("WorkOrderID" as varchar) as production_order_id,
        cast("ProductID" as varchar) as product_id,
        cast(null as varchar) as location_id,
        "OrderQty" as quantity,
        "StockedQty" as completed_quantity,
        "ScrappedQty" as scrapped_quantity,
        "StartDate" as scheduled_start,
        cast(null as date) as scheduled_end,
        "DueDate" as due_date,
        -- StartDate is when the order was to start; when it did start only its operations say.
        cast(null as date) as actual_start,
        "EndDate" as actual_end,
        case when "EndDate" is not null then 'closed' else 'released' end as status
    from landed
)

select * from renamed
