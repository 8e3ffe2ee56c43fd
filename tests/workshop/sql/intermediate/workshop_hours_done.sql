-- One row per work center and month in which operations were done.
select
    work_center_id,
    cast(date_trunc('month', actual_start) as date) as month,
    count(*) as operations,
    sum(actual_hours) as actual_hours
from staging.production_operations
where actual_start is not null
group by work_center_id, month
