-- One row per operation of a work order.
with

landed as (
    select * from landing.work_order_routings
),

locations as (
    select
        "LocationID" as location_id,
        "CostRate" as hour_cost
    from landing.locations
),

renamed as (
    select
        cast(landed."WorkOrderID" as varchar) as production_order_id,
        cast(landed."OperationSequence" as varchar) as operation,
        cast(landed."LocationID" as varchar) as work_center_id,
        landed."ScheduledStartDate" as scheduled_start,
        landed."ScheduledEndDate" as scheduled_end,
        landed."ActualStartDate" as actual_start,
        landed."ActualEndDate" as actual_end,
        -- The plan is given in money. Where the location has no rate, its hours are unknown, not 0.
        landed."PlannedCost" / nullif(locations.hour_cost, 0) as planned_hours,
        landed."ActualResourceHrs" as actual_hours,
        cast(null as decimal(18, 4)) as setup_hours,
        cast(null as decimal(18, 4)) as down_hours,
        cast(null as decimal(18, 4)) as good_quantity,
        cast(null as decimal(18, 4)) as scrap_quantity,
        cast(null as decimal(18, 6)) as ideal_hours_per_unit
    from landed
    left join locations on landed."LocationID" = locations.location_id
)

select * from renamed
