-- No month has negative hours.
select
    work_center_id,
    month
from marts.workshop_hours
where shift_hours < 0 or hours < 0
