-- One row per level, its member, measure, step, lag and period: what the step misses, and by how much less than others.
with

running as (
    select * from intermediate.value_added_running
),

steps as (
    select
        level,
        comparison_number
    from intermediate.value_added_steps
    group by level, comparison_number
),

chains as (
    select * from intermediate.value_added_chains
),

-- What is divided by nothing is NULL; so is what is in no one unit.
rated as (
    select
        running.*,
        chains.step_number,
        chains.n_steps,
        chains.previous_step,
        cast(
            cast(case when not running.has_mixed_units then running.abs_error end as decimal(38, 12))
            / nullif(running.abs_actual, 0) as decimal(28, 12)
        ) as wape,
        cast(
            cast(running.running_abs_error as decimal(38, 12)) / nullif(running.n_tracked_periods, 0) as decimal(28, 12)
        ) as running_mean_abs_error,
        cast(
            cast(running.running_error * running.n_tracked_periods as decimal(38, 12))
            / nullif(running.running_abs_error, 0) as decimal(18, 6)
        ) as tracking_signal,
        case
            when running.forecast_error < 0 then 'over'
            when running.forecast_error > 0 then 'under'
            when running.forecast_error = 0 then 'none'
        end as bias_direction,
        case
            when running.step <> 'naive'
                then
                    cast(
                        cast(running.n_items_beating_naive as decimal(28, 12)) / nullif(running.n_window_items, 0)
                        as decimal(28, 12)
                    )
        end as beating_naive_rate
    from running
    inner join steps on running.level = steps.level
    inner join chains
        on
            steps.comparison_number = chains.comparison_number
            and running.measure = chains.measure
            and running.step = chains.step
            and running.lag = chains.lag
            and running.period_kind = chains.period_kind
),

wapes as (
    select
        measure,
        level,
        level_id,
        step,
        lag,
        period_kind,
        period_index,
        wape
    from rated
),

compared as (
    select
        rated.*,
        previous.wape as previous_wape,
        naive.wape as naive_wape
    from rated
    left join wapes as previous
        on
            rated.measure = previous.measure
            and rated.level = previous.level
            and rated.level_id = previous.level_id
            and rated.previous_step = previous.step
            and rated.lag = previous.lag
            and rated.period_kind = previous.period_kind
            and rated.period_index = previous.period_index
    left join wapes as naive
        on
            rated.measure = naive.measure
            and rated.level = naive.level
            and rated.level_id = naive.level_id
            and naive.step = 'naive'
            and rated.step <> 'naive'
            and rated.lag = naive.lag
            and rated.period_kind = naive.period_kind
            and rated.period_index = naive.period_index
)

select * from compared
