-- Days without stock, what was ordered on them and what they are compared with, beside the same from order lines and ledger.
-- Here no day has a row of its own but those on which something happened: the others are counted between them.
with

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

demand_lines as (
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

-- What no list names is several products or shelves in one.
demanded as (
    select
        demand_lines.product_id,
        demand_lines.location_id,
        demand_lines.date,
        demand_lines.quantity
    from demand_lines
    inner join staging.products on demand_lines.product_id = products.product_id
    inner join staging.locations on demand_lines.location_id = locations.location_id
    where demand_lines.date <= $as_of
),

asked_for as (
    select distinct
        product_id,
        location_id
    from demanded
),

movements as (
    select
        ledger.product_id,
        ledger.location_id,
        case when ledger.movement_id = 'balance' then cast(ledger.moved_at as date) else ledger.date end as date,
        ledger.quantity
    from intermediate.stock_ledger as ledger
    inner join asked_for
        on
            ledger.product_id = asked_for.product_id
            and ledger.location_id = asked_for.location_id
),

shelves as (
    select
        product_id,
        location_id,
        min(date) as first_date
    from movements
    group by product_id, location_id
),

months as (
    select distinct
        period_index,
        period_start
    from intermediate.month_days
    where period_start <= $as_of
),

-- Each month begins with a movement of nothing, so that no span goes beyond its month.
lines as (
    select
        product_id,
        location_id,
        date,
        quantity as moved_quantity,
        0 as demand_quantity
    from movements
    union all
    select
        shelves.product_id,
        shelves.location_id,
        months.period_start as date,
        0 as moved_quantity,
        0 as demand_quantity
    from shelves
    cross join months
    union all
    select
        product_id,
        location_id,
        date,
        0 as moved_quantity,
        quantity as demand_quantity
    from demanded
),

days as (
    select
        product_id,
        location_id,
        date,
        sum(moved_quantity) as moved_quantity,
        sum(demand_quantity) as demand_quantity
    from lines
    group by product_id, location_id, date
),

balances as (
    select
        *,
        sum(moved_quantity) over (
            partition by product_id, location_id
            order by date asc
            rows between unbounded preceding and current row
        ) as closing_quantity,
        lead(date) over (partition by product_id, location_id order by date asc) as next_date
    from days
),

-- The day itself is without stock where it begins so, too; those up to the next day on which something happens, as it ends.
judged as (
    select
        balances.product_id,
        balances.location_id,
        balances.date,
        coalesce(balances.next_date - 1, $as_of) as last_date,
        balances.demand_quantity,
        balances.date > shelves.first_date
        and balances.closing_quantity <= 0
        and balances.closing_quantity - balances.moved_quantity <= 0 as is_stockout,
        balances.date >= shelves.first_date and balances.closing_quantity <= 0 as is_followed_by_stockout
    from balances
    inner join shelves
        on
            balances.product_id = shelves.product_id
            and balances.location_id = shelves.location_id
),

working_days as (
    select
        location_calendars.location_id,
        working_days.date,
        month_days.period_index,
        case when working_days.is_working_day then 1 else 0 end as working_day,
        working_days.working_day_number
    from intermediate.location_calendars
    inner join intermediate.working_days on location_calendars.calendar_id = working_days.calendar_id
    inner join intermediate.month_days on working_days.date = month_days.date
),

by_month as (
    select
        judged.product_id,
        judged.location_id,
        own_days.period_index,
        sum(judged.demand_quantity) as demand_quantity,
        sum(case when judged.is_stockout then 0 else judged.demand_quantity end) as in_stock_quantity,
        sum(case when judged.is_stockout then judged.demand_quantity * own_days.working_day else 0 end)
            as ordered_quantity,
        sum(last_days.working_day_number - own_days.working_day_number + own_days.working_day) as working_day_count,
        sum(
            case when judged.is_stockout then own_days.working_day else 0 end
            + case
                when judged.is_followed_by_stockout then last_days.working_day_number - own_days.working_day_number
                else 0
            end
        ) as stockout_day_count
    from judged
    inner join working_days as own_days
        on
            judged.location_id = own_days.location_id
            and judged.date = own_days.date
    inner join working_days as last_days
        on
            judged.location_id = last_days.location_id
            and judged.last_date = last_days.date
    group by judged.product_id, judged.location_id, own_days.period_index
),

followed as (
    select
        *,
        min(case when demand_quantity > 0 then period_index end) over shelf as first_index,
        max(stockout_day_count) over shelf as most_stockout_days
    from by_month
    window shelf as (partition by product_id, location_id)
),

months_ahead as (
    select unnest(range(0, greatest($lost_sales_periods, $lost_sales_recurring_window_periods) + 1)) as months_ahead
),

-- A month speaks for itself and for those after it that look back to it.
looked_at as (
    select
        followed.product_id,
        followed.location_id,
        followed.period_index + months_ahead.months_ahead as period_index,
        sum(case when months_ahead.months_ahead = 0 then followed.stockout_day_count else 0 end) as day_count,
        sum(case when months_ahead.months_ahead = 0 then followed.ordered_quantity else 0 end) as ordered_quantity,
        sum(
            case
                when
                    months_ahead.months_ahead between 1 and $lost_sales_recurring_window_periods
                    and followed.demand_quantity > 0
                    then 1
                else 0
            end
        ) as demand_period_count,
        sum(
            case
                when
                    months_ahead.months_ahead between 1 and $lost_sales_periods
                    and followed.period_index >= followed.first_index
                    then followed.in_stock_quantity
                else 0
            end
        ) as in_stock_quantity,
        sum(
            case
                when
                    months_ahead.months_ahead between 1 and $lost_sales_periods
                    and followed.period_index >= followed.first_index
                    then followed.working_day_count - followed.stockout_day_count
                else 0
            end
        ) as in_stock_day_count
    from followed
    cross join months_ahead
    where
        followed.most_stockout_days > 0
        and followed.first_index is not null
    group by followed.product_id, followed.location_id, followed.period_index + months_ahead.months_ahead
),

-- What a day is compared with is the same on all days of the month.
all_totals as (
    select
        'source' as origin,
        period_index,
        day_count,
        ordered_quantity,
        day_count * in_stock_quantity as in_stock_quantity,
        day_count * in_stock_day_count as in_stock_day_count
    from looked_at
    where
        demand_period_count >= $lost_sales_recurring_periods
        and day_count > 0
    union all
    select
        'mart' as origin,
        month_days.period_index,
        1 as day_count,
        lost_sales.ordered_quantity,
        lost_sales.in_stock_quantity,
        lost_sales.in_stock_day_count
    from marts.lost_sales as lost_sales
    inner join intermediate.month_days on lost_sales.stockout_date = month_days.date
),

summed as (
    select
        origin,
        period_index,
        sum(day_count) as day_count,
        sum(ordered_quantity) as ordered_quantity,
        sum(in_stock_quantity) as in_stock_quantity,
        sum(in_stock_day_count) as in_stock_day_count
    from all_totals
    group by origin, period_index
),

measures as (
    select 'stockout days' as measure
    union all
    select 'ordered_quantity' as measure
    union all
    select 'in_stock_quantity' as measure
    union all
    select 'in_stock_day_count' as measure
),

totals as (
    select
        measures.measure,
        summed.period_index,
        summed.origin,
        case measures.measure
            when 'stockout days' then summed.day_count
            when 'ordered_quantity' then summed.ordered_quantity
            when 'in_stock_quantity' then summed.in_stock_quantity
            else summed.in_stock_day_count
        end as total
    from summed
    cross join measures
),

compared as (
    select
        totals.measure,
        'month' as period_kind,
        months.period_start,
        sum(case when totals.origin = 'source' then totals.total else 0 end) as source_total,
        sum(case when totals.origin = 'mart' then totals.total else 0 end) as mart_total
    from totals
    inner join months on totals.period_index = months.period_index
    group by totals.measure, months.period_start
)

select * from compared
