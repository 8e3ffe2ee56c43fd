-- One row per product, with the factor that makes of a quantity in its stock unit one in its planning unit.
with

products as (
    select * from staging.products
),

product_units as (
    select * from staging.product_units
),

-- What is said of the product itself goes before what is said of all, and a factor before its inverse.
factors as (
    select
        product_id,
        from_unit,
        to_unit,
        factor,
        1 as direction
    from product_units
    union all
    select
        product_id,
        to_unit as from_unit,
        from_unit as to_unit,
        1 / cast(factor as decimal(28, 18)) as factor,
        2 as direction
    from product_units
),

-- A product without a planning unit is planned in its stock unit.
with_units as (
    select
        product_id,
        stock_unit,
        coalesce(planning_unit, stock_unit) as planning_unit,
        coalesce(planning_unit = stock_unit, planning_unit is null) as is_same_unit
    from products
),

candidates as (
    select
        with_units.product_id,
        factors.factor,
        row_number() over (
            partition by with_units.product_id
            order by case when factors.product_id = '(all)' then 2 else 1 end asc, factors.direction asc
        ) as place
    from with_units
    inner join factors
        on
            with_units.stock_unit = factors.from_unit
            and with_units.planning_unit = factors.to_unit
            and (with_units.product_id = factors.product_id or factors.product_id = '(all)')
),

best as (
    select
        product_id,
        factor
    from candidates
    where place = 1
),

converted as (
    select
        with_units.product_id,
        with_units.planning_unit,
        cast(case when with_units.is_same_unit then 1 else best.factor end as decimal(18, 8)) as planning_factor,
        case
            when with_units.is_same_unit then 'same_unit'
            when best.factor is not null then 'converted'
            else 'no_path'
        end as conversion_status
    from with_units
    left join best on with_units.product_id = best.product_id
)

select * from converted
