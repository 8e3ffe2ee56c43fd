-- One row per work center and month: the hours of its shifts and those of its operations.
with

shifts as (
    select
        work_center_id,
        cast(date_trunc('month', date) as date) as month,
        sum(shift_hours) as shift_hours
    from staging.capacity
    group by work_center_id, month
)

select
    coalesce(shifts.work_center_id, done.work_center_id, '(unknown)') as work_center_id,
    coalesce(shifts.month, done.month) as month,
    shifts.shift_hours,
    done.operations,
    done.hours
from shifts
full outer join intermediate.workshop_hours_done as done
    on shifts.work_center_id = done.work_center_id and shifts.month = done.month
