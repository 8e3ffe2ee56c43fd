-- One row per sales territory of an extract that has the entity's own columns.
with

landed as (
    select * from landing.territories
),

renamed as (
    select
        territory_id,
        name,
        market_region,
        parent_id
    from landed
)

select * from renamed
