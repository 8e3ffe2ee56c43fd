-- One row per product and location with goods in stock: their worth, what is reserved for their age, and whether that is
-- known.
with

layers as (
    select * from intermediate.aging_stock_layers
    where layer_type in ('receipt', 'opening', 'return')
),

unit_prices as (
    select * from intermediate.excess_unit_prices
),

products as (
    select
        product_id,
        product_class
    from marts.dim_product
),

steps as (
    select * from intermediate.reserve_rate_steps
),

classes as (
    select distinct product_class from steps
),

-- What the books do not value is worth what it costs. Rates of a class of its own go before those for all classes.
valued as (
    select
        layers.product_id,
        layers.location_id,
        case $age_basis when 'original' then layers.original_age_days else layers.age_days end as age_days,
        coalesce(
            layers.reporting_value, cast(round(layers.quantity * unit_prices.unit_cost, 4) as decimal(18, 4))
        ) as amount,
        layers.reporting_value is null as is_valued_at_cost,
        coalesce(classes.product_class, '(all)') as rate_class
    from layers
    left join unit_prices
        on
            layers.product_id = unit_prices.product_id
            and layers.location_id = unit_prices.location_id
    left join products on layers.product_id = products.product_id
    left join classes on products.product_class = classes.product_class
),

rated as (
    select
        valued.product_id,
        valued.location_id,
        valued.amount,
        valued.is_valued_at_cost,
        case
            when general.product_class is not null
                then cast(round(valued.amount * coalesce(steps.rate, 0), 4) as decimal(18, 4))
        end as reserve_amount,
        general.product_class is null as has_no_reserve_rate
    from valued
    left join classes as general on valued.rate_class = general.product_class
    left join steps
        on
            valued.rate_class = steps.product_class
            and valued.age_days >= steps.from_age_days
            and (steps.to_age_days is null or valued.age_days < steps.to_age_days)
),

-- A sum of which a part is not known is not known.
summed as (
    select
        product_id,
        location_id,
        case when count(*) = count(amount) then cast(sum(amount) as decimal(18, 4)) end as goods_amount,
        case when count(*) = count(reserve_amount) then cast(sum(reserve_amount) as decimal(18, 4)) end
            as age_reserve_amount,
        bool_or(is_valued_at_cost) as has_goods_at_cost,
        bool_or(has_no_reserve_rate) as has_no_reserve_rate
    from rated
    group by product_id, location_id
)

select * from summed
