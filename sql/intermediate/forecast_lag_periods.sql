-- One row per kind of period, period that is forecast, up to that of `$as_of`, and lag: what was to be known, and by when.
with

days as (
    select * from intermediate.forecast_period_days
),

lags as (
    select distinct cast(lag as bigint) as lag from settings.forecast_lags
),

periods as (
    select distinct
        period_kind,
        period_start,
        period_end,
        period_index,
        periods_per_year
    from days
),

targets as (
    select
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.period_index,
        periods.periods_per_year,
        lags.lag
    from periods
    cross join lags
    where periods.period_start <= $as_of
),

-- The last actual that can be known at lag L is that of L + 1 periods before; of seasons, as many whole years before as it
-- takes to get there.
looked_back as (
    select
        targets.period_kind,
        targets.period_index,
        targets.lag,
        targets.period_start,
        targets.period_end,
        targets.periods_per_year,
        snapshot_periods.period_end + $forecast_cutoff_days - 1 as cutoff_date,
        targets.period_index - targets.lag - 1 as last_actual_index,
        targets.period_index
        - targets.periods_per_year
        * cast(ceil((targets.lag + 1) / cast(targets.periods_per_year as decimal(9, 0))) as bigint) as seasonal_index
    from targets
    left join periods as snapshot_periods
        on
            targets.period_kind = snapshot_periods.period_kind
            and targets.period_index - targets.lag = snapshot_periods.period_index
)

select * from looked_back
