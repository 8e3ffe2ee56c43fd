-- One row per series of actuals and period: how far the actuals were from those of a year before, on average until then.
with

actuals as (
    select * from intermediate.accuracy_actuals
),

-- The sample starts with the first demand, so that the first year of it has nothing to be compared with.
first_years as (
    select
        series_id,
        count(*) as period_count,
        count(actual_amount) as known_amount_count,
        sum(actual_amount) as amount
    from actuals
    where
        period_index >= sample_start_index
        and period_index < sample_start_index + periods_per_year
    group by series_id
),

differences as (
    select
        actuals.series_id,
        actuals.period_index,
        abs(actuals.actual_quantity - year_before.actual_quantity) as difference_quantity,
        abs(actuals.actual_amount - year_before.actual_amount) as difference_amount,
        actuals.actual_amount - year_before.actual_amount as change_amount
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
        sum(difference_amount) over to_period as difference_amount,
        sum(difference_quantity * difference_quantity) over to_period as squared_quantity,
        sum(difference_amount * difference_amount) over to_period as squared_amount,
        sum(change_amount) over to_period as change_amount
    from differences
    window to_period as (
        partition by series_id
        order by period_index asc
        rows between unbounded preceding and current row
    )
),

-- A mean of which a part is not known is not known. What a year sold is what the first one sold and all changes since.
averaged as (
    select
        cumulated.series_id,
        cumulated.period_index,
        cumulated.sample_period_count,
        case
            when cumulated.known_quantity_count = cumulated.sample_period_count
                then
                    cast(
                        cast(cumulated.difference_quantity as decimal(28, 12)) / cumulated.sample_period_count
                        as decimal(28, 12)
                    )
        end as scale_mae,
        case
            when cumulated.known_quantity_count = cumulated.sample_period_count
                then cast(cumulated.squared_quantity / cumulated.sample_period_count as decimal(38, 12))
        end as scale_mse,
        case
            when cumulated.known_amount_count = cumulated.sample_period_count
                then
                    cast(
                        cast(cumulated.difference_amount as decimal(28, 12)) / cumulated.sample_period_count
                        as decimal(28, 12)
                    )
        end as scale_mae_amount,
        case
            when cumulated.known_amount_count = cumulated.sample_period_count
                then cast(cumulated.squared_amount / cumulated.sample_period_count as decimal(38, 12))
        end as scale_mse_amount,
        case
            when
                cumulated.known_amount_count = cumulated.sample_period_count
                and first_years.known_amount_count = first_years.period_count
                then cast(first_years.amount + cumulated.change_amount as decimal(18, 4))
        end as past_year_amount
    from cumulated
    inner join first_years on cumulated.series_id = first_years.series_id
)

select * from averaged
