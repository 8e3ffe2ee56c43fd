-- One row per row of value_added_sums: what the errors of its level and step add up to until then, and the run of one sign.
with

sums as (
    select * from intermediate.value_added_sums
),

members as (
    select
        member_number,
        period_kind
    from intermediate.value_added_members
    group by member_number, period_kind
),

periods as (
    select * from intermediate.periods
),

-- Of a level whose unit changes, errors do not add up over time.
units as (
    select
        member_number,
        measure,
        step_number,
        min(unit) = max(unit) as has_one_unit
    from sums
    where not has_mixed_units
    group by member_number, measure, step_number
),

errors as (
    select
        sums.*,
        case when periods.is_period_complete then sums.window_item_count else 0 end as n_window_items,
        case when periods.is_period_complete then sums.beating_item_count else 0 end as n_items_beating_naive,
        periods.is_period_complete,
        periods.period_start >= $tracking_start as is_tracked,
        case when not sums.has_mixed_units and units.has_one_unit then sums.actual - sums.forecast end
            as forecast_error
    from sums
    inner join members on sums.member_number = members.member_number
    inner join periods
        on
            members.period_kind = periods.period_kind
            and sums.period_index = periods.period_index
    left join units
        on
            sums.member_number = units.member_number
            and sums.measure = units.measure
            and sums.step_number = units.step_number
),

tracked as (
    select
        *,
        signum(forecast_error) as error_sign,
        case when is_tracked then forecast_error end as tracked_error
    from errors
),

cumulated as (
    select
        *,
        case when is_period_complete then count(tracked_error) over to_period else 0 end as n_tracked_periods,
        case when is_period_complete then sum(tracked_error) over to_period end as running_error,
        case when is_period_complete then sum(abs(tracked_error)) over to_period end as running_abs_error,
        lag(error_sign) over to_period as sign_before,
        lag(period_index) over to_period as index_before
    from tracked
    window to_period as (
        partition by member_number, measure, step_number
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
                        partition by member_number, measure, step_number
                        order by period_index asc
                        rows between unbounded preceding and current row
                    )
            else 0
        end as bias_streak_periods
    from begun
)

select * from with_runs
