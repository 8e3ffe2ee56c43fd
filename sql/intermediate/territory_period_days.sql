-- One row per kind of period of territory_balance and day: how much of the period, and of all working years, is then over.
with

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.territory_balance_period_kinds
),

sales_days as (
    select * from intermediate.sales_days
),

fiscal_days as (
    select
        date,
        fiscal_year
    from marts.dim_date
),

days as (
    select
        fiscal_days.date,
        fiscal_days.fiscal_year,
        case when sales_days.is_working_day then 1 else 0 end as working_day
    from fiscal_days
    inner join sales_days on fiscal_days.date = sales_days.date
),

-- Where nobody works in all of a year, or of a period, every day of it counts.
in_years as (
    select
        *,
        case when sum(working_day) over whole > 0 then working_day else 1 end as year_weight
    from days
    window whole as (partition by fiscal_year)
),

in_periods as (
    select
        period_days.period_kind,
        period_days.period_start,
        period_days.period_end,
        in_years.date,
        in_years.fiscal_year,
        in_years.year_weight,
        case when sum(in_years.working_day) over whole > 0 then in_years.working_day else 1 end as period_weight
    from in_years
    inner join period_days on in_years.date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    window whole as (partition by period_days.period_kind, period_days.period_start)
),

cumulated as (
    select
        *,
        sum(year_weight) over to_date_of_year as year_weight_through,
        sum(year_weight) over whole_year as year_weight_of_all,
        sum(period_weight) over to_date_of_period as period_weight_through,
        sum(period_weight) over whole_period as period_weight_of_all
    from in_periods
    window
        whole_year as (partition by period_kind, fiscal_year),
        to_date_of_year as (
            partition by period_kind, fiscal_year
            order by date asc
            rows between unbounded preceding and current row
        ),
        whole_period as (partition by period_kind, period_start),
        to_date_of_period as (
            partition by period_kind, period_start
            order by date asc
            rows between unbounded preceding and current row
        )
),

-- Years are counted on, so that what is spread over them adds up over their ends.
positioned as (
    select
        period_kind,
        period_start,
        period_end,
        date,
        cast(
            cast(period_weight_through - period_weight as decimal(18, 12)) / period_weight_of_all as decimal(18, 12)
        ) as period_share_before,
        cast(
            cast(period_weight_through as decimal(18, 12)) / period_weight_of_all as decimal(18, 12)
        ) as period_share_through,
        cast(
            fiscal_year + cast(year_weight_through - year_weight as decimal(18, 12)) / year_weight_of_all
            as decimal(18, 12)
        ) as years_before,
        cast(
            fiscal_year + cast(year_weight_through as decimal(18, 12)) / year_weight_of_all as decimal(18, 12)
        ) as years_through
    from cumulated
)

select * from positioned
