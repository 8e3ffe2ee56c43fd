-- One row per row of value_added_sums: what the errors of its level and step add up to until then, and their run of one sign.
with

sums as (
    select * from intermediate.value_added_sums
),

-- Of a level whose unit changes, errors do not add up over time.
units as (
    select
        measure,
        level,
        level_id,
        step,
        lag,
        period_kind,
        min(unit) = max(unit) as has_one_unit
    from sums
    where not has_mixed_units
    group by measure, level, level_id, step, lag, period_kind
),

errors as (
    select
        sums.*,
        case when not sums.has_mixed_units and units.has_one_unit then sums.actual - sums.forecast end
            as forecast_error
    from sums
    left join units
        on
            sums.measure = units.measure
            and sums.level = units.level
            and sums.level_id = units.level_id
            and sums.step = units.step
            and sums.lag = units.lag
            and sums.period_kind = units.period_kind
),

tracked as (
    select
        *,
        signum(forecast_error) as error_sign,
        case when period_start >= $tracking_start then forecast_error end as tracked_error
    from errors
),

cumulated as (
    select
        *,
        case when is_period_complete then count(tracked_error) over to_period else 0 end as n_tracked_periods,
        case when is_period_complete then sum(tracked_error) over to_period end as running_error,
        case when is_period_complete then sum(abs(tracked_error)) over to_period end as running_abs_error,
        lag(error_sign) over by_period as sign_before,
        lag(period_index) over by_period as index_before
    from tracked
    window
        by_period as (
            partition by measure, level, level_id, step, lag, period_kind
            order by period_index asc
        ),
        to_period as (
            partition by measure, level, level_id, step, lag, period_kind
            order by period_index asc
            rows between unbounded preceding and current row
        )
),

-- An error of 0 has no sign, and that of a period without a comparison is not known: both end a run.
begun as (
    select
        *,
        case
            when error_sign = sign_before and period_index = index_before + 1 then null
            else period_index
        end as run_start_index
    from cumulated
),

with_runs as (
    select
        *,
        case
            when error_sign in (-1, 1)
                then
                    period_index + 1 - max(run_start_index) over (
                        partition by measure, level, level_id, step, lag, period_kind
                        order by period_index asc
                        rows between unbounded preceding and current row
                    )
            else 0
        end as bias_streak_periods
    from begun
)

select * from with_runs
