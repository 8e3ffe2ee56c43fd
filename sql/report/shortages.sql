-- One row per family and open period: what will be missing, all locations of a product together.
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

missing as (
    select
        products.family as product_family,
        projection.period_kind,
        projection.period_start,
        sum(projection.shortage_amount) as shortage_amount,
        sum(projection.unmet_demand_amount) as unmet_demand_amount,
        sum(projection.demand_amount) as demand_amount,
        sum(case when projection.shortage_quantity > 0 then 1 else 0 end) as short_product_count,
        sum(case when projection.has_no_plan_price then 1 else 0 end) as no_plan_price_count,
        min(projection.currency) as currency
    from projection
    left join marts.dim_product as products on projection.product_id = products.product_id
    where projection.kind_place = 1
    group by products.family, projection.period_kind, projection.period_start
)

select * from missing
order by product_family asc, period_start asc
limit 4000
