-- One row per family and market region, each of them or `(all)`, period, and planning function or demand: its sum.
with

parts as (
    select * from intermediate.alignment_parts
),

-- What a level is not broken down by comes out NULL.
grouped as (
    select
        plan_function,
        product_family,
        market_region,
        period_kind,
        period_index,
        max(snapshot_date) as snapshot_date,
        sum(quantity) as quantity,
        min(quantity_unit) as first_unit,
        max(quantity_unit) as last_unit,
        bool_or(has_no_path) as has_no_path,
        case when not bool_or(has_no_plan_price or has_no_rate) then sum(amount) end as amount,
        bool_or(has_no_plan_price) as has_no_plan_price,
        bool_or(has_no_rate) as has_no_rate
    from parts
    group by
        plan_function,
        period_kind,
        period_index,
        grouping sets (
            (product_family, market_region),
            (product_family),
            (market_region),
            ()
        )
),

-- What is not broken down by something is in no row of that level, and in those above it.
broken_down as (
    select
        *,
        coalesce(product_family, '(all)') as family_at_level,
        coalesce(market_region, '(all)') as region_at_level
    from grouped
    where
        (product_family is distinct from '(all)')
        and (market_region is distinct from '(all)')
)

select * from broken_down
