-- One row per family and location, of the newest date: what is in stock beyond demand, and what that costs.
with

stocks as (
    select
        *,
        max(as_of_date) over () as newest_date
    from marts.excess_stock
),

exposed as (
    select
        stocks.as_of_date,
        products.family as product_family,
        stocks.location_id,
        locations.market_region,
        sum(stocks.goods_amount) as goods_amount,
        sum(stocks.excess_amount) as excess_amount,
        sum(stocks.obsolete_amount) as obsolete_amount,
        sum(stocks.reserve_amount) as reserve_amount,
        sum(stocks.write_down_amount) as write_down_amount,
        sum(stocks.markdown_exposure_amount) as markdown_exposure_amount,
        sum(case when stocks.has_no_clearance_price then 1 else 0 end) as no_clearance_price_count,
        min(stocks.currency) as currency
    from stocks
    left join marts.dim_product as products on stocks.product_id = products.product_id
    left join marts.dim_location as locations on stocks.location_id = locations.location_id
    where stocks.as_of_date = stocks.newest_date
    group by stocks.as_of_date, products.family, stocks.location_id, locations.market_region
)

select * from exposed
order by product_family asc, location_id asc
limit 4000
