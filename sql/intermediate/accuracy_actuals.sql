-- One row per series of actuals and period, from the first with demand or a forecast to that of `$as_of`, without gaps.
with

series as (
    select * from intermediate.accuracy_series
),

actuals as (
    select * from intermediate.actuals_by_grain
),

periods as (
    select distinct
        period_kind,
        period_start,
        period_index,
        periods_per_year,
        is_period_complete
    from intermediate.forecast_period_days
),

plan_prices as (
    select * from intermediate.plan_prices
),

indexed as (
    select
        series_id,
        period_kind,
        sample_start_index,
        product_id,
        location_id,
        unnest(range(first_index, as_of_index + 1)) as period_index
    from series
),

numbered_actuals as (
    select
        series.series_id,
        actuals.period_index,
        actuals.actual_quantity,
        actuals.actual_amount
    from actuals
    inner join series
        on
            actuals.grain = series.grain
            and actuals.product_id = series.product_id
            and actuals.product_family = series.product_family
            and actuals.location_id = series.location_id
            and actuals.customer_group = series.customer_group
            and actuals.salesperson_id = series.salesperson_id
            and actuals.period_kind = series.period_kind
),

-- A gap is a demand of zero once the period is over; before that it says nothing. The price is that of the first day.
completed as (
    select
        indexed.series_id,
        indexed.period_index,
        indexed.sample_start_index,
        periods.periods_per_year,
        numbered_actuals.series_id is null and periods.is_period_complete as is_gap,
        numbered_actuals.series_id is not null and numbered_actuals.actual_quantity is null as has_mixed_units,
        numbered_actuals.actual_quantity,
        numbered_actuals.actual_amount,
        coalesce(own_prices.price_amount, general_prices.price_amount) as price_amount
    from indexed
    inner join periods
        on
            indexed.period_kind = periods.period_kind
            and indexed.period_index = periods.period_index
    left join numbered_actuals
        on
            indexed.series_id = numbered_actuals.series_id
            and indexed.period_index = numbered_actuals.period_index
    left join plan_prices as own_prices
        on
            indexed.product_id = own_prices.product_id
            and indexed.location_id = own_prices.location_id
            and periods.period_start >= own_prices.valid_from
            and (own_prices.valid_to is null or periods.period_start < own_prices.valid_to)
    left join plan_prices as general_prices
        on
            indexed.product_id = general_prices.product_id
            and general_prices.location_id = '(all)'
            and periods.period_start >= general_prices.valid_from
            and (general_prices.valid_to is null or periods.period_start < general_prices.valid_to)
),

filled as (
    select
        series_id,
        period_index,
        sample_start_index,
        periods_per_year,
        has_mixed_units,
        case when is_gap then 0 else actual_quantity end as actual_quantity,
        case when is_gap then 0 else actual_amount end as actual_amount,
        price_amount
    from completed
)

select * from filled
