-- One row per level, its member, measure, step and period: errors of the step on what all steps have a forecast of.
with

windows as (
    select * from intermediate.value_added_windows
),

members as (
    select
        item_number,
        member_number,
        level
    from intermediate.value_added_members
),

placed as (
    select
        members.member_number,
        members.level,
        windows.window_periods = 1 as is_own,
        windows.window_periods = $value_added_window and windows.naive_abs_error is not null as is_window,
        windows.*
    from windows
    inner join members on windows.item_number = members.item_number
),

-- Quantities in several units, or of a product without a path to its planning unit, are no quantity together.
summed as (
    select
        member_number,
        measure,
        step_number,
        period_index,
        min(level) <> 'product' and (bool_or(has_no_path) or coalesce(min(unit) <> max(unit), false))
            as has_mixed_units,
        min(unit) as unit,
        count(*) filter (where is_own) as n_items,
        count(*) filter (where is_own and forecast_status = 'present') as n_present,
        count(*) filter (where is_own and forecast_status = 'carried') as n_carried,
        count(*) filter (where is_own and forecast_status = 'late') as n_late,
        count(*) filter (where is_own and forecast_status = 'missing') as n_missing,
        sum(n_compared) filter (where is_own) as n_compared,
        sum(n_partly_missing) filter (where is_own) as n_partly_missing,
        sum(n_not_valued) filter (where is_own) as n_not_valued,
        sum(forecast) filter (where is_own) as forecast,
        sum(actual) filter (where is_own) as actual,
        sum(abs_error) filter (where is_own) as abs_error,
        sum(abs_actual) filter (where is_own) as abs_actual,
        count(*) filter (where is_window) as window_item_count,
        count(*) filter (where is_window and abs_error < naive_abs_error) as beating_item_count
    from placed
    group by member_number, measure, step_number, period_index
)

select * from summed
