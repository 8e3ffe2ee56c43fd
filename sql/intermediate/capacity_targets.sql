-- One row per product group as targets name it, and open period: what salespeople, or else territories, are to sell.
with

target_periods as (
    select * from intermediate.sales_target_periods
    where period_end > $as_of + interval '1 day'
),

salespeople as (
    select * from marts.dim_salesperson
),

-- Of several kinds of period one is enough: they hold the same targets.
period_kinds as (
    select period_kind from settings.quota_period_kinds
    where position = 1
),

targets as (
    select target_periods.*
    from target_periods
    inner join period_kinds on target_periods.period_kind = period_kinds.period_kind
),

-- A manager's target is that of their people, as long as these have any.
managers as (
    select distinct
        salespeople.manager_id as target_id,
        targets.period_start
    from targets
    inner join salespeople on targets.target_id = salespeople.salesperson_id
    where
        targets.target_of = 'salesperson'
        and salespeople.manager_id is not null
),

with_groups as (
    select distinct
        target_of,
        target_id,
        period_start
    from targets
    where product_group <> '(all)'
),

with_salespeople as (
    select distinct period_start from targets
    where target_of = 'salesperson'
),

-- A target of all products is that of its groups, where these have any.
counted as (
    select targets.*
    from targets
    left join managers
        on
            targets.target_of = 'salesperson'
            and targets.target_id = managers.target_id
            and targets.period_start = managers.period_start
    left join with_groups
        on
            targets.target_of = with_groups.target_of
            and targets.target_id = with_groups.target_id
            and targets.period_start = with_groups.period_start
    left join with_salespeople on targets.period_start = with_salespeople.period_start
    where
        managers.target_id is null
        and (targets.product_group <> '(all)' or with_groups.target_id is null)
        and (targets.target_of = 'salesperson' or with_salespeople.period_start is null)
),

summed as (
    select
        product_group,
        period_start,
        period_end,
        sum(target_amount) as target_amount,
        sum(case when target_amount is null then target_quantity end) as target_quantity
    from counted
    group by product_group, period_start, period_end
)

select * from summed
