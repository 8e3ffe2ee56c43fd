-- One row per product and first day of its standard cost.
with

landed as (
    select * from landing.product_cost_history
),

renamed as (
    select
        cast("ProductID" as varchar) as product_id,
        '(all)' as location_id,
        "StartDate" as valid_from,
        "StandardCost" as unit_cost,
        cast(null as decimal(18, 4)) as cost_to_sell,
        'USD' as currency
    from landed
)

select * from renamed
