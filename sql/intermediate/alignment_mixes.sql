-- One row per product group, and `(all)` of them, family and period: the family's part of what consensus forecasts for it.
with

valued as (
    select * from intermediate.alignment_valued
    where plan_function = 'consensus'
),

-- Who forecasts families says nothing of groups.
named as (
    select
        product_group as mix_group,
        *
    from valued
    where product_id <> '(all)'
    union all
    select
        '(all)' as mix_group,
        *
    from valued
    where product_family <> '(all)'
),

-- Less than nothing has no part. A sum of which a part is not known is not known.
summed as (
    select
        mix_group,
        product_family,
        period_kind,
        period_index,
        bool_or(has_no_path) as has_no_path,
        min(quantity_unit) as first_unit,
        max(quantity_unit) as last_unit,
        greatest(sum(quantity), 0) as quantity,
        case when count(*) = count(amount) then greatest(sum(amount), 0) end as amount
    from named
    group by mix_group, product_family, period_kind, period_index
),

cumulated as (
    select
        mix_group,
        product_family,
        period_kind,
        period_index,
        bool_or(has_no_path) over whole or min(first_unit) over whole <> max(last_unit) over whole as has_mixed_units,
        sum(quantity) over whole as quantity_of_all,
        sum(quantity) over to_family as quantity_through,
        sum(quantity) over to_family - quantity as quantity_before,
        count(*) over whole = count(amount) over whole as has_amounts,
        sum(amount) over whole as amount_of_all,
        sum(amount) over to_family as amount_through,
        sum(amount) over to_family - amount as amount_before
    from summed
    window
        whole as (partition by mix_group, period_kind, period_index),
        to_family as (
            partition by mix_group, period_kind, period_index
            order by product_family asc
            rows between unbounded preceding and current row
        )
),

with_divisors as (
    select
        *,
        case when not has_mixed_units then cast(nullif(quantity_of_all, 0) as decimal(18, 4)) end as quantity_divisor,
        case when has_amounts then cast(nullif(amount_of_all, 0) as decimal(18, 4)) end as amount_divisor
    from cumulated
),

weighted as (
    select
        mix_group,
        product_family,
        period_kind,
        period_index,
        cast(cast(quantity_before as decimal(28, 12)) / quantity_divisor as decimal(18, 12)) as quantity_share_before,
        cast(cast(quantity_through as decimal(28, 12)) / quantity_divisor as decimal(18, 12)) as quantity_share_through,
        cast(cast(amount_before as decimal(28, 12)) / amount_divisor as decimal(18, 12)) as amount_share_before,
        cast(cast(amount_through as decimal(28, 12)) / amount_divisor as decimal(18, 12)) as amount_share_through
    from with_divisors
)

select * from weighted
