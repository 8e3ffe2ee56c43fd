-- One row per manager with a team, or `(all)`, product group or `(all)`, kind of period and period.
with

team_sales as (
    select * from intermediate.quota_team_sales
),

team_targets as (
    select * from intermediate.quota_team_targets
),

-- A sum of targets of which a part has no rate is not known.
joined as (
    select
        team_sales.*,
        team_targets.children_target_quantity,
        case when team_sales.target_missing_rate_count = 0 then team_targets.children_target_amount end
            as children_target_amount
    from team_sales
    left join team_targets
        on
            team_sales.manager_id = team_targets.manager_id
            and team_sales.product_group = team_targets.product_group
            and team_sales.period_kind = team_targets.period_kind
            and team_sales.period_start = team_targets.period_start
),

-- A manager's target is that of the team, or one's own beside those of the others.
with_targets as (
    select
        *,
        case
            when $manager_targets = 'team' then coalesce(own_target_quantity, children_target_quantity)
            when own_target_quantity is null then children_target_quantity
            else own_target_quantity + coalesce(children_target_quantity, 0)
        end as target_quantity,
        case
            when $manager_targets = 'team' then coalesce(own_target_amount, children_target_amount)
            when target_missing_rate_count > 0 then null
            when own_target_amount is null then children_target_amount
            else own_target_amount + coalesce(children_target_amount, 0)
        end as target_amount
    from joined
),

compared as (
    select
        *,
        case when $manager_targets = 'team' then children_target_quantity - own_target_quantity end
            as over_assignment_quantity,
        case when $manager_targets = 'team' then children_target_amount - own_target_amount end
            as over_assignment_amount,
        achieved_quantity - target_quantity as variance_quantity,
        achieved_amount - target_amount as variance_amount,
        case when target_quantity > 0 then cast(achieved_quantity as double) / target_quantity end
            as quantity_attainment_rate,
        case when target_amount > 0 then cast(achieved_amount as double) / target_amount end as attainment_rate,
        case
            when elapsed_working_day_count > 0
                then cast(round(achieved_amount * working_day_count / elapsed_working_day_count, 4) as decimal(18, 4))
        end as run_rate_amount
    from with_targets
),

projected as (
    select
        manager_id,
        product_group,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        product_group = '(all)' as is_total,
        $manager_targets as manager_target_is_for,
        member_count,
        member_with_target_count,
        cast(own_target_quantity as decimal(18, 4)) as own_target_quantity,
        cast(own_target_amount as decimal(18, 4)) as own_target_amount,
        cast(children_target_quantity as decimal(18, 4)) as children_target_quantity,
        cast(children_target_amount as decimal(18, 4)) as children_target_amount,
        cast(target_quantity as decimal(18, 4)) as target_quantity,
        cast(target_amount as decimal(18, 4)) as target_amount,
        coalesce(target_amount, 0) <= 0 as has_no_target,
        cast(over_assignment_quantity as decimal(18, 4)) as over_assignment_quantity,
        cast(over_assignment_amount as decimal(18, 4)) as over_assignment_amount,
        target_missing_rate_count,
        cast(achieved_quantity as decimal(18, 4)) as achieved_quantity,
        case when least_unit = greatest_unit then nullif(least_unit, '(unknown)') end as planning_unit,
        coalesce(least_unit <> greatest_unit, false) as has_mixed_units,
        has_no_planning_unit,
        cast(achieved_amount as decimal(18, 4)) as achieved_amount,
        cast(returned_amount as decimal(18, 4)) as returned_amount,
        cast(under_credited_amount as decimal(18, 4)) as under_credited_amount,
        cast(over_credited_amount as decimal(18, 4)) as over_credited_amount,
        $reporting_currency as currency,
        credited_line_count,
        missing_rate_count,
        cast(variance_quantity as decimal(18, 4)) as variance_quantity,
        cast(variance_amount as decimal(18, 4)) as variance_amount,
        quantity_attainment_rate,
        attainment_rate,
        case when variance_amount is not null then cast(greatest(0, -variance_amount) as decimal(18, 4)) end
            as gap_to_go_amount,
        working_day_count,
        elapsed_working_day_count,
        cast(run_rate_amount as decimal(18, 4)) as run_rate_amount,
        case when target_amount > 0 then cast(run_rate_amount as double) / target_amount end
            as run_rate_attainment_rate
    from compared
)

select * from projected
