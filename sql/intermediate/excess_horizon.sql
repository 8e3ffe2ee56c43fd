-- One row per run: the days over which stock is held against demand, and those over which usage is counted.
with

periods as (
    select * from intermediate.periods
    where period_kind = $excess_period_kind
),

bounds as (
    select
        max(period_index) filter (where is_period_complete) as last_complete_index,
        max(period_end) filter (where is_period_complete) as last_complete_end,
        min(period_index) filter (where not is_period_complete) as first_open_index,
        max(period_index) as last_index,
        max(period_end) as last_end
    from periods
),

-- Beyond the last period of the calendar periods have their mean length.
reached as (
    select
        $as_of + 1 as horizon_start,
        max(periods.period_end) filter (
            where periods.period_index <= bounds.first_open_index + $excess_periods - 1
        ) + cast(
            round(
                greatest(min(bounds.first_open_index) + $excess_periods - 1 - min(bounds.last_index), 0)
                * case $excess_period_kind
                    when 'week' then 7
                    when 'month' then 30.4375
                    when 'quarter' then 91.3125
                    else 365.25
                end
            ) as bigint
        ) as horizon_end,
        min(periods.period_start) filter (
            where periods.period_index > bounds.last_complete_index - $usage_periods
        ) as usage_start,
        min(bounds.last_complete_end) as usage_end
    from periods
    cross join bounds
),

counted as (
    select
        *,
        horizon_end - horizon_start as horizon_days
    from reached
)

select * from counted
