-- One row per tier of a version of a commission plan of an extract that has the entity's own columns.
with

landed as (
    select * from landing.commission_plans
),

renamed as (
    select
        plan_id,
        version,
        tier,
        valid_from,
        lower_bound,
        upper_bound,
        currency,
        rate,
        method,
        base,
        tier_period
    from landed
)

select * from renamed
