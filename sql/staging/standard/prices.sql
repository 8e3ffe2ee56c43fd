-- One row per product, location, kind of price and first day of the price of an extract that has the entity's own columns.
with

landed as (
    select * from landing.prices
),

renamed as (
    select
        product_id,
        location_id,
        price_type,
        valid_from,
        price,
        currency,
        is_promotion
    from landed
)

select * from renamed
