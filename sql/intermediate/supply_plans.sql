-- One row per product, location, kind of period and open period of the production plan that counts: what it wants made.
with

slices as (
    select * from intermediate.capacity_plan_slices
    where load_basis = 'production_plan'
),

days as (
    select * from intermediate.supply_days
),

products as (
    select product_id from marts.dim_product
),

locations as (
    select location_id from marts.dim_location
),

-- Parts are rounded as running totals, so that those of a row add up to it.
parts as (
    select
        slices.product_id,
        slices.location_id,
        days.period_kind,
        days.period_index,
        round(cast(slices.quantity * slices.slice_number as decimal(28, 8)) / slices.slice_count, 4)
        - round(cast(slices.quantity * (slices.slice_number - 1) as decimal(28, 8)) / slices.slice_count, 4)
            as part_quantity
    from slices
    inner join days on slices.due_date = days.date
),

summed as (
    select
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        parts.period_kind,
        parts.period_index,
        cast(sum(parts.part_quantity) as decimal(18, 4)) as plan_quantity
    from parts
    left join products on parts.product_id = products.product_id
    left join locations on parts.location_id = locations.location_id
    group by
        coalesce(products.product_id, '(unknown)'),
        coalesce(locations.location_id, '(unknown)'),
        parts.period_kind,
        parts.period_index
)

select * from summed
