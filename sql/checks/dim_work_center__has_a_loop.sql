-- Every loop in the hierarchy of work centers, once, as the way from a work center to itself.
with recursive

work_centers as (
    select
        work_center_id,
        parent_id
    from staging.work_centers
),

-- Only who has no place can be in a loop. A walk ends at the top, or where it meets a work center again.
unplaced as (
    select work_center_id
    from marts.dim_work_center
    where level is null
),

walks as (
    select
        work_centers.work_center_id as start_id,
        work_centers.parent_id as next_id,
        concat(work_centers.work_center_id, ' > ', work_centers.parent_id) as way,
        concat('/', work_centers.work_center_id, '/') as visited
    from work_centers
    inner join unplaced on work_centers.work_center_id = unplaced.work_center_id
    union all
    select
        walks.start_id,
        work_centers.parent_id as next_id,
        concat(walks.way, ' > ', work_centers.parent_id) as way,
        concat(walks.visited, work_centers.work_center_id, '/') as visited
    from walks
    inner join work_centers on walks.next_id = work_centers.work_center_id
    where
        work_centers.parent_id is not null
        and strpos(walks.visited, concat('/', work_centers.work_center_id, '/')) = 0
),

returned as (
    select
        start_id,
        way,
        visited
    from walks
    where next_id = start_id
),

-- A loop of three comes back to each of the three; the first in order stands for it.
loops as (
    select
        returned.start_id as work_center_id,
        returned.way as loop
    from returned
    left join returned as earlier
        on
            earlier.start_id < returned.start_id
            and strpos(returned.visited, concat('/', earlier.start_id, '/')) > 0
    where earlier.start_id is null
)

select * from loops
