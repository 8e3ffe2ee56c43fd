-- One row per product, location and period of the production plan that counts: the last approved one as of `$as_of`.
with

production_plans as (
    select * from staging.production_plans
),

known as (
    select *
    from production_plans
    where
        status = 'approved'
        and snapshot_date <= $as_of
        and (known_at is null or known_at < $as_of + interval '1 day')
),

-- One plan is shown at a time; earlier ones are never added to it.
last_plan as (
    select
        snapshot_date,
        version
    from known
    group by snapshot_date, version
    order by snapshot_date desc, version desc
    limit 1
),

plan_rows as (
    select
        known.snapshot_date,
        known.version as plan_version,
        known.product_id,
        known.location_id,
        known.period_start,
        known.period_end,
        known.due_date,
        coalesce(known.quantity, 0) as quantity
    from known
    inner join last_plan
        on
            known.snapshot_date = last_plan.snapshot_date
            and known.version = last_plan.version
)

select * from plan_rows
