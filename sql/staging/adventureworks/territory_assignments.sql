-- One row per territory, salesperson and first day of the assignment.
with

landed as (
    select
        "TerritoryID" as territory_id,
        "BusinessEntityID" as salesperson_id,
        "StartDate" as valid_from,
        "EndDate" + 1 as valid_to
    from landing.sales_territory_history
),

-- The extract has no shares: those who hold a territory on the day an assignment begins share it evenly.
holders as (
    select
        landed.territory_id,
        landed.salesperson_id,
        landed.valid_from,
        count(*) as holder_count
    from landed
    inner join landed as others
        on
            landed.territory_id = others.territory_id
            and landed.valid_from >= others.valid_from
            and (others.valid_to is null or landed.valid_from < others.valid_to)
    group by landed.territory_id, landed.salesperson_id, landed.valid_from
),

renamed as (
    select
        cast(landed.territory_id as varchar) as territory_id,
        cast(landed.salesperson_id as varchar) as salesperson_id,
        landed.valid_from,
        landed.valid_to,
        cast(1 as decimal(9, 6)) / holders.holder_count as share
    from landed
    inner join holders
        on
            landed.territory_id = holders.territory_id
            and landed.salesperson_id = holders.salesperson_id
            and landed.valid_from = holders.valid_from
)

select * from renamed
