-- One row per period, territory with a target, product group and salesperson who works in it, with their part of the target.
with recursive

target_periods as (
    select * from intermediate.sales_target_periods
),

territories as (
    select * from marts.dim_territory
),

holders as (
    select * from intermediate.territory_holders
),

territory_targets as (
    select
        target_periods.*,
        territories.parent_id
    from target_periods
    left join territories on target_periods.target_id = territories.territory_id
    where target_periods.target_of = 'territory'
),

-- Above a territory that has a target, targets are of the same sales once more. Whoever has no level is in a loop.
above as (
    select
        territory_targets.period_kind,
        territory_targets.period_start,
        territories.territory_id,
        territories.parent_id
    from territory_targets
    inner join territories on territory_targets.parent_id = territories.territory_id
    where territories.level is not null
    union all
    select
        above.period_kind,
        above.period_start,
        territories.territory_id,
        territories.parent_id
    from above
    inner join territories on above.parent_id = territories.territory_id
),

parents as (
    select distinct
        period_kind,
        period_start,
        territory_id
    from above
),

lowest as (
    select territory_targets.*
    from territory_targets
    left join parents
        on
            territory_targets.period_kind = parents.period_kind
            and territory_targets.period_start = parents.period_start
            and territory_targets.target_id = parents.territory_id
    where parents.territory_id is null
),

-- From the end of the last holder's days to the end of the period, it is nobody's.
shares as (
    select
        period_kind,
        period_start,
        territory_id,
        salesperson_id,
        days_before,
        days_through,
        days_of_all
    from holders
    union all
    select distinct
        period_kind,
        period_start,
        territory_id,
        '(unknown)' as salesperson_id,
        days_held as days_before,
        days_of_all as days_through,
        days_of_all
    from holders
    where days_held < days_of_all
),

shared as (
    select
        lowest.*,
        coalesce(shares.salesperson_id, '(unknown)') as salesperson_id,
        coalesce(shares.days_before, 0) as days_before,
        coalesce(shares.days_through, 1) as days_through,
        coalesce(shares.days_of_all, 1) as days_of_all
    from lowest
    left join shares
        on
            lowest.period_kind = shares.period_kind
            and lowest.period_start = shares.period_start
            and lowest.target_id = shares.territory_id
)

select * from shared
