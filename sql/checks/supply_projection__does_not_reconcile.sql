-- Every total that supply_projection holds of its locations, beside the same total from orders, receipts, plans, forecasts
-- and stock themselves.
with

sales_orders as (
    select * from staging.sales_orders
),

shipments as (
    select * from staging.shipments
),

production_orders as (
    select * from staging.production_orders
),

purchase_orders as (
    select * from staging.purchase_orders
),

receipts as (
    select * from staging.receipts
),

production_plans as (
    select * from staging.production_plans
),

forecasts as (
    select * from staging.forecasts
),

locations as (
    select * from staging.locations
),

calendars as (
    select distinct calendar_id from staging.calendars
),

working_days as (
    select * from intermediate.working_days
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.supply_projection_period_kinds
),

aging_stock as (
    select * from marts.aging_stock
),

supply_projection as (
    select * from marts.supply_projection
    where is_all_locations = false
),

shipped as (
    select
        order_id,
        order_line_id,
        coalesce(sum(quantity) filter (where shipped_date <= $as_of), 0) as before_quantity,
        coalesce(sum(quantity) filter (where shipped_date > $as_of), 0) as after_quantity
    from shipments
    group by order_id, order_line_id
),

order_lines as (
    select
        case
            when $supply_order_date = 'promised' and sales_orders.promised_date is not null
                then sales_orders.promised_date
            when sales_orders.requested_date is not null then sales_orders.requested_date
            when sales_orders.promised_date is not null then sales_orders.promised_date
            else coalesce(sales_orders.order_date, $as_of)
        end as due_date,
        case when sales_orders.status = 'cancelled' then 'firm' else sales_orders.status end as status,
        sales_orders.quantity
        - case when sales_orders.cancelled_date > $as_of then 0 else coalesce(sales_orders.cancelled_quantity, 0) end
        - coalesce(shipped.before_quantity, 0) as rest_quantity,
        coalesce(shipped.after_quantity, 0) as after_quantity
    from sales_orders
    left join shipped
        on
            sales_orders.order_id = shipped.order_id
            and sales_orders.line_id = shipped.order_line_id
    where
        (
            sales_orders.status in ('firm', 'closed')
            or (sales_orders.status = 'cancelled' and sales_orders.cancelled_date > $as_of)
        )
        and (sales_orders.order_date is null or sales_orders.order_date <= $as_of)
),

received as (
    select
        purchase_order_id,
        order_line_id,
        coalesce(sum(quantity) filter (where received_date <= $as_of), 0) as before_quantity,
        coalesce(sum(quantity) filter (where received_date > $as_of), 0) as after_quantity
    from receipts
    group by purchase_order_id, order_line_id
),

purchase_lines as (
    select
        coalesce(purchase_orders.due_date, $as_of) as due_date,
        purchase_orders.status,
        purchase_orders.quantity - coalesce(received.before_quantity, 0) as rest_quantity,
        coalesce(received.after_quantity, 0) as after_quantity
    from purchase_orders
    left join received
        on
            purchase_orders.purchase_order_id = received.purchase_order_id
            and purchase_orders.line_id = received.order_line_id
    where
        purchase_orders.status in ('open', 'closed')
        and (purchase_orders.order_date is null or purchase_orders.order_date <= $as_of)
),

dated as (
    select
        'orders' as measure,
        due_date,
        case when status = 'firm' or rest_quantity < after_quantity then rest_quantity else after_quantity end as quantity
    from order_lines
    where rest_quantity > 0
    union all
    select
        'purchase orders' as measure,
        due_date,
        case when status = 'open' or rest_quantity < after_quantity then rest_quantity else after_quantity end as quantity
    from purchase_lines
    where rest_quantity > 0
    union all
    select
        'production orders' as measure,
        coalesce(due_date, scheduled_end, scheduled_start, $as_of) as due_date,
        quantity - coalesce(completed_quantity, 0) - coalesce(scrapped_quantity, 0) as quantity
    from production_orders
    where
        status = 'released'
        and quantity > coalesce(completed_quantity, 0) + coalesce(scrapped_quantity, 0)
    union all
    select
        'production orders' as measure,
        coalesce(due_date, scheduled_end, scheduled_start, $as_of) as due_date,
        coalesce(completed_quantity, 0) as quantity
    from production_orders
    where
        status = 'closed'
        and actual_end > $as_of
),

-- What is due is to be in the period of its day; what is overdue, in the first one.
with_periods as (
    select
        concat(case when dated.due_date <= $as_of then 'past due ' else '' end, dated.measure) as measure,
        period_days.period_kind,
        period_days.period_start,
        dated.quantity
    from dated
    cross join period_kinds
    left join period_days
        on
            period_kinds.period_kind = period_days.period_kind
            and period_days.date = greatest(dated.due_date, $as_of + 1)
),

first_periods as (
    select
        period_days.period_kind,
        period_days.period_start
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    where period_days.date = $as_of + 1
),

on_hand as (
    select sum(aging_stock.quantity) as quantity
    from aging_stock
    left join locations on aging_stock.location_id = locations.location_id
    where coalesce(locations.type, '(unknown)') <> 'scrap'
),

known_plans as (
    select * from production_plans
    where
        status = 'approved'
        and snapshot_date <= $as_of
        and (known_at is null or known_at < $as_of + interval '1 day')
),

ranked_plans as (
    select
        *,
        dense_rank() over (order by snapshot_date desc, version desc) as place
    from known_plans
),

