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

newest as (
    select
        period_kind,
        max(period_start) as period_start
    from rolling
    group by period_kind
),

-- All windows of all products are too many to be added up once more.
ends as (
    select
        rolling.*,
        periods.period_index
    from rolling
    inner join periods on rolling.period_kind = periods.period_kind and rolling.period_start = periods.period_start
    inner join newest on rolling.period_kind = newest.period_kind
    where rolling.level <> 'product' or rolling.period_start = newest.period_start
),

parts as (
    select
        summary.*,
        periods.period_index
    from summary
    inner join periods on summary.period_kind = periods.period_kind and summary.period_start = periods.period_start
    where summary.is_period_complete
),

source_rows as (
    select
        ends.level,
        ends.window_periods,
        ends.period_kind,
        ends.period_start,
        parts.n_periods,
        case when not ends.has_mixed_units then parts.error_quantity end as error_quantity,
        case when not ends.has_mixed_units then parts.abs_error_quantity end as abs_error_quantity,
        parts.error_amount,
        parts.abs_error_amount
    from ends
    inner join parts
        on
            ends.level = parts.level
            and ends.level_id = parts.level_id
            and ends.forecast_type = parts.forecast_type
            and ends.lag = parts.lag
            and ends.period_kind = parts.period_kind
            and ends.period_index - ends.window_periods < parts.period_index
            and ends.period_index >= parts.period_index
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
    from ends
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
