-- One row per period, territory and salesperson who works in it, with their part of its working days, cumulated.
with

assignments as (
    select * from staging.territory_assignments
),

salespeople as (
    select salesperson_id from marts.dim_salesperson
),

sales_days as (
    select * from intermediate.sales_days
),

period_days as (
    select * from intermediate.period_days
),

quota_periods as (
    select * from intermediate.quota_periods
),

held_days as (
    select
        assignments.territory_id,
        coalesce(salespeople.salesperson_id, '(unknown)') as salesperson_id,
        sales_days.date,
        sum(assignments.share) as share
    from assignments
    inner join sales_days
        on
            assignments.valid_from <= sales_days.date
            and (assignments.valid_to is null or assignments.valid_to > sales_days.date)
    left join salespeople on assignments.salesperson_id = salespeople.salesperson_id
    where sales_days.is_working_day
    group by assignments.territory_id, coalesce(salespeople.salesperson_id, '(unknown)'), sales_days.date
),

held as (
    select
        quota_periods.period_kind,
        quota_periods.period_start,
        held_days.territory_id,
        held_days.salesperson_id,
        cast(quota_periods.working_day_count as decimal(12, 6)) as working_day_count,
        sum(held_days.share) as held_day_count
    from held_days
    inner join period_days on held_days.date = period_days.date
    inner join quota_periods
        on
            period_days.period_kind = quota_periods.period_kind
            and period_days.period_start = quota_periods.period_start
    group by
        quota_periods.period_kind,
        quota_periods.period_start,
        held_days.territory_id,
        held_days.salesperson_id,
        quota_periods.working_day_count
),

-- Shares that add up to more than all of a territory are made less in proportion. What is left over is nobody's.
cumulated as (
    select
        period_kind,
        period_start,
        territory_id,
        salesperson_id,
        cast(sum(held_day_count) over to_salesperson - held_day_count as decimal(12, 6)) as days_before,
        cast(sum(held_day_count) over to_salesperson as decimal(12, 6)) as days_through,
        cast(sum(held_day_count) over whole as decimal(12, 6)) as days_held,
        cast(greatest(working_day_count, sum(held_day_count) over whole) as decimal(12, 6)) as days_of_all
    from held
    window
        whole as (partition by period_kind, period_start, territory_id),
        to_salesperson as (
            partition by period_kind, period_start, territory_id
            order by salesperson_id asc
            rows between unbounded preceding and current row
        )
)

select * from cumulated
