-- One row per overloaded work center, open period, basis and product.
-- The 5 with the most hours to move; the 300 largest of all.
with

drivers as (
    select
        *,
        dense_rank() over (
            order by case period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, period_kind asc
        ) as kind_place
    from marts.capacity_gap_drivers
    where hours_to_move > 0 and not is_group and load_basis <> 'actual'
),

products as (
    select
        work_center_id,
        load_basis,
        period_kind,
        period_start,
        product_id,
        sum(group_load_hours) as group_load_hours,
        sum(hours_to_move) as hours_to_move
    from drivers
    where kind_place = 1
    group by work_center_id, load_basis, period_kind, period_start, product_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by work_center_id, load_basis, period_start
            order by hours_to_move desc, product_id asc
        ) as place,
        count(*) over (partition by work_center_id, load_basis, period_start) as product_count
    from products
),

named as (
    select
        ranked.work_center_id,
        work_centers.location_id,
        locations.market_region,
        ranked.load_basis,
        ranked.period_kind,
        ranked.period_start,
        ranked.product_id,
        dim_product.name as product_name,
        dim_product.family as product_family,
        ranked.group_load_hours,
        ranked.hours_to_move,
        ranked.product_count
    from ranked
    left join marts.dim_work_center as work_centers on ranked.work_center_id = work_centers.work_center_id
    left join marts.dim_location as locations on work_centers.location_id = locations.location_id
    left join marts.dim_product as dim_product on ranked.product_id = dim_product.product_id
    where ranked.place <= 5
)

select * from named
order by hours_to_move desc, work_center_id asc, load_basis asc, period_start asc, product_id asc
limit 300
