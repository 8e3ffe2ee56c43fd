-- One row per kind of period and period that has days in dim_date.
with

period_days as (
    select * from intermediate.period_days
),

periods as (
    select
        period_kind,
        period_start,
        period_end
    from period_days
    group by period_kind, period_start, period_end
),

numbered as (
    select
        period_kind,
        period_start,
        period_end,
        cast(row_number() over (partition by period_kind order by period_start asc) as bigint) as period_index,
        case period_kind when 'week' then 52 when 'month' then 12 when 'quarter' then 4 else 1 end as periods_per_year,
        period_end <= $as_of + interval '1 day' as is_period_complete
    from periods
)

select * from numbered
