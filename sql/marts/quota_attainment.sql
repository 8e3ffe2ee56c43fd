-- One row per salesperson, product group or `(all)`, kind of period and period, from the first with a target or sale to the
-- last.
with

quota_rows as (
    select * from intermediate.quota_rows
),

flagged as (
    select
        *,
        product_group = '(all)' as is_total,
        $manager_targets = 'team' and is_manager and target_basis <> 'none' as is_team_target
    from quota_rows
),

-- What a manager sold alone is not held against the team's target.
comparable as (
    select
        *,
        case when not is_team_target then target_quantity end as own_target_quantity,
        case when not is_team_target then target_amount end as own_target_amount
    from flagged
),

compared as (
    select
        *,
        achieved_quantity - own_target_quantity as variance_quantity,
        achieved_amount - own_target_amount as variance_amount,
        case when own_target_quantity > 0 then cast(achieved_quantity as double) / own_target_quantity end
            as quantity_attainment_rate,
        case when own_target_amount > 0 then cast(achieved_amount as double) / own_target_amount end
            as attainment_rate,
        case
            when elapsed_working_day_count > 0
                then cast(round(achieved_quantity * working_day_count / elapsed_working_day_count, 4) as decimal(18, 4))
        end as run_rate_quantity,
        case
            when elapsed_working_day_count > 0
                then cast(round(achieved_amount * working_day_count / elapsed_working_day_count, 4) as decimal(18, 4))
        end as run_rate_amount
    from comparable
),

ranked as (
    select
        *,
        row_number() over (
            partition by period_kind, period_start, product_group
            order by attainment_rate desc nulls last, achieved_amount desc nulls last, salesperson_id asc
        ) as place
    from compared
),

projected as (
    select
        salesperson_id,
        product_group,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        is_total,
        is_manager,
        is_team_target,
        target_basis,
        target_snapshot_date,
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
        $return_period as returns_dated_by,
        cast(variance_quantity as decimal(18, 4)) as variance_quantity,
        cast(variance_amount as decimal(18, 4)) as variance_amount,
        quantity_attainment_rate,
        attainment_rate,
        case when variance_quantity is not null then cast(greatest(0, -variance_quantity) as decimal(18, 4)) end
            as gap_to_go_quantity,
        case when variance_amount is not null then cast(greatest(0, -variance_amount) as decimal(18, 4)) end
            as gap_to_go_amount,
        working_day_count,
        elapsed_working_day_count,
        cast(run_rate_quantity as decimal(18, 4)) as run_rate_quantity,
        cast(run_rate_amount as decimal(18, 4)) as run_rate_amount,
        case when own_target_amount > 0 then cast(run_rate_amount as double) / own_target_amount end
            as run_rate_attainment_rate,
        case when attainment_rate is not null and elapsed_working_day_count > 0 then place end as attainment_rank
    from ranked
)

select * from projected
