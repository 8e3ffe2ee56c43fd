-- The months in which most hours are missing, what happened and what is to come apart.
with

capacity_gap as (
    select * from marts.capacity_gap
),

work_centers as (
    select * from marts.dim_work_center
),

overloaded as (
    select
        capacity_gap.load_basis,
        capacity_gap.period_start,
        capacity_gap.work_center_id,
        work_centers.name,
        capacity_gap.group_load_hours as load_hours,
        capacity_gap.group_available_hours as available_hours,
        capacity_gap.overload_hours,
        row_number() over (
            partition by capacity_gap.load_basis
            order by capacity_gap.overload_hours desc, capacity_gap.period_start asc, capacity_gap.work_center_id asc
        ) as place
    from capacity_gap
    inner join work_centers on capacity_gap.work_center_id = work_centers.work_center_id
    where
        capacity_gap.period_kind = 'month'
        and capacity_gap.overload_hours > 0
        and not capacity_gap.is_group
),

worst as (
    select
        load_basis,
        period_start,
        work_center_id,
        name,
        load_hours,
        available_hours,
        overload_hours
    from overloaded
    where place <= 3
)

select * from worst
order by load_basis asc, overload_hours desc, period_start asc, work_center_id asc
