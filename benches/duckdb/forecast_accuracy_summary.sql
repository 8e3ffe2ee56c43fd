-- forecast_accuracy_summary: the rates of each period.
create or replace temp view forecast_accuracy_summary as
select * exclude (window_periods, n_window_periods)
from compared_rates('sums');
