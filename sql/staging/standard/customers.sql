-- One row per customer of an extract that has the entity's own columns.
with

landed as (
    select * from landing.customers
),

renamed as (
    select
        customer_id,
        name,
        customer_group,
        market_region,
        sales_potential,
        visits_per_year,
        minutes_per_visit
    from landed
)

select * from renamed
