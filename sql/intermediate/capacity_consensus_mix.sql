-- One row per product group, or `(all)`, product and plant that the consensus asks for: its part of the group's money.
with

demand as (
    select
        product_id,
        location_id,
        sum(quantity) as quantity
    from intermediate.capacity_demand_by_plant
    where load_basis = 'consensus_forecast'
    group by product_id, location_id
),

products as (
    select * from marts.dim_product
),

plan_prices as (
    select * from intermediate.plan_prices
    where
        valid_from <= $as_of
        and (valid_to is null or valid_to > $as_of)
),

priced as (
    select
        demand.product_id,
        demand.location_id,
        products.product_group,
        coalesce(own_prices.price_amount, general_prices.price_amount) as price_amount,
        products.planning_factor,
        cast(
            round(demand.quantity * coalesce(own_prices.price_amount, general_prices.price_amount), 4) as decimal(18, 4)
        ) as amount,
        cast(round(demand.quantity * products.planning_factor, 4) as decimal(18, 4)) as planning_quantity
    from demand
    inner join products on demand.product_id = products.product_id
    left join plan_prices as own_prices
        on
            demand.product_id = own_prices.product_id
            and demand.location_id = own_prices.location_id
    left join plan_prices as general_prices
        on
            demand.product_id = general_prices.product_id
            and general_prices.location_id = '(all)'
),

in_groups as (
    select * from priced
    union all
    select
        product_id,
        location_id,
        '(all)' as product_group,
        price_amount,
        planning_factor,
        amount,
        planning_quantity
    from priced
),

-- What has no price has no part of money, what does not reach its planning unit none of quantities.
cumulated as (
    select
        product_group,
        product_id,
        location_id,
        price_amount,
        planning_factor,
        coalesce(sum(amount) over to_product, 0) as amount_through,
        coalesce(sum(amount) over to_product, 0) - coalesce(amount, 0) as amount_before,
        sum(amount) over in_group as amount_of_all,
        coalesce(sum(planning_quantity) over to_product, 0) as quantity_through,
        coalesce(sum(planning_quantity) over to_product, 0) - coalesce(planning_quantity, 0) as quantity_before,
        sum(planning_quantity) over in_group as quantity_of_all
    from in_groups
    window
        in_group as (partition by product_group),
        to_product as (
            partition by product_group
            order by product_id asc, location_id asc
            rows between unbounded preceding and current row
        )
)

select * from cumulated
