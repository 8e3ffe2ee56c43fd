-- One row per series of demand and window of complete periods up to `$as_of`: its periods since the first demand, and sums.
with

series as (
    select * from intermediate.demand_series
),

series_periods as (
    select * from intermediate.demand_series_periods
    where is_period_complete
),

periods as (
    select * from intermediate.periods
    where is_period_complete
),

lengths as (
    select distinct
        period_kind,
        cast(window_periods as bigint) as window_periods
    from settings.demand_variability_windows
    where window_periods > 0
),

last_periods as (
    select
        period_kind,
        max(period_index) as last_index,
        max(period_end) as window_end
    from periods
    group by period_kind
),

-- What was before the first demand is no period without demand.
windows as (
    select
        series.series_number,
        series.product_id,
        series.location_id,
        series.period_kind,
        series.first_demand_period_start,
        lengths.window_periods,
        greatest(last_periods.last_index - lengths.window_periods + 1, series.first_demand_index) as from_index,
        last_periods.last_index,
        last_periods.window_end
    from series
    inner join last_periods on series.period_kind = last_periods.period_kind
    inner join lengths on series.period_kind = lengths.period_kind
    where series.first_demand_index <= last_periods.last_index
),

dated as (
    select
        windows.*,
        periods.period_start as window_start,
        windows.last_index - windows.from_index + 1 as period_count
    from windows
    inner join periods
        on
            windows.period_kind = periods.period_kind
            and windows.from_index = periods.period_index
),

-- Squares have twice the places of a quantity, so that their sums are exact.
sums as (
    select
        windows.series_number,
        windows.window_periods,
        count(*) filter (where series_periods.demand_quantity > 0) as demand_period_count,
        sum(series_periods.demand_quantity) as demand_quantity,
        sum(
            cast(series_periods.demand_quantity * series_periods.demand_quantity as decimal(28, 8))
        ) as squared_quantity,
        sum(series_periods.demand_quantity) filter (where series_periods.demand_quantity > 0) as positive_quantity,
        sum(cast(series_periods.demand_quantity * series_periods.demand_quantity as decimal(28, 8))) filter (
            where series_periods.demand_quantity > 0
        ) as squared_positive_quantity,
        sum(series_periods.demand_amount) as demand_amount,
        count(*) - count(series_periods.demand_amount) as unknown_demand_amount_count,
        sum(series_periods.net_sales_amount) as net_sales_amount,
        count(*) - count(series_periods.net_sales_amount) as unknown_sales_amount_count
    from windows
    inner join series_periods on windows.series_number = series_periods.series_number
    where series_periods.period_index >= windows.from_index
    group by windows.series_number, windows.window_periods
),

completed as (
    select
        dated.*,
        coalesce(sums.demand_period_count, 0) as demand_period_count,
        coalesce(sums.demand_quantity, 0) as demand_quantity,
        coalesce(sums.squared_quantity, 0) as squared_quantity,
        coalesce(sums.positive_quantity, 0) as positive_quantity,
        coalesce(sums.squared_positive_quantity, 0) as squared_positive_quantity,
        case
            when coalesce(sums.unknown_demand_amount_count, 0) = 0 then coalesce(sums.demand_amount, 0)
        end as demand_amount,
        case
            when coalesce(sums.unknown_sales_amount_count, 0) = 0 then coalesce(sums.net_sales_amount, 0)
        end as net_sales_amount
    from dated
    left join sums
        on
            dated.series_number = sums.series_number
            and dated.window_periods = sums.window_periods
)

select * from completed
