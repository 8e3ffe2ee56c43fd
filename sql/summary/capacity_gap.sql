-- The months in which most hours are missing, by what the load is made of.
with

capacity_gap as (
    select * from marts.capacity_gap
),

work_centers as (
    select * from marts.dim_work_center
),

overloaded as (
    select
        capacity_gap.period_start,
        capacity_gap.work_center_id,
        capacity_gap.overload_hours,
        capacity_gap.load_basis,
        capacity_gap.group_load_hours as load_hours,
        capacity_gap.group_available_hours as available_hours,
        work_centers.name,
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
        period_start,
        work_center_id,
        overload_hours,
        load_basis,
        load_hours,
        available_hours,
        name
    from overloaded
    where place <= 3
)

select * from worst
order by overload_hours desc, load_basis asc, period_start asc, work_center_id asc
