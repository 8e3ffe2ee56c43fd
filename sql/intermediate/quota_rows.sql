-- One row per salesperson, product group or `(all)`, kind of period and period, from the first with a target or sale to the
-- last: the target and what was credited.
with

quota_values as (
    select * from intermediate.quota_values
),

quota_periods as (
    select * from intermediate.quota_periods
),

managers as (
    select * from intermediate.sales_managers
),

spans as (
    select
        salesperson_id,
        product_group,
        period_kind,
        min(period_start) as first_start,
        max(period_start) as last_start
    from quota_values
    group by salesperson_id, product_group, period_kind
),

all_periods as (
    select
        spans.salesperson_id,
        spans.product_group,
        quota_periods.*
    from spans
    inner join quota_periods
        on
            spans.period_kind = quota_periods.period_kind
            and spans.first_start <= quota_periods.period_start
            and spans.last_start >= quota_periods.period_start
),

-- A target of one's own goes before the sum of those by group. An own one of which the rate is missing is not known.
with_values as (
    select
        all_periods.*,
        case
            when quota_values.target_basis is not null then quota_values.target_basis
            when coalesce(quota_values.groups_quantity, quota_values.groups_amount) is not null then 'product_groups'
            when quota_values.groups_missing_count > 0 then 'product_groups'
            else 'none'
        end as target_basis,
        quota_values.target_snapshot_date,
        coalesce(quota_values.own_quantity, quota_values.groups_quantity) as target_quantity,
        case
            when quota_values.own_missing_count > 0 then null
            else coalesce(quota_values.own_amount, quota_values.groups_amount)
        end as target_amount,
        quota_values.groups_quantity - quota_values.own_quantity as over_assignment_quantity,
        quota_values.groups_amount - quota_values.own_amount as over_assignment_amount,
        coalesce(quota_values.own_missing_count, 0) + coalesce(quota_values.groups_missing_count, 0)
            as target_missing_rate_count,
        case
            when quota_values.least_unit <> quota_values.greatest_unit or quota_values.has_no_planning_unit then null
            else coalesce(quota_values.quantity, 0)
        end as achieved_quantity,
        quota_values.least_unit,
        quota_values.greatest_unit,
        coalesce(quota_values.has_no_planning_unit, false) as has_no_planning_unit,
        case when quota_values.missing_rate_count > 0 then null else coalesce(quota_values.amount, 0) end
            as achieved_amount,
        case when quota_values.missing_rate_count > 0 then null else coalesce(quota_values.returned_amount, 0) end
            as returned_amount,
        case
            when quota_values.missing_rate_count > 0 then null else coalesce(quota_values.under_credited_amount, 0)
        end as under_credited_amount,
        case
            when quota_values.missing_rate_count > 0 then null else coalesce(quota_values.over_credited_amount, 0)
        end as over_credited_amount,
        coalesce(quota_values.line_count, 0) as credited_line_count,
        coalesce(quota_values.missing_rate_count, 0) as missing_rate_count,
        coalesce(managers.is_manager, false) as is_manager
    from all_periods
    left join quota_values
        on
            all_periods.salesperson_id = quota_values.salesperson_id
            and all_periods.product_group = quota_values.product_group
            and all_periods.period_kind = quota_values.period_kind
            and all_periods.period_start = quota_values.period_start
    left join managers
        on
            all_periods.team_date = managers.team_date
            and all_periods.salesperson_id = managers.salesperson_id
)

select * from with_values
