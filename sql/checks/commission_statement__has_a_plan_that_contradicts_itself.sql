-- Every version of a commission plan whose tiers disagree on how it pays, that has several flat rates, or whose period is
-- none that there is.
with

commission_plans as (
    select * from staging.commission_plans
),

period_kinds as (
    select distinct period_kind from intermediate.period_days
),

versions as (
    select
        plan_id,
        version,
        count(*) as tier_count,
        min(method) as method,
        min(tier_period) as tier_period,
        min(valid_from) <> max(valid_from) as has_several_days,
        min(method) <> max(method)
        or min(base) <> max(base)
        or min(tier_period) <> max(tier_period)
        or min(coalesce(currency, '')) <> max(coalesce(currency, '')) as has_several_ways
    from commission_plans
    group by plan_id, version
),

judged as (
    select
        versions.plan_id,
        versions.version,
        case
            when versions.has_several_days then 'tiers hold from different days'
            when versions.has_several_ways then 'tiers differ in method, base, currency or tier_period'
            when versions.method = 'flat' and versions.tier_count > 1 then 'flat, with several tiers'
            when period_kinds.period_kind is null then concat('tier_period is ', versions.tier_period)
        end as problem
    from versions
    left join period_kinds on versions.tier_period = period_kinds.period_kind
),

wrong as (
    select * from judged
    where problem is not null
)

select * from wrong
