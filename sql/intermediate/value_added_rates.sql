-- One row per level, its member, measure, step and period: what the step misses, and by how much less than others.
with

running as (
    select * from intermediate.value_added_running
),

chain_members as (
    select
        members.member_number,
        keys.chain_number
    from intermediate.value_added_members as members
    inner join intermediate.value_added_keys as keys on members.item_number = keys.item_number
    group by members.member_number, keys.chain_number
),

chains as (
    select * from intermediate.value_added_chains
),

-- What is divided by nothing is NULL; so is what is in no one unit.
rated as (
    select
        running.*,
        chains.step,
        chains.n_steps,
        chains.previous_number,
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
            when chains.step <> 'naive'
                then
                    cast(
                        cast(running.n_items_beating_naive as decimal(28, 12)) / nullif(running.n_window_items, 0)
                        as decimal(28, 12)
                    )
        end as beating_naive_rate
    from running
    inner join chain_members on running.member_number = chain_members.member_number
    inner join chains
        on
            chain_members.chain_number = chains.chain_number
            and running.measure = chains.measure
            and running.step_number = chains.step_number
),

wapes as (
    select
        member_number,
        measure,
        step_number,
        step,
        period_index,
        wape
    from rated
),

compared as (
    select
        rated.*,
        previous.wape - rated.wape as fva_points,
        naive.wape - rated.wape as fva_points_against_naive
    from rated
    left join wapes as previous
        on
            rated.member_number = previous.member_number
            and rated.measure = previous.measure
            and rated.previous_number = previous.step_number
            and rated.period_index = previous.period_index
    left join wapes as naive
        on
            rated.member_number = naive.member_number
            and rated.measure = naive.measure
            and rated.period_index = naive.period_index
            and naive.step = 'naive'
            and rated.step <> 'naive'
)

select * from compared
