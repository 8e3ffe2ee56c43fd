-- Every total over a window, by level, beside that of forecast_accuracy_summary's periods; of products the newest.
with

summary as (
    select * from marts.forecast_accuracy_summary
),

rolling as (
    select * from marts.forecast_accuracy_rolling
),

periods as (
    select * from intermediate.periods
),

lengths as (
    select distinct window_periods from settings.forecast_rolling_windows where window_periods > 1
),

complete as (
    select
        summary.*,
        periods.period_index
    from summary
    inner join periods on summary.period_kind = periods.period_kind and summary.period_start = periods.period_start
    where summary.is_period_complete
),

newest as (
    select
        period_kind,
        max(period_start) as newest_start
    from complete
    group by period_kind
),

-- A window ends in every period that is over. All windows of all products are too many to be added up once more.
ends as (
    select
        complete.*,
        lengths.window_periods
    from complete
    inner join newest on complete.period_kind = newest.period_kind
    cross join lengths
    where complete.level <> 'product' or complete.period_start = newest.newest_start
),

-- Where units are mixed, or change over the window, the mart has no quantity.
mixed as (
    select level, level_id, forecast_type, lag, period_kind, period_start, window_periods
    from rolling
    where has_mixed_units
),

shown as (
    select rolling.*
    from rolling
    inner join newest on rolling.period_kind = newest.period_kind
    where rolling.level <> 'product' or rolling.period_start = newest.newest_start
),

source_rows as (
    select
        ends.level,
        ends.window_periods,
        ends.period_kind,
        ends.period_start,
        parts.n_periods,
        case when mixed.level is null then parts.error_quantity end as error_quantity,
        case when mixed.level is null then parts.abs_error_quantity end as abs_error_quantity,
        parts.error_amount,
        parts.abs_error_amount
    from ends
    inner join complete as parts
        on
            ends.level = parts.level
            and ends.level_id = parts.level_id
            and ends.forecast_type = parts.forecast_type
            and ends.lag = parts.lag
            and ends.period_kind = parts.period_kind
            and ends.period_index - ends.window_periods < parts.period_index
            and ends.period_index >= parts.period_index
    left join mixed
        on
            ends.level = mixed.level
            and ends.level_id = mixed.level_id
            and ends.forecast_type = mixed.forecast_type
            and ends.lag = mixed.lag
            and ends.period_kind = mixed.period_kind
            and ends.period_start = mixed.period_start
            and ends.window_periods = mixed.window_periods
),

sides as (
    select
        'source' as side,
        level,
        window_periods,
        period_kind,
        period_start,
        n_periods,
        error_quantity,
        abs_error_quantity,
        error_amount,
        abs_error_amount
    from source_rows
    union all
    select
        'mart' as side,
        level,
        window_periods,
        period_kind,
        period_start,
        n_periods,
        error_quantity,
        abs_error_quantity,
        error_amount,
        abs_error_amount
    from shown
),

totals as (
    select
        concat(' over ', cast(window_periods as varchar), ' periods by ', level) as over_what,
        side,
        period_kind,
        period_start,
        sum(n_periods) as n_periods,
        coalesce(sum(error_quantity), 0) as error_quantity,
        coalesce(sum(abs_error_quantity), 0) as abs_error_quantity,
        coalesce(sum(error_amount), 0) as error_amount,
        coalesce(sum(abs_error_amount), 0) as abs_error_amount
    from sides
    group by window_periods, level, side, period_kind, period_start
),

measures as (
    select 'rows' as measure
    union all
    select 'error_quantity' as measure
    union all
    select 'abs_error_quantity' as measure
    union all
    select 'error_amount' as measure
    union all
    select 'abs_error_amount' as measure
),

measured as (
    select
        concat(measures.measure, totals.over_what) as measure,
        totals.side,
        totals.period_kind,
        totals.period_start,
        case measures.measure
            when 'rows' then totals.n_periods
            when 'error_quantity' then totals.error_quantity
            when 'abs_error_quantity' then totals.abs_error_quantity
            when 'error_amount' then totals.error_amount
            when 'abs_error_amount' then totals.abs_error_amount
        end as total
    from totals
    cross join measures
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        coalesce(sum(total) filter (where side = 'source'), 0) as source_total,
        coalesce(sum(total) filter (where side = 'mart'), 0) as mart_total
    from measured
    group by measure, period_kind, period_start
)

select * from compared
