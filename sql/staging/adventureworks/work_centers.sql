-- One row per location at which work is done: it has hours available, or a routing operation names it.
with

landed as (
    select * from landing.locations
),

-- Stores (Tool Crib, Paint Storage, …) are locations too, without hours and without operations.
worked_at as (
    select distinct "LocationID" as location_id
    from landing.work_order_routings
),

renamed as (
    select
        cast(landed."LocationID" as varchar) as work_center_id,
        landed."Name" as name,
        cast(landed."LocationID" as varchar) as location_id,
        cast(null as varchar) as parent_id,
        -- Availability is the whole location's hours, however many machines stand there.
        cast(null as bigint) as machine_count,
        cast(null as decimal(9, 6)) as efficiency_rate,
        cast(null as decimal(9, 6)) as planned_utilization_rate,
        landed."CostRate" as hour_cost,
        -- The company keeps its books in US dollars; the extract does not say so in any column.
        'USD' as currency,
        cast(null as varchar) as calendar_id
    from landed
    left join worked_at on landed."LocationID" = worked_at.location_id
    where
        landed."Availability" > 0
        or worked_at.location_id is not null
)

select * from renamed
