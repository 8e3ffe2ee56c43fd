-- One row per product and known location with demand, and span of days without a change of its stock: what was there.
with

ledger as (
    select * from intermediate.stock_ledger
),

series as (
    select * from intermediate.demand_series
),

-- What lies nobody knows where is not known to be out anywhere.
wanted as (
    select distinct
        product_id,
        location_id
    from series
    where location_id <> '(unknown)'
),

days as (
    select
        ledger.product_id,
        ledger.location_id,
        ledger.date,
        sum(ledger.quantity) as quantity
    from ledger
    inner join wanted
        on
            ledger.product_id = wanted.product_id
            and ledger.location_id = wanted.location_id
    group by ledger.product_id, ledger.location_id, ledger.date
),

balances as (
    select
        product_id,
        location_id,
        date as first_date,
        lead(date, 1, $as_of + 1) over (partition by product_id, location_id order by date asc) - 1 as last_date,
        sum(quantity) over (
            partition by product_id, location_id
            order by date asc
            rows between unbounded preceding and current row
        ) as quantity
    from days
)

select * from balances
