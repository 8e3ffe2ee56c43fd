-- One row per series of demand and period with a surge or a slowdown: for how many periods it has lasted.
with

signals as (
    select * from intermediate.demand_baselines
    where signal in ('surge', 'slowdown')
),

-- Of periods that follow each other without a gap the number less the place among the signals of a kind is the same.
placed as (
    select
        series_number,
        period_index,
        signal,
        period_index - cast(
            row_number() over (partition by series_number, signal order by period_index asc) as bigint
        ) as run
    from signals
),

starts as (
    select
        series_number,
        signal,
        run,
        min(period_index) as first_index
    from placed
    group by series_number, signal, run
),

counted as (
    select
        placed.series_number,
        placed.period_index,
        placed.period_index - starts.first_index + 1 as run_length
    from placed
    inner join starts
        on
            placed.series_number = starts.series_number
            and placed.signal = starts.signal
            and placed.run = starts.run
)

select * from counted
