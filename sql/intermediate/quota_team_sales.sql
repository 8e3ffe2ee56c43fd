-- One row per manager or `(all)`, product group or `(all)`, kind of period and period: what the team was credited.
with

quota_rows as (
    select * from intermediate.quota_rows
),

members as (
    select * from intermediate.quota_team_members
),

-- All stand together in one team, also whoever nobody knows.
placed as (
    select
        members.manager_id,
        quota_rows.*
    from quota_rows
    inner join members
        on
            quota_rows.team_date = members.team_date
            and quota_rows.salesperson_id = members.salesperson_id
    union all
    select
        '(all)' as manager_id,
        *
    from quota_rows
),

summed as (
    select
        manager_id,
        product_group,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        working_day_count,
        elapsed_working_day_count,
        count(*) filter (where salesperson_id <> '(unknown)') as member_count,
        count(*) filter (where salesperson_id <> '(unknown)' and target_basis <> 'none') as member_with_target_count,
        max(case when salesperson_id = manager_id then target_quantity end) as own_target_quantity,
        max(case when salesperson_id = manager_id then target_amount end) as own_target_amount,
        sum(target_missing_rate_count) as target_missing_rate_count,
        case
            when count(*) = count(achieved_quantity) and min(least_unit) = max(greatest_unit)
                then sum(achieved_quantity)
            when count(*) = count(achieved_quantity) and min(least_unit) is null then 0
        end as achieved_quantity,
        min(least_unit) as least_unit,
        max(greatest_unit) as greatest_unit,
        bool_or(has_no_planning_unit) as has_no_planning_unit,
        case when count(*) = count(achieved_amount) then sum(achieved_amount) end as achieved_amount,
        case when count(*) = count(achieved_amount) then sum(returned_amount) end as returned_amount,
        case when count(*) = count(achieved_amount) then sum(under_credited_amount) end as under_credited_amount,
        case when count(*) = count(achieved_amount) then sum(over_credited_amount) end as over_credited_amount,
        sum(credited_line_count) as credited_line_count,
        sum(missing_rate_count) as missing_rate_count
    from placed
    group by
        manager_id,
        product_group,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        working_day_count,
        elapsed_working_day_count
)

select * from summed
