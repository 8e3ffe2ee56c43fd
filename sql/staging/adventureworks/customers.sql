-- One row per customer: consumers, who order on the internet, and resellers, which have a store.
with

landed as (
    select * from landing.customers
),

stores as (
    select
        "BusinessEntityID" as store_id,
        "Name" as name
    from landing.stores
),

territories as (
    select
        "TerritoryID" as territory_id,
        "Group" as market_region
    from landing.sales_territories
),

-- No extract names the consumers.
renamed as (
    select
        landed."AccountNumber" as customer_id,
        stores.name,
        case when landed."StoreID" is not null then 'reseller' else 'consumer' end as customer_group,
        territories.market_region,
        cast(null as decimal(18, 4)) as sales_potential,
        cast(null as integer) as visits_per_year,
        cast(null as integer) as minutes_per_visit
    from landed
    left join stores on landed."StoreID" = stores.store_id
    left join territories on landed."TerritoryID" = territories.territory_id
)

select * from renamed
