-- One row per work center with its place in the hierarchy, and one each for what is no known one and for all of them.
with recursive

work_centers as (
    select * from staging.work_centers
),

-- A parent that no work center is leaves its child at the top.
with_parents as (
    select
        work_centers.*,
        parents.work_center_id as known_parent_id
    from work_centers
    left join work_centers as parents on work_centers.parent_id = parents.work_center_id
),

places as (
    select
        work_center_id,
        work_center_id as root_id,
        1 as level,
        work_center_id as path
    from with_parents
    where known_parent_id is null
    union all
    select
        with_parents.work_center_id,
        places.root_id,
        places.level + 1 as level,
        concat(places.path, ' > ', with_parents.work_center_id) as path
    from places
    inner join with_parents on places.work_center_id = with_parents.known_parent_id
),

parents as (
    select distinct known_parent_id as work_center_id
    from with_parents
    where known_parent_id is not null
),

-- Whoever is in or below a loop is never reached from a top and has no place; a check names the loop.
known as (
    select
        with_parents.work_center_id,
        with_parents.name,
        with_parents.location_id,
        case
            when with_parents.parent_id is not null then coalesce(with_parents.known_parent_id, '(unknown)')
        end as parent_id,
        places.root_id,
        places.level,
        places.path,
        parents.work_center_id is not null as is_group,
        with_parents.machine_count,
        with_parents.efficiency_rate,
        with_parents.planned_utilization_rate,
        with_parents.hour_cost,
        with_parents.currency,
        with_parents.calendar_id
    from with_parents
    left join places on with_parents.work_center_id = places.work_center_id
    left join parents on with_parents.work_center_id = parents.work_center_id
),

special as (
    select '(unknown)' as member
    union all
    select '(all)' as member
),

others as (
    select
        member as work_center_id,
        member as name,
        cast(null as varchar) as location_id,
        cast(null as varchar) as parent_id,
        member as root_id,
        1 as level,
        member as path,
        false as is_group,
        cast(null as bigint) as machine_count,
        cast(null as decimal(9, 6)) as efficiency_rate,
        cast(null as decimal(9, 6)) as planned_utilization_rate,
        cast(null as decimal(18, 4)) as hour_cost,
        cast(null as varchar) as currency,
        cast(null as varchar) as calendar_id
    from special
),

members as (
    select * from known
    union all
    select * from others
)

select * from members
