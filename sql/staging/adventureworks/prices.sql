-- One row per product and first day of its list price.
with

landed as (
    select * from landing.product_list_price_history
),

renamed as (
    select
        cast("ProductID" as varchar) as product_id,
        '(all)' as location_id,
        'list' as price_type,
        "StartDate" as valid_from,
        "ListPrice" as price,
        'USD' as currency,
        false as is_promotion
    from landed
)

select * from renamed
