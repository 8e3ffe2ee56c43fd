-- One row per series of demand and period from its first demand to the first open period, also where nothing was wanted.
with

series as (
    select * from intermediate.demand_series
),

series_periods as (
    select * from intermediate.demand_series_periods
),

periods as (
    select * from intermediate.periods
),

period_kinds as (
    select distinct period_kind from settings.demand_signals_period_kinds
),

-- The first period that is not complete is shown, too: its demand is what is booked so far.
last_periods as (
    select
        periods.period_kind,
        max(periods.period_index) as last_index
    from periods
    inner join period_kinds on periods.period_kind = period_kinds.period_kind
    where periods.period_start <= $as_of + interval '1 day'
    group by periods.period_kind
),

indexed as (
    select
        series.series_number,
        series.product_id,
        series.location_id,
        series.period_kind,
        series.first_demand_index,
        unnest(range(series.first_demand_index, last_periods.last_index + 1)) as period_index
    from series
    inner join last_periods on series.period_kind = last_periods.period_kind
    where series.first_demand_index <= last_periods.last_index
),

completed as (
    select
        indexed.series_number,
        indexed.product_id,
        indexed.location_id,
        indexed.period_kind,
        indexed.first_demand_index,
        indexed.period_index,
        periods.period_start,
        periods.period_end,
        periods.is_period_complete,
        coalesce(series_periods.demand_quantity, 0) as demand_quantity,
        case when series_periods.series_number is null then 0 else series_periods.demand_amount end as demand_amount
    from indexed
    inner join periods
        on
            indexed.period_kind = periods.period_kind
            and indexed.period_index = periods.period_index
    left join series_periods
        on
            indexed.series_number = series_periods.series_number
            and indexed.period_index = series_periods.period_index
)

select * from completed
