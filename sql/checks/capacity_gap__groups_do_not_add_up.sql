-- Every period in which the groups at the top of the hierarchy have other hours than all work centers together.
with

capacity_gap as (
    select * from marts.capacity_gap
),

work_centers as (
    select * from marts.dim_work_center
),

totals as (
    select
        capacity_gap.load_basis,
        capacity_gap.plan_version,
        capacity_gap.period_kind,
        capacity_gap.period_start,
        sum(capacity_gap.own_load_hours) as own_load_hours,
        sum(capacity_gap.group_load_hours) filter (where work_centers.level = 1) as top_load_hours,
        sum(capacity_gap.own_available_hours) as own_available_hours,
        sum(capacity_gap.group_available_hours) filter (where work_centers.level = 1) as top_available_hours
    from capacity_gap
    inner join work_centers on capacity_gap.work_center_id = work_centers.work_center_id
    group by
        capacity_gap.load_basis,
        capacity_gap.plan_version,
        capacity_gap.period_kind,
        capacity_gap.period_start
),

differing as (
    select *
    from totals
    where
        (own_load_hours is distinct from top_load_hours)
        or (own_available_hours is distinct from top_available_hours)
)

select * from differing
