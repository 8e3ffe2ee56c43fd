-- One row per work center and month in which operations began or are to begin.
select
    work_center_id,
    cast(date_trunc('month', coalesce(actual_start, scheduled_start)) as date) as month,
    count(*) as operations,
    sum(coalesce(actual_hours, planned_hours)) as hours
from staging.production_operations
where actual_start is not null or scheduled_start is not null
group by work_center_id, month
