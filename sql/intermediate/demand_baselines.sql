-- One row per series of demand and period since its first demand, up to the one that is open: its demand, and its signal
-- by the median of the complete periods before and the median absolute deviation from it.
with

grid as (
    select * from intermediate.demand_series_grid
),

earlier as (
    select
        *,
        lag(demand_quantity, 1) over in_time as before_1,
        lag(demand_quantity, 2) over in_time as before_2,
        lag(demand_quantity, 3) over in_time as before_3,
        lag(demand_quantity, 4) over in_time as before_4,
        lag(demand_quantity, 5) over in_time as before_5,
        lag(demand_quantity, 6) over in_time as before_6,
        lag(demand_quantity, 7) over in_time as before_7,
        lag(demand_quantity, 8) over in_time as before_8,
        lag(demand_quantity, 9) over in_time as before_9,
        lag(demand_quantity, 10) over in_time as before_10,
        lag(demand_quantity, 11) over in_time as before_11,
        lag(demand_quantity, 12) over in_time as before_12
    from grid
    window in_time as (partition by series_number order by period_index asc)
),

-- What does not count is NULL and sorts first: the others are the last of the twelve.
sorted as (
    select
        *,
        array_sort(make_array(
            case when $signal_baseline_periods >= 1 then before_1 end,
            case when $signal_baseline_periods >= 2 then before_2 end,
            case when $signal_baseline_periods >= 3 then before_3 end,
            case when $signal_baseline_periods >= 4 then before_4 end,
            case when $signal_baseline_periods >= 5 then before_5 end,
            case when $signal_baseline_periods >= 6 then before_6 end,
            case when $signal_baseline_periods >= 7 then before_7 end,
            case when $signal_baseline_periods >= 8 then before_8 end,
            case when $signal_baseline_periods >= 9 then before_9 end,
            case when $signal_baseline_periods >= 10 then before_10 end,
            case when $signal_baseline_periods >= 11 then before_11 end,
            case when $signal_baseline_periods >= 12 then before_12 end
        )) as quantities,
        12 - $signal_baseline_periods + cast(floor(($signal_baseline_periods + 1) / 2.0) as bigint) as lower_middle,
        12 - $signal_baseline_periods + cast(floor(($signal_baseline_periods + 2) / 2.0) as bigint) as upper_middle
    from earlier
),

-- Five places hold the middle of two quantities of four, and six that of two such.
with_baselines as (
    select
        *,
        case
            when period_index - first_demand_index >= $signal_baseline_periods
                then cast((quantities[lower_middle] + quantities[upper_middle]) * 0.5 as decimal(22, 6))
        end as baseline_quantity
    from sorted
),

with_deviations as (
    select
        *,
        array_sort(make_array(
            case when $signal_baseline_periods >= 1 then abs(before_1 - baseline_quantity) end,
            case when $signal_baseline_periods >= 2 then abs(before_2 - baseline_quantity) end,
            case when $signal_baseline_periods >= 3 then abs(before_3 - baseline_quantity) end,
            case when $signal_baseline_periods >= 4 then abs(before_4 - baseline_quantity) end,
            case when $signal_baseline_periods >= 5 then abs(before_5 - baseline_quantity) end,
            case when $signal_baseline_periods >= 6 then abs(before_6 - baseline_quantity) end,
            case when $signal_baseline_periods >= 7 then abs(before_7 - baseline_quantity) end,
            case when $signal_baseline_periods >= 8 then abs(before_8 - baseline_quantity) end,
            case when $signal_baseline_periods >= 9 then abs(before_9 - baseline_quantity) end,
            case when $signal_baseline_periods >= 10 then abs(before_10 - baseline_quantity) end,
            case when $signal_baseline_periods >= 11 then abs(before_11 - baseline_quantity) end,
            case when $signal_baseline_periods >= 12 then abs(before_12 - baseline_quantity) end
        )) as deviations
    from with_baselines
),

measured as (
    select
        series_number,
        product_id,
        location_id,
        period_kind,
        period_start,
        period_end,
        period_index,
        is_period_complete,
        demand_quantity,
        demand_amount,
        baseline_quantity,
        cast((deviations[lower_middle] + deviations[upper_middle]) * 0.5 as decimal(22, 6)) as deviation_quantity
    from with_deviations
),

bounded as (
    select
        *,
        baseline_quantity - $signal_deviations * deviation_quantity as lower_quantity,
        baseline_quantity + $signal_deviations * deviation_quantity as upper_quantity
    from measured
),

-- What is still booked in an open period may be too much already; too little it is not yet.
signalled as (
    select
        *,
        case
            when baseline_quantity is null then null
            when demand_quantity > upper_quantity then 'surge'
            when is_period_complete and demand_quantity < lower_quantity then 'slowdown'
            else 'none'
        end as signal
    from bounded
)

select * from signalled
