-- One row per work center and each work center of its group: itself and all below it.
with recursive

-- A work center in or below a loop has no level; it stands here for itself alone, and a check names the loop.
work_centers as (
    select
        work_center_id,
        parent_id,
        level
    from marts.dim_work_center
),

members as (
    select
        work_center_id as group_id,
        work_center_id,
        0 as distance
    from work_centers
    union all
    select
        members.group_id,
        work_centers.work_center_id,
        members.distance + 1 as distance
    from members
    inner join work_centers on members.work_center_id = work_centers.parent_id
    where work_centers.level > 1
)

select * from members
