-- Every plan that stands for a whole and for parts of it in one period: a family for all regions and for single ones, or
-- all families and single ones. The rows of `(all)` add both up.
with

parts as (
    select distinct
        plan_function,
        period_kind,
        period_index,
        product_family,
        market_region
    from intermediate.alignment_parts
    where plan_function not in ('actual', 'target')
),

periods as (
    select * from intermediate.alignment_periods
),

of_families as (
    select
        plan_function,
        period_kind,
        period_index,
        product_family,
        count(*) filter (where market_region = '(all)') as n_wholes,
        count(*) filter (where market_region <> '(all)') as n_parts
    from parts
    group by plan_function, period_kind, period_index, product_family
),

of_companies as (
    select
        plan_function,
        period_kind,
        period_index,
        '(all)' as product_family,
        count(*) filter (where product_family = '(all)') as n_wholes,
        count(*) filter (where product_family <> '(all)') as n_parts
    from parts
    group by plan_function, period_kind, period_index
),

counted as (
    select * from of_families
    union all
    select * from of_companies
),

doubled as (
    select distinct
        counted.plan_function,
        counted.product_family,
        periods.period_kind,
        periods.period_start
    from counted
    inner join periods
        on
            counted.period_kind = periods.period_kind
            and counted.period_index = periods.period_index
    where
        counted.n_wholes > 0
        and counted.n_parts > 0
)

select * from doubled
