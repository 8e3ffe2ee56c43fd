-- Every tier of a commission plan that does not begin where the one before it ends, or ends before it begins.
with

commission_plans as (
    select * from staging.commission_plans
),

-- A tier without an end leaves no room for another; it counts as ending beyond all others.
with_previous as (
    select
        *,
        row_number() over version_tiers as place,
        lag(tier) over version_tiers as previous_tier,
        lag(upper_bound) over version_tiers as previous_upper_bound
    from commission_plans
    window version_tiers as (partition by plan_id, version order by lower_bound asc, tier asc)
),

judged as (
    select
        plan_id,
        version,
        tier,
        lower_bound,
        upper_bound,
        previous_tier,
        previous_upper_bound,
        case
            when upper_bound <= lower_bound then 'ends before it begins'
            when place > 1 and (previous_upper_bound is null or previous_upper_bound > lower_bound) then 'overlap'
            when place > 1 and previous_upper_bound < lower_bound then 'gap'
        end as problem
    from with_previous
),

wrong as (
    select * from judged
    where problem is not null
)

select * from wrong
