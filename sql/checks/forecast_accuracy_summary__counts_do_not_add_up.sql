-- Every row in which the rows of each forecast status are not all rows there are.
with

summary as (
    select * from marts.forecast_accuracy_summary
),

differing as (
    select
        level,
        level_id,
        forecast_type,
        lag,
        period_kind,
        period_start,
        n_periods,
        n_present,
        n_carried,
        n_late,
        n_missing
    from summary
    where n_periods <> n_present + n_carried + n_late + n_missing
)

select * from differing
