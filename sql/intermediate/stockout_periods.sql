-- One row per product and location with demand, kind of period and period in which stock was out at the end of a day.
with

balances as (
    select * from intermediate.stock_balance_spans
    where quantity <= 0
),

period_days as (
    select * from intermediate.signal_period_days
),

-- A span has all periods from its first to its last; days before the calendar belong to none.
indexed as (
    select
        balances.product_id,
        balances.location_id,
        to_days.period_kind,
        balances.first_date,
        balances.last_date,
        unnest(range(from_days.period_index, to_days.period_index + 1)) as period_index
    from balances
    inner join period_days as to_days on balances.last_date = to_days.date
    inner join period_days as from_days
        on
            to_days.period_kind = from_days.period_kind
            and greatest(balances.first_date, to_days.first_date) = from_days.date
),

periods as (
    select * from intermediate.periods
),

counted as (
    select
        indexed.product_id,
        indexed.location_id,
        indexed.period_kind,
        indexed.period_index,
        sum(
            least(indexed.last_date, periods.period_end - 1) - greatest(indexed.first_date, periods.period_start) + 1
        ) as stockout_days
    from indexed
    inner join periods
        on
            indexed.period_kind = periods.period_kind
            and indexed.period_index = periods.period_index
    group by indexed.product_id, indexed.location_id, indexed.period_kind, indexed.period_index
)

select * from counted
