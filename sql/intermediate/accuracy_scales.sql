-- One row per series of actuals and period: how far the actuals were from those of a year before, on average until then.
with

actuals as (
    select * from intermediate.accuracy_actuals
),

-- The sample starts with the first demand, so that the first year of it has nothing to be compared with.
differences as (
    select
        actuals.series_id,
        actuals.period_index,
        abs(actuals.actual_quantity - year_before.actual_quantity) as difference_quantity,
        abs(actuals.actual_amount - year_before.actual_amount) as difference_amount
    from actuals
    inner join actuals as year_before
        on
            actuals.series_id = year_before.series_id
            and actuals.period_index - actuals.periods_per_year = year_before.period_index
    where year_before.period_index >= actuals.sample_start_index
),

cumulated as (
    select
        series_id,
        period_index,
        count(*) over to_period as sample_period_count,
        count(difference_quantity) over to_period as known_quantity_count,
        count(difference_amount) over to_period as known_amount_count,
        sum(difference_quantity) over to_period as difference_quantity,
        sum(difference_amount) over to_period as difference_amount
    from differences
    window to_period as (
        partition by series_id
        order by period_index asc
        rows between unbounded preceding and current row
    )
),

-- A mean of which a part is not known is not known.
averaged as (
    select
        series_id,
        period_index,
        sample_period_count,
        case
            when known_quantity_count = sample_period_count
                then cast(cast(difference_quantity as decimal(28, 12)) / sample_period_count as decimal(28, 12))
        end as scale_mae,
        case
            when known_amount_count = sample_period_count
                then cast(cast(difference_amount as decimal(28, 12)) / sample_period_count as decimal(28, 12))
        end as scale_mae_amount
    from cumulated
)

select * from averaged
