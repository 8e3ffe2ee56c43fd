-- One row per customer with the territory it belongs to.
with

landed as (
    select * from landing.customers
),

-- The extract has no day from which a customer belongs to its territory: it counts from the first one of any salesperson.
history as (
    select min("StartDate") as valid_from
    from landing.sales_territory_history
),

renamed as (
    select
        landed."AccountNumber" as customer_id,
        cast(landed."TerritoryID" as varchar) as territory_id,
        history.valid_from,
        cast(null as date) as valid_to
    from landed
    cross join history
    where landed."TerritoryID" is not null
)

select * from renamed
