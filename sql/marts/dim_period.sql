-- One row per kind of period and period that has days in dim_date.
with

periods as (
    select * from intermediate.periods
),

period_days as (
    select * from intermediate.period_days
),

days as (
    select * from marts.dim_date
),

-- A week belongs to the fiscal year and the quarter of its Thursday, as ISO weeks do; periods of other kinds lie within
-- one. Of the first week the Thursday may be missing: then all of its days in dim_date belong together.
placed as (
    select
        period_days.period_kind,
        period_days.period_start,
        coalesce(
            max(days.fiscal_year) filter (where days.date = period_days.period_start + 3), min(days.fiscal_year)
        ) as fiscal_year,
        coalesce(
            max(days.fiscal_quarter) filter (where days.date = period_days.period_start + 3), min(days.fiscal_quarter)
        ) as fiscal_quarter,
        coalesce(
            max(days.fiscal_period) filter (where days.date = period_days.period_start + 3), min(days.fiscal_period)
        ) as fiscal_period,
        coalesce(
            max(days.fiscal_week) filter (where days.date = period_days.period_start + 3), min(days.fiscal_week)
        ) as fiscal_week,
        min(days.year_month) as year_month,
        min(days.iso_year_week) as iso_year_week,
        bool_or(days.date = $as_of + interval '1 day') as is_first_open_period
    from period_days
    inner join days on period_days.date = days.date
    group by period_days.period_kind, period_days.period_start
),

named as (
    select
        *,
        case
            when period_kind = 'month' and $fiscal_calendar = 'months' then year_month
            when period_kind = 'month' then concat(fiscal_year, '-P', lpad(cast(fiscal_period as varchar), 2, '0'))
            when period_kind = 'week' and $fiscal_calendar = 'months' then iso_year_week
            when period_kind = 'week' then concat(fiscal_year, '-W', lpad(cast(fiscal_week as varchar), 2, '0'))
            when period_kind = 'quarter' then concat(fiscal_year, '-Q', fiscal_quarter)
            else cast(fiscal_year as varchar)
        end as name
    from placed
),

compared as (
    select
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        named.name,
        periods.period_index,
        periods.periods_per_year,
        named.fiscal_year,
        case when periods.period_kind <> 'year' then named.fiscal_quarter end as fiscal_quarter,
        periods.is_period_complete,
        named.is_first_open_period,
        previous.period_start as previous_period_start,
        year_ago.period_start as year_ago_period_start
    from periods
    inner join named
        on
            periods.period_kind = named.period_kind
            and periods.period_start = named.period_start
    left join periods as previous
        on
            periods.period_kind = previous.period_kind
            and periods.period_index - 1 = previous.period_index
    left join periods as year_ago
        on
            periods.period_kind = year_ago.period_kind
            and periods.period_index - periods.periods_per_year = year_ago.period_index
)

select * from compared
