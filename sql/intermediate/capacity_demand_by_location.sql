-- One row per load basis, product, location with demand, order line and day or bucket of time: what is wanted there.
with

wanted as (
    select * from intermediate.capacity_demand
),

location_shares as (
    select * from intermediate.supply_location_shares
),

products as (
    select product_id from marts.dim_product
),

known as (
    select
        wanted.*,
        coalesce(products.product_id, '(unknown)') as known_product_id
    from wanted
    left join products on wanted.product_id = products.product_id
),

-- What is wanted of a product without demand so far is wanted nowhere that is known. Parts add up to the whole.
at_locations as (
    select
        known.load_basis,
        known.plan_version,
        known.order_id,
        known.line_id,
        known.known_product_id as product_id,
        case
            when known.location_id = '(all)' then coalesce(location_shares.location_id, '(unknown)')
            else known.location_id
        end as location_id,
        known.period_start,
        known.period_end,
        known.due_date,
        known.quantity,
        coalesce(location_shares.weight_before, 0) as weight_before,
        coalesce(location_shares.weight_through, 1) as weight_through,
        coalesce(location_shares.weight_of_all, 1) as weight_of_all
    from known
    left join location_shares
        on
            known.product_id = location_shares.product_id
            and known.location_id = '(all)'
),

summed as (
    select
        load_basis,
        plan_version,
        order_id,
        line_id,
        product_id,
        location_id,
        period_start,
        period_end,
        due_date,
        sum(
            round(cast(quantity * weight_through as decimal(38, 8)) / weight_of_all, 4)
            - round(cast(quantity * weight_before as decimal(38, 8)) / weight_of_all, 4)
        ) as quantity
    from at_locations
    group by load_basis, plan_version, order_id, line_id, product_id, location_id, period_start, period_end, due_date
)

select * from summed
