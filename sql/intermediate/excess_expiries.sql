-- One row per product and location with goods that have to be sold within the horizon: how many nobody will want in time.
with

layers as (
    select * from intermediate.aging_stock_layers
    where layer_type in ('receipt', 'opening', 'return')
),

products as (
    select
        product_id,
        shelf_life_days
    from marts.dim_product
),

batches as (
    select * from staging.batches
),

quantities as (
    select * from intermediate.excess_quantities
),

-- The expiry of the batch, else what its day of production tells, else the day on which the goods first came.
dated as (
    select
        layers.product_id,
        layers.location_id,
        layers.quantity,
        coalesce(
            batches.expiry_date,
            coalesce(batches.produced_date, layers.original_receipt_date) + products.shelf_life_days
        ) as expiry_date
    from layers
    left join products on layers.product_id = products.product_id
    left join batches
        on
            layers.product_id = batches.product_id
            and layers.batch_id = batches.batch_id
),

sold_by as (
    select
        product_id,
        location_id,
        expiry_date - $minimum_shelf_life_days as sell_by_date,
        sum(quantity) as quantity,
        sum(case when expiry_date <= $as_of then quantity else 0 end) as expired_quantity
    from dated
    where expiry_date is not null
    group by product_id, location_id, expiry_date - $minimum_shelf_life_days
),

cumulated as (
    select
        sold_by.product_id,
        sold_by.location_id,
        sold_by.expired_quantity,
        sum(sold_by.quantity) over (
            partition by sold_by.product_id, sold_by.location_id
            order by sold_by.sell_by_date asc
            rows between unbounded preceding and current row
        ) as quantity,
        cast(
            round(
                cast(quantities.demand_quantity as decimal(18, 4)) * greatest(sold_by.sell_by_date - $as_of, 0)
                / cast(quantities.horizon_days as decimal(9, 0)),
                4
            ) as decimal(18, 4)
        ) as demand_quantity
    from sold_by
    inner join quantities
        on
            sold_by.product_id = quantities.product_id
            and sold_by.location_id = quantities.location_id
    where sold_by.sell_by_date < quantities.horizon_end
),

-- Goods that expire first are sold first: of all days the one on which the most is left counts.
unsold as (
    select
        product_id,
        location_id,
        cast(max(greatest(quantity - demand_quantity, 0)) as decimal(18, 4)) as unsaleable_quantity,
        cast(sum(expired_quantity) as decimal(18, 4)) as expired_quantity
    from cumulated
    group by product_id, location_id
)

select * from unsold
