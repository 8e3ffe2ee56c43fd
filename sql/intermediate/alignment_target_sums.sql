-- One row per product group as targets name it, and period: the targets of all who sell, no part of them counted twice.
with

targets as (
    select * from intermediate.sales_target_periods
),

managers as (
    select * from intermediate.alignment_managers
),

periods as (
    select * from intermediate.alignment_periods
),

looked_at as (
    select
        targets.*,
        periods.period_index
    from targets
    inner join periods
        on
            targets.period_kind = periods.period_kind
            and targets.period_start = periods.period_start
),

-- A target covers those of everybody below for the same group, and one for all groups covers those of its own groups.
covered as (
    select
        managers.target_of,
        managers.target_id,
        looked_at.period_kind,
        looked_at.period_start,
        looked_at.product_group
    from looked_at
    inner join managers
        on
            looked_at.target_of = managers.target_of
            and looked_at.target_id = managers.above_id
    union
    select
        target_of,
        target_id,
        period_kind,
        period_start,
        '(each)' as product_group
    from looked_at
    where product_group = '(all)'
),

-- Territories count where nobody has a target of their own.
chosen as (
    select
        period_kind,
        period_start,
        min(target_of) as target_of
    from looked_at
    group by period_kind, period_start
),

uncovered as (
    select looked_at.*
    from looked_at
    inner join chosen
        on
            looked_at.period_kind = chosen.period_kind
            and looked_at.period_start = chosen.period_start
            and looked_at.target_of = chosen.target_of
    where
        not exists (
            select 1
            from covered
            where
                covered.target_of = looked_at.target_of
                and covered.target_id = looked_at.target_id
                and covered.period_kind = looked_at.period_kind
                and covered.period_start = looked_at.period_start
                and (
                    covered.product_group in (looked_at.product_group, '(all)')
                    or (covered.product_group = '(each)' and looked_at.product_group <> '(all)')
                )
        )
),

summed as (
    select
        product_group,
        period_kind,
        period_index,
        cast(sum(target_quantity) as decimal(18, 4)) as quantity,
        case when sum(missing_rate_count) = 0 then cast(sum(target_amount) as decimal(18, 4)) end as amount,
        sum(missing_rate_count) > 0 as has_no_rate,
        max(snapshot_date) as snapshot_date
    from uncovered
    group by product_group, period_kind, period_index
)

select * from summed
