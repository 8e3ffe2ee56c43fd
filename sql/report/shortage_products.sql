-- One row per product and open period with unmet demand.
-- All locations together, the 80 with the most in money, and how many there are in all.
with

projection as (
    select
        *,
        dense_rank() over (
            order by case period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, period_kind asc
        ) as kind_place
    from marts.supply_projection
    where is_all_locations
),

short as (
    select
        *,
        count(*) over () as unmet_count,
        row_number() over (
            order by
                unmet_demand_amount desc nulls last, unmet_demand_quantity desc, period_start asc, product_id asc
        ) as place
    from projection
    where kind_place = 1 and unmet_demand_quantity > 0
),

named as (
    select
        short.place,
        short.product_id,
        products.name as product_name,
        products.family as product_family,
        short.period_kind,
        short.period_start,
        short.demand_quantity,
        short.closing_quantity,
        short.unmet_demand_quantity,
        short.stock_unit,
        short.unmet_demand_amount,
        short.currency,
        short.unmet_count
    from short
    left join marts.dim_product as products on short.product_id = products.product_id
    where short.place <= 80
)

select * from named
order by place asc
