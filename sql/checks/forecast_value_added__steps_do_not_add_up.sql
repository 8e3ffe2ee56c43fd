-- Every row in which what the steps up to it added is not what it is better by than the naive forecast, their first one.
with

value_added as (
    select * from marts.forecast_value_added
),

added_up as (
    select
        this_step.level,
        this_step.level_id,
        this_step.lag,
        this_step.period_kind,
        this_step.period_start,
        this_step.step,
        this_step.fva_points_against_naive,
        sum(steps_before.fva_points) as sum_of_fva_points
    from value_added as this_step
    inner join value_added as steps_before
        on
            this_step.level = steps_before.level
            and this_step.level_id = steps_before.level_id
            and this_step.lag = steps_before.lag
            and this_step.period_kind = steps_before.period_kind
            and this_step.period_start = steps_before.period_start
    inner join value_added as first_step
        on
            this_step.level = first_step.level
            and this_step.level_id = first_step.level_id
            and this_step.lag = first_step.lag
            and this_step.period_kind = first_step.period_kind
            and this_step.period_start = first_step.period_start
    where
        first_step.step = 'naive'
        and first_step.previous_step is null
        and this_step.step_number >= steps_before.step_number
        and this_step.fva_points_against_naive is not null
    group by
        this_step.level,
        this_step.level_id,
        this_step.lag,
        this_step.period_kind,
        this_step.period_start,
        this_step.step,
        this_step.fva_points_against_naive
),

differing as (
    select *
    from added_up
    where sum_of_fva_points is distinct from fva_points_against_naive
)

select * from differing
