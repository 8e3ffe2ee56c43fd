-- forecast_accuracy_rolling: the rates over the windows of 3 and of 12 periods that end in each period that is over.
create or replace temp table window_sums as
with numbered as (
    select
        series_id, basis, period_start, period_end, is_period_complete,
        month_of(period_start) as month,
        if(
            min(unit) over (partition by series_id) = max(unit) over (partition by series_id),
            min(unit) over (partition by series_id),
            null
        ) as series_unit,
        sums.* exclude (series_id, basis, period_start, period_end, is_period_complete, unit, window_periods)
    from sums
),

windows as (
    select unnest([3, 12]) as window_periods
)

select
    series_id,
    basis,
    period_start,
    period_end,
    is_period_complete,
    series_unit as unit,
    window_periods,
    sum(columns(
        numbered.* exclude (series_id, basis, period_start, period_end, is_period_complete, month, series_unit)
    )) over to_month
from numbered
cross join windows
window to_month as (
    partition by series_id, basis, window_periods
    order by month
    range between window_periods - 1 preceding and current row
)
qualify is_period_complete;

create or replace temp view forecast_accuracy_rolling as
select * exclude (is_period_complete)
from compared_rates('window_sums');
