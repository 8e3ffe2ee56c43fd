-- One row per product, plant and period of the production plan that counts: what is to be ready then.
with

slices as (
    select * from intermediate.capacity_plan_slices
    where load_basis = 'production_plan'
),

plan_rows as (
    select * from intermediate.production_plan_rows
),

period_days as (
    select * from intermediate.period_days
),

periods as (
    select * from intermediate.alignment_periods
),

products as (
    select * from marts.dim_product
),

locations as (
    select * from marts.dim_location
),

snapshots as (
    select max(snapshot_date) as snapshot_date from plan_rows
),

-- Parts are rounded as running totals, so that those of a row add up to it.
parts as (
    select
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(products.family, '(unknown)') as product_family,
        coalesce(locations.location_id, '(unknown)') as location_id,
        slices.due_date,
        round(cast(slices.quantity * slices.slice_number as decimal(28, 8)) / slices.slice_count, 4)
        - round(cast(slices.quantity * (slices.slice_number - 1) as decimal(28, 8)) / slices.slice_count, 4) as quantity
    from slices
    left join products on slices.product_id = products.product_id
    left join locations on slices.location_id = locations.location_id
),

summed as (
    select
        parts.product_id,
        parts.product_family,
        parts.location_id,
        periods.period_kind,
        periods.period_index,
        periods.period_start,
        max(snapshots.snapshot_date) as snapshot_date,
        cast(sum(parts.quantity) as decimal(18, 4)) as quantity
    from parts
    inner join period_days on parts.due_date = period_days.date
    inner join periods
        on
            period_days.period_kind = periods.period_kind
            and period_days.period_start = periods.period_start
    cross join snapshots
    group by
        parts.product_id,
        parts.product_family,
        parts.location_id,
        periods.period_kind,
        periods.period_index,
        periods.period_start
)

select * from summed
