-- One row per product and location with demand: which part of the product's demand is there.
with

demand_days as (
    select * from intermediate.demand_days
),

demand as (
    select
        product_id,
        location_id,
        sum(demand_quantity) as demand_quantity
    from demand_days
    where date > $as_of - $supply_mix_days
    group by product_id, location_id
),

-- As running totals, so that what is shared out adds up to the whole.
cumulated as (
    select
        product_id,
        location_id,
        cast(sum(demand_quantity) over to_location - demand_quantity as decimal(18, 4)) as weight_before,
        cast(sum(demand_quantity) over to_location as decimal(18, 4)) as weight_through,
        cast(sum(demand_quantity) over (partition by product_id) as decimal(18, 4)) as weight_of_all
    from demand
    where demand_quantity > 0
    window to_location as (
        partition by product_id
        order by location_id asc
        rows between unbounded preceding and current row
    )
)

select * from cumulated
