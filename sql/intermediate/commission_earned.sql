-- One row per credited line, plan and tier that pays for a part of it, or `(none)` for what no tier pays for.
with

running as (
    select * from intermediate.commission_running
),

tiers as (
    select * from staging.commission_plans
),

-- Each tier's part of all bases up to the line, less its part of those before it.
marginal as (
    select
        running.*,
        cast(tiers.tier as varchar) as tier,
        tiers.rate as commission_rate,
        greatest(0, least(running.base_through, coalesce(tiers.upper_bound, running.base_through)) - tiers.lower_bound)
            as paid_through,
        greatest(0, least(running.base_before, coalesce(tiers.upper_bound, running.base_before)) - tiers.lower_bound)
            as paid_before
    from running
    inner join tiers
        on
            running.plan_id = tiers.plan_id
            and running.plan_version = tiers.version
    where
        running.method = 'marginal'
        and not running.is_rate_unknown
        and greatest(running.base_through, running.base_before) > tiers.lower_bound
        and (tiers.upper_bound is null or least(running.base_through, running.base_before) < tiers.upper_bound)
),

-- One rate for all of it: the only one, or that of the tier in which the whole base of the period lies.
single as (
    select
        running.*,
        cast(tiers.tier as varchar) as tier,
        tiers.rate as commission_rate,
        running.base_through as paid_through,
        running.base_before as paid_before
    from running
    inner join tiers
        on
            running.plan_id = tiers.plan_id
            and running.plan_version = tiers.version
    where
        not running.is_rate_unknown
        and (
            running.method = 'flat'
            or (
                running.method = 'whole_amount'
                and running.whole_base >= tiers.lower_bound
                and (tiers.upper_bound is null or running.whole_base < tiers.upper_bound)
            )
        )
),

-- Below the first tier, beyond the last, and where no tier is known.
unpaid as (
    select
        *,
        '(none)' as tier,
        case when not is_rate_unknown then 0 end as commission_rate,
        case
            when is_rate_unknown then base_through
            when method = 'whole_amount' then base_through
            else
                base_through
                - greatest(0, least(base_through, coalesce(highest_bound, base_through)) - lowest_bound)
        end as paid_through,
        case
            when is_rate_unknown then base_before
            when method = 'whole_amount' then base_before
            else
                base_before
                - greatest(0, least(base_before, coalesce(highest_bound, base_before)) - lowest_bound)
        end as paid_before
    from running
    where
        is_rate_unknown
        or method = 'marginal'
        or (method = 'whole_amount' and (whole_base < lowest_bound or whole_base >= highest_bound))
),

all_tiers as (
    select * from marginal
    where paid_through <> paid_before
    union all
    select * from single
    union all
    select * from unpaid
    where paid_through <> paid_before or base_amount = 0 or is_rate_unknown or method = 'whole_amount'
),

-- Rounded as a running total of the period, so that what is paid in it is the rate of its base to the cent.
paid as (
    select
        *,
        case when base_amount is not null then cast(paid_through - paid_before as decimal(18, 4)) end
            as tier_base_amount,
        case
            when base_amount is not null
                then cast(
                    round(paid_through * commission_rate, 2) - round(paid_before * commission_rate, 2)
                    as decimal(18, 4)
                )
        end as commission_amount
    from all_tiers
)

select * from paid
