-- One row per sales territory.
with

landed as (
    select * from landing.sales_territories
),

renamed as (
    select
        cast("TerritoryID" as varchar) as territory_id,
        "Name" as name,
        "Group" as market_region,
        cast(null as varchar) as parent_id
    from landed
)

select * from renamed
