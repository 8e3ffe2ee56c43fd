-- The stockout days and what was ordered on them, beside the same from the ledger day by day and from the order lines.
with

lost_sales as (
    select
        lost_sales.*,
        period_days.period_start
    from marts.lost_sales as lost_sales
    inner join intermediate.period_days
        on
            lost_sales.stockout_date = period_days.date
            and period_days.period_kind = 'month'
),

missed as (
    select
        product_id,
        location_id,
        period_start
    from lost_sales
    group by product_id, location_id, period_start
),

keys as (
    select distinct product_id, location_id
    from missed
),

ledger as (
    select
        ledger.product_id,
        ledger.location_id,
        case when ledger.movement_id = 'balance' then cast(ledger.moved_at as date) else ledger.date end as date,
        ledger.quantity,
        0 as is_asked_for
    from intermediate.stock_ledger as ledger
    inner join keys
        on
            ledger.product_id = keys.product_id
            and ledger.location_id = keys.location_id
),

first_days as (
    select
        product_id,
        location_id,
        min(date) as first_date
    from ledger
    group by product_id, location_id
),

-- Every working day of a month that the mart has a row of.
asked_for as (
    select
        missed.product_id,
        missed.location_id,
        working_days.date,
        0 as quantity,
        1 as is_asked_for
    from missed
    inner join intermediate.period_days
        on
            missed.period_start = period_days.period_start
            and period_days.period_kind = 'month'
    inner join intermediate.location_calendars on missed.location_id = location_calendars.location_id
    inner join intermediate.working_days
        on
            location_calendars.calendar_id = working_days.calendar_id
            and period_days.date = working_days.date
    where
        working_days.is_working_day
        and working_days.date <= $as_of
),

lines as (
    select * from ledger
    union all
    select * from asked_for
),

days as (
    select
        product_id,
        location_id,
        date,
        sum(quantity) as quantity,
        max(is_asked_for) as is_asked_for
    from lines
    group by product_id, location_id, date
),

balances as (
    select
        *,
        sum(quantity) over (
            partition by product_id, location_id
            order by date asc
            rows between unbounded preceding and current row
        ) as closing_quantity
    from days
),

stockouts as (
    select
        period_days.period_start,
        count(*) as total
    from balances
    inner join first_days
        on
            balances.product_id = first_days.product_id
            and balances.location_id = first_days.location_id
    inner join intermediate.period_days
        on
            balances.date = period_days.date
            and period_days.period_kind = 'month'
    where
        balances.is_asked_for = 1
        and balances.date > first_days.first_date
        and balances.closing_quantity <= 0
        and balances.closing_quantity - balances.quantity <= 0
    group by period_days.period_start
),

order_lines as (
    select
        coalesce(source_system, '') as source_system,
        order_id,
        product_id,
        location_id,
        case
            when $demand_date = 'requested' and requested_date is not null then requested_date
            when $demand_date = 'promised' and promised_date is not null then promised_date
            when order_date is not null then order_date
            else coalesce(requested_date, promised_date)
        end as date,
        case
            when cancelled_quantity is not null then quantity - cancelled_quantity
            when status = 'cancelled' then 0
            else quantity
        end as quantity,
        status <> 'draft' and coalesce(order_date, $as_of) <= $as_of as is_demand
    from staging.sales_orders
),

systems as (
    select distinct source_system from order_lines
),

orders as (
    select distinct order_id from order_lines
),

demanded as (
    select
        product_id,
        location_id,
        date,
        quantity
    from order_lines
    where is_demand
    union all
    select
        sales.product_id,
        sales.location_id,
        sales.invoice_date as date,
        coalesce(sales.quantity, 0) as quantity
    from staging.sales as sales
    left join systems on coalesce(sales.source_system, '') = systems.source_system
    left join orders on sales.order_id = orders.order_id
    where
        sales.is_credit_note = false
        and sales.invoice_date <= $as_of
        and systems.source_system is null
        and orders.order_id is null
),

ordered as (
    select
        lost_sales.period_start,
        sum(demanded.quantity) as total
    from lost_sales
    inner join demanded
        on
            lost_sales.product_id = demanded.product_id
            and lost_sales.location_id = demanded.location_id
            and lost_sales.stockout_date = demanded.date
    group by lost_sales.period_start
),

all_totals as (
    select 'stockout days' as measure, period_start, total as source_total, 0 as mart_total
    from stockouts
    union all
    select 'stockout days' as measure, period_start, 0 as source_total, 1 as mart_total
    from lost_sales
    union all
    select 'ordered_quantity' as measure, period_start, total as source_total, 0 as mart_total
    from ordered
    union all
    select 'ordered_quantity' as measure, period_start, 0 as source_total, ordered_quantity as mart_total
    from lost_sales
),

compared as (
    select
        measure,
        'month' as period_kind,
        period_start,
        sum(source_total) as source_total,
        sum(mart_total) as mart_total
    from all_totals
    group by measure, period_start
)

select * from compared
