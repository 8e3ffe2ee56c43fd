-- One row per work center and week in which the last approved production plan asks for more hours than there are.
select
    work_center_id,
    period_start,
    own_load_hours,
    own_available_hours,
    load_rate
from {{ source('marts', 'capacity_gap') }}
where period_kind = 'week'
    and load_basis = 'production_plan'
    and not is_group
    and load_rate > 1
