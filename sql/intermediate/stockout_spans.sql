-- One row per product, location and span of days, up to the next movement, on which there was nothing in stock.
with

ledger as (
    select * from intermediate.stock_ledger
),

recurring_demand as (
    select * from intermediate.recurring_demand
),

-- What nobody keeps asking for is not missed, so that its stock need not be followed.
asked_for as (
    select distinct product_id, location_id
    from recurring_demand
),

-- A list of stock tells the stock of its own day, whenever the goods were received.
moved as (
    select
        ledger.product_id,
        ledger.location_id,
        case when ledger.movement_id = 'balance' then cast(ledger.moved_at as date) else ledger.date end as date,
        ledger.quantity
    from ledger
    inner join asked_for
        on
            ledger.product_id = asked_for.product_id
            and ledger.location_id = asked_for.location_id
),

days as (
    select
        product_id,
        location_id,
        date,
        sum(quantity) as quantity
    from moved
    group by product_id, location_id, date
),

balances as (
    select
        product_id,
        location_id,
        date,
        sum(quantity) over (
            partition by product_id, location_id
            order by date asc
            rows between unbounded preceding and current row
        ) as stock_quantity,
        lag(date) over (partition by product_id, location_id order by date asc) as previous_date,
        lead(date) over (partition by product_id, location_id order by date asc) as next_date,
        quantity
    from days
),

-- A day of movement counts where nothing was there when it began, either; before the first nobody knows.
spans as (
    select
        product_id,
        location_id,
        case
            when previous_date is not null and stock_quantity - quantity <= 0 then date
            else date + 1
        end as from_date,
        coalesce(next_date, $as_of + 1) as to_date,
        cast(stock_quantity as decimal(18, 4)) as stock_quantity
    from balances
    where stock_quantity <= 0
),

lasting as (
    select *
    from spans
    where from_date < to_date
)

select * from lasting
