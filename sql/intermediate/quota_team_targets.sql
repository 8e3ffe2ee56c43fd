-- One row per manager or `(all)`, product group, kind of period and period with targets below the manager: their sum.
with recursive

quota_rows as (
    select * from intermediate.quota_rows
),

managers as (
    select * from intermediate.sales_managers
),

targets as (
    select
        salesperson_id,
        product_group,
        period_kind,
        period_start,
        team_date,
        'amount' as measure,
        target_amount as target
    from quota_rows
    where target_amount is not null
    union all
    select
        salesperson_id,
        product_group,
        period_kind,
        period_start,
        team_date,
        'quantity' as measure,
        target_quantity as target
    from quota_rows
    where target_quantity is not null
),

-- What stands in the way further up: a target of the manager, where that is for the whole team.
team_targets as (
    select targets.*
    from targets
    inner join managers
        on
            targets.team_date = managers.team_date
            and targets.salesperson_id = managers.salesperson_id
    where
        managers.is_manager
        and $manager_targets = 'team'
),

-- A target goes up from manager to manager, as far as one who has a target for the team; at the top stand all.
reports as (
    select
        targets.*,
        coalesce(managers.manager_id, '(all)') as manager_id
    from targets
    left join managers
        on
            targets.team_date = managers.team_date
            and targets.salesperson_id = managers.salesperson_id
),

steps as (
    select
        manager_id,
        salesperson_id,
        product_group,
        period_kind,
        period_start,
        team_date,
        measure,
        target
    from reports
    union all
    select
        coalesce(managers.manager_id, '(all)') as manager_id,
        steps.salesperson_id,
        steps.product_group,
        steps.period_kind,
        steps.period_start,
        steps.team_date,
        steps.measure,
        steps.target
    from steps
    inner join managers
        on
            steps.team_date = managers.team_date
            and steps.manager_id = managers.salesperson_id
    left join team_targets
        on
            steps.manager_id = team_targets.salesperson_id
            and steps.product_group = team_targets.product_group
            and steps.period_kind = team_targets.period_kind
            and steps.period_start = team_targets.period_start
            and steps.measure = team_targets.measure
    where team_targets.salesperson_id is null
),

summed as (
    select
        manager_id,
        product_group,
        period_kind,
        period_start,
        cast(sum(case when measure = 'quantity' then target end) as decimal(18, 4)) as children_target_quantity,
        cast(sum(case when measure = 'amount' then target end) as decimal(18, 4)) as children_target_amount
    from steps
    group by manager_id, product_group, period_kind, period_start
)

select * from summed
