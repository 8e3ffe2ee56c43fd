-- One row per product and location with sales lost to missing stock in the last 3 months.
-- The 60 with the most in money, and how many there are in all.
with

newest as (
    select
        *,
        max(stockout_date) over () as newest_date
    from marts.lost_sales
),

lost as (
    select
        product_id,
        location_id,
        min(stockout_date) as first_date,
        max(stockout_date) as last_date,
        count(*) as stockout_day_count,
        sum(lost_quantity) as lost_quantity,
        min(stock_unit) as stock_unit,
        sum(lost_amount) as lost_amount,
        min(currency) as currency
    from newest
    where stockout_date > newest_date - interval '3' month
    group by product_id, location_id
),

ranked as (
    select
        *,
        count(*) over () as lost_count,
        row_number() over (
            order by lost_amount desc nulls last, stockout_day_count desc, product_id asc, location_id asc
        ) as place
    from lost
),

named as (
    select
        ranked.place,
        ranked.product_id,
        products.name as product_name,
        products.family as product_family,
        ranked.location_id,
        locations.market_region,
        ranked.first_date,
        ranked.last_date,
        ranked.stockout_day_count,
        ranked.lost_quantity,
        ranked.stock_unit,
        ranked.lost_amount,
        ranked.currency,
        ranked.lost_count
    from ranked
    left join marts.dim_product as products on ranked.product_id = products.product_id
    left join marts.dim_location as locations on ranked.location_id = locations.location_id
    where ranked.place <= 60
)

select * from named
order by place asc
