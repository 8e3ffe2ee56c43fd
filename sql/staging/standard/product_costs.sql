-- One row per product, location and first day of the cost of an extract that has the entity's own columns.
with

landed as (
    select * from landing.product_costs
),

renamed as (
    select
        product_id,
        location_id,
        valid_from,
        unit_cost,
        cost_to_sell,
        currency
    from landed
)

select * from renamed