ranked_forecasts as (
    select
        *,
        row_number() over (
            partition by product_id, location_id, customer_group, salesperson_id, period_start
            order by snapshot_date desc, version desc, known_at desc
        ) as place
    from forecasts
    where
        forecast_type = $supply_forecast_type
        and product_id <> '(all)'
        and status = 'approved'
        and quantity is not null
        and snapshot_date <= $as_of
        and cast(greatest(known_at, coalesce(approved_at, known_at)) at time zone $time_zone as date) <= $as_of
        and period_end > $as_of + 1
),

buckets as (
    select
        'plan' as measure,
        concat_ws('/', product_id, location_id, period_start, due_date) as bucket_id,
        location_id,
        coalesce(due_date, period_start) as period_start,
        case when due_date is null then period_end else due_date + 1 end as period_end,
        due_date is not null as is_whole,
        coalesce(quantity, 0) as quantity
    from ranked_plans
    where place = 1
    union all
    select
        'forecast' as measure,
        concat_ws('/', product_id, location_id, customer_group, salesperson_id, period_start) as bucket_id,
        location_id,
        period_start,
        period_end,
        false as is_whole,
        quantity
    from ranked_forecasts
    where place = 1
),

with_calendars as (
    select
        buckets.*,
        coalesce(calendars.calendar_id, '(none)') as calendar_id
    from buckets
    left join locations on buckets.location_id = locations.location_id
    left join calendars on locations.calendar_id = calendars.calendar_id
),

bucket_spans as (
    select distinct
        calendar_id,
        period_start,
        period_end
    from with_calendars
),

counted as (
    select
        bucket_spans.calendar_id,
        bucket_spans.period_start,
        bucket_spans.period_end,
        count(*) filter (where working_days.is_working_day) as working_day_count,
        count(*) filter (where working_days.is_working_day and working_days.date <= $as_of) as past_working_day_count,
        count(*) as day_count,
        count(*) filter (where working_days.date <= $as_of) as past_day_count
    from bucket_spans
    inner join working_days
        on
            bucket_spans.calendar_id = working_days.calendar_id
            and working_days.date >= bucket_spans.period_start
            and working_days.date < bucket_spans.period_end
    group by bucket_spans.calendar_id, bucket_spans.period_start, bucket_spans.period_end
),

-- The days that are over have had their part of a bucket. Without a working day in it all days of a forecast count, and
-- the last of a plan.
to_come as (
    select
        with_calendars.measure,
        case
            when with_calendars.is_whole or (counted.working_day_count = 0 and with_calendars.measure = 'plan')
                then case when with_calendars.period_end > $as_of + 1 then with_calendars.quantity else 0 end
            when counted.working_day_count = 0
                then
                    with_calendars.quantity
                    - cast(
                        round(with_calendars.quantity * counted.past_day_count / counted.day_count, 4) as decimal(18, 4)
                    )
            else
                with_calendars.quantity
                - cast(
                    round(with_calendars.quantity * counted.past_working_day_count / counted.working_day_count, 4)
                    as decimal(18, 4)
                )
        end as quantity
    from with_calendars
    inner join counted
        on
            with_calendars.calendar_id = counted.calendar_id
            and with_calendars.period_start = counted.period_start
            and with_calendars.period_end = counted.period_end
),

source_totals as (
    select
        measure,
        period_kind,
        period_start,
        quantity
    from with_periods
    union all
    select
        'on hand' as measure,
        first_periods.period_kind,
        first_periods.period_start,
        on_hand.quantity
    from on_hand
    cross join first_periods
    union all
    select
        concat(to_come.measure, ', all periods') as measure,
        first_periods.period_kind,
        first_periods.period_start,
        to_come.quantity
    from to_come
    cross join first_periods
),

measures as (
    select 'orders' as measure
    union all
    select 'purchase orders' as measure
    union all
    select 'production orders' as measure
    union all
    select 'past due orders' as measure
    union all
    select 'past due receipts' as measure
    union all
    select 'on hand' as measure
    union all
    select 'plan, all periods' as measure
    union all
    select 'forecast, all periods' as measure
),

mart_totals as (
    select
        measures.measure,
        supply_projection.period_kind,
        case
            when measures.measure in ('orders', 'purchase orders', 'production orders')
                then supply_projection.period_start
            else first_periods.period_start
        end as period_start,
        case measures.measure
            when 'orders' then supply_projection.order_quantity
            when 'purchase orders' then supply_projection.scheduled_purchase_quantity
            when 'production orders' then supply_projection.scheduled_production_quantity
            when 'past due orders' then supply_projection.past_due_order_quantity
            when 'past due receipts' then supply_projection.past_due_receipt_quantity
            when 'on hand' then supply_projection.on_hand_quantity
            when 'plan, all periods' then supply_projection.plan_quantity
            else supply_projection.net_forecast_quantity + supply_projection.consumed_forecast_quantity
        end as quantity
    from supply_projection
    inner join first_periods on supply_projection.period_kind = first_periods.period_kind
    cross join measures
),

both_sides as (
    select
        case
            when measure in ('past due production orders', 'past due purchase orders') then 'past due receipts'
            else measure
        end as measure,
        period_kind,
        period_start,
        quantity as source_quantity,
        0 as mart_quantity
    from source_totals
    union all
    select
        measure,
        period_kind,
        period_start,
        0 as source_quantity,
        quantity as mart_quantity
    from mart_totals
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        coalesce(sum(source_quantity), 0) as source_total,
        coalesce(sum(mart_quantity), 0) as mart_total
    from both_sides
    group by measure, period_kind, period_start
)

select * from compared
