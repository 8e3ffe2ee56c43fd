-- One row per product family, and `(all)` of them: the planning unit that its products share, if they share one.
with

products as (
    select * from marts.dim_product
),

units as (
    select
        family,
        coalesce(planning_unit, '(unknown)') as planning_unit
    from products
    where product_id not in ('(unknown)', '(all)')
),

grouped as (
    select
        coalesce(family, '(all)') as product_family,
        min(planning_unit) as quantity_unit,
        min(planning_unit) <> max(planning_unit) as has_several_units
    from units
    group by grouping sets ((family), ())
),

shared as (
    select
        product_family,
        case when not has_several_units then quantity_unit end as quantity_unit,
        coalesce(has_several_units, false) as has_several_units
    from grouped
)

select * from shared
