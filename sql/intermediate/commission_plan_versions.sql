-- One row per version of a commission plan: when it holds, how it pays, and how far its tiers reach.
with

commission_plans as (
    select * from staging.commission_plans
),

common_currency as (
    select * from intermediate.common_currency
),

-- All tiers of a version say the same of it; a check names those that do not.
versions as (
    select
        commission_plans.plan_id,
        commission_plans.version,
        min(commission_plans.valid_from) as valid_from,
        min(commission_plans.method) as method,
        min(commission_plans.base) as base,
        min(commission_plans.tier_period) as tier_period,
        coalesce(min(commission_plans.currency), min(common_currency.currency)) as plan_currency,
        min(commission_plans.lower_bound) as lowest_bound,
        case
            when count(*) = count(commission_plans.upper_bound) then max(commission_plans.upper_bound)
        end as highest_bound
    from commission_plans
    cross join common_currency
    group by commission_plans.plan_id, commission_plans.version
),

spans as (
    select
        *,
        lead(valid_from) over (partition by plan_id order by valid_from asc, version asc) as valid_to
    from versions
)

select * from spans
