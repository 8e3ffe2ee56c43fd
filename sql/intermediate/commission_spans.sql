-- One row per salesperson, version of a commission plan, and span of days on which it pays them.
with

assignments as (
    select * from staging.commission_plan_assignments
),

versions as (
    select * from intermediate.commission_plan_versions
),

-- An assignment ends where the next one of the same plan begins.
assignment_spans as (
    select
        salesperson_id,
        plan_id,
        valid_from,
        least(valid_to, lead(valid_from) over (partition by salesperson_id, plan_id order by valid_from asc)) as valid_to
    from assignments
),

-- Of two dates of which one is not given, the least is the other.
spans as (
    select
        assignment_spans.salesperson_id,
        greatest(assignment_spans.valid_from, versions.valid_from) as paid_from,
        least(assignment_spans.valid_to, versions.valid_to) as paid_to,
        versions.plan_id,
        versions.version as plan_version,
        versions.method,
        versions.base,
        versions.tier_period,
        versions.plan_currency,
        versions.lowest_bound,
        versions.highest_bound
    from assignment_spans
    inner join versions on assignment_spans.plan_id = versions.plan_id
)

select * from spans
