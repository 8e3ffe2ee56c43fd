-- One row per work center and day to `$as_of` on which operations started: the hours that they took.
with

operations as (
    select * from staging.production_operations
),

work_centers as (
    select * from marts.dim_work_center
),

started as (
    select
        coalesce(work_centers.work_center_id, '(unknown)') as work_center_id,
        operations.actual_start as load_date,
        coalesce(operations.actual_hours, 0) + coalesce(operations.setup_hours, 0) as hours,
        operations.actual_hours
    from operations
    left join work_centers on operations.work_center_id = work_centers.work_center_id
    where operations.actual_start <= $as_of
),

summed as (
    select
        'actual' as load_basis,
        '(all)' as plan_version,
        work_center_id,
        load_date,
        sum(hours) as placed_load_hours,
        0 as past_due_load_hours,
        0 as unplaced_load_hours,
        count(*) filter (where actual_hours is null) as missing_hours_count
    from started
    group by work_center_id, load_date
)

select * from summed
