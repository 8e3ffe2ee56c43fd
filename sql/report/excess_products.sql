-- One row per product and location with excess, of the newest date.
-- The 80 that cost most, and how many there are in all.
with

stocks as (
    select
        *,
        max(as_of_date) over () as newest_date
    from marts.excess_stock
),

excessive as (
    select
        *,
        count(*) over () as excess_count,
        row_number() over (
            order by
                greatest(coalesce(markdown_exposure_amount, 0), coalesce(excess_amount, 0)) desc,
                product_id asc,
                location_id asc
        ) as place
    from stocks
    where as_of_date = newest_date and excess_quantity > 0
),

named as (
    select
        excessive.place,
        excessive.product_id,
        products.name as product_name,
        products.family as product_family,
        excessive.location_id,
        locations.market_region,
        excessive.on_hand_quantity,
        excessive.excess_quantity,
        excessive.stock_unit,
        excessive.excess_amount,
        excessive.markdown_exposure_amount,
        excessive.write_down_amount,
        excessive.currency,
        excessive.excess_count
    from excessive
    left join marts.dim_product as products on excessive.product_id = products.product_id
    left join marts.dim_location as locations on excessive.location_id = locations.location_id
    where excessive.place <= 80
)

select * from named
order by place asc
