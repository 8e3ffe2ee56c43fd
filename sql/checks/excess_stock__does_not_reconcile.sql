-- Every total of excess_stock, beside that of the movements, lists of stock and forecasts themselves.
with

layers as (
    select * from marts.aging_stock
),

excess_stock as (
    select * from marts.excess_stock
),

ledger as (
    select * from intermediate.stock_ledger
),

snapshots as (
    select * from intermediate.stock_snapshots
    where is_alone and is_last
),

in_transit as (
    select * from intermediate.stock_in_transit
),

demand_parts as (
    select * from intermediate.excess_demand_parts
),

forecasts as (
    select * from staging.forecasts
),

demand as (
    select * from intermediate.excess_demand
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

horizon as (
    select * from intermediate.excess_horizon
),

ranked_forecasts as (
    select
        forecasts.quantity,
        forecasts.period_start,
        forecasts.period_end,
        coalesce(calendars.calendar_id, '(none)') as calendar_id,
        row_number() over (
            partition by
                forecasts.product_id, forecasts.location_id, forecasts.customer_group, forecasts.salesperson_id,
                forecasts.period_start
            order by forecasts.snapshot_date desc, forecasts.version desc, forecasts.known_at desc
        ) as place
    from forecasts
    left join locations on forecasts.location_id = locations.location_id
    left join calendars on locations.calendar_id = calendars.calendar_id
    where
        forecasts.forecast_type = $excess_forecast_type
        and forecasts.product_id <> '(all)'
        and forecasts.status = 'approved'
        and forecasts.quantity is not null
        and forecasts.snapshot_date <= $as_of
        and cast(
            greatest(forecasts.known_at, coalesce(forecasts.approved_at, forecasts.known_at)) at time zone $time_zone
            as date
        ) <= $as_of
        and forecasts.period_end > $as_of + 1
),

forecast_spans as (
    select distinct
        calendar_id,
        period_start,
        period_end
    from ranked_forecasts
),

-- The days of the horizon have their part of a forecast; without a working day in it all of its days count.
forecast_days as (
    select
        forecast_spans.calendar_id,
        forecast_spans.period_start,
        forecast_spans.period_end,
        count(*) as day_count,
        count(*) filter (where working_days.date <= $as_of) as past_count,
        count(*) filter (where working_days.date < horizon.horizon_end) as end_count,
        count(*) filter (where working_days.is_working_day) as working_day_count,
        count(*) filter (where working_days.is_working_day and working_days.date <= $as_of) as past_working_count,
        count(*) filter (
            where working_days.is_working_day and working_days.date < horizon.horizon_end
        ) as end_working_count
    from forecast_spans
    inner join working_days
        on
            forecast_spans.calendar_id = working_days.calendar_id
            and working_days.date >= forecast_spans.period_start
            and working_days.date < forecast_spans.period_end
    cross join horizon
    group by forecast_spans.calendar_id, forecast_spans.period_start, forecast_spans.period_end
),

forecast_parts as (
    select
        case
            when forecast_days.working_day_count = 0
                then
                    round(ranked_forecasts.quantity * forecast_days.end_count / forecast_days.day_count, 4)
                    - round(ranked_forecasts.quantity * forecast_days.past_count / forecast_days.day_count, 4)
            else
                round(ranked_forecasts.quantity * forecast_days.end_working_count / forecast_days.working_day_count, 4)
                - round(ranked_forecasts.quantity * forecast_days.past_working_count / forecast_days.working_day_count, 4)
        end as quantity
    from ranked_forecasts
    inner join forecast_days
        on
            ranked_forecasts.calendar_id = forecast_days.calendar_id
            and ranked_forecasts.period_start = forecast_days.period_start
            and ranked_forecasts.period_end = forecast_days.period_end
    where ranked_forecasts.place = 1
),

-- Of a sum with an unknown part the mart says nothing; only whole products and locations are compared.
valued as (
    select
        product_id,
        location_id,
        sum(reporting_value) as stock_value
    from layers
    where layer_type <> 'balance_difference'
    group by product_id, location_id
    having count(*) = count(reporting_value)
),

totals as (
    select 'on hand' as measure, 'source' as origin, coalesce(sum(quantity), 0) as total from ledger
    union all
    select 'on hand' as measure, 'source' as origin, coalesce(sum(quantity), 0) as total from snapshots
    union all
    select 'on hand' as measure, 'source' as origin, coalesce(sum(quantity), 0) as total from in_transit
    union all
    select 'on hand' as measure, 'mart' as origin, coalesce(sum(on_hand_quantity), 0) as total from excess_stock
    union all
    select 'value' as measure, 'source' as origin, coalesce(sum(stock_value), 0) as total from valued
    union all
    select 'value' as measure, 'mart' as origin, coalesce(sum(stock_value), 0) as total from excess_stock
    union all
    select
        'balance difference' as measure,
        'source' as origin,
        coalesce(sum(quantity) filter (where layer_type = 'balance_difference'), 0) as total
    from layers
    union all
    select
        'balance difference' as measure,
        'mart' as origin,
        coalesce(sum(balance_difference_quantity), 0) as total
    from excess_stock
    union all
    select 'demand forecast' as measure, 'source' as origin, coalesce(sum(quantity), 0) as total from forecast_parts
    union all
    select
        'demand forecast' as measure,
        'mart' as origin,
        coalesce(sum(quantity) filter (where kind = 'forecast'), 0) as total
    from demand_parts
    union all
    select 'demand placed' as measure, 'source' as origin, coalesce(sum(quantity), 0) as total from demand_parts
    union all
    select
        'demand placed' as measure,
        'mart' as origin,
        coalesce(sum(independent_quantity + dependent_quantity), 0) as total
    from demand
    union all
    select
        'on hand less demand and excess' as measure,
        'source' as origin,
        coalesce(sum(least(on_hand_quantity, demand_quantity)), 0) as total
    from excess_stock
    union all
    select
        'on hand less demand and excess' as measure,
        'mart' as origin,
        coalesce(sum(on_hand_quantity - excess_quantity), 0) as total
    from excess_stock
),

compared as (
    select
        measure,
        'as_of' as period_kind,
        $as_of as period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from totals
    group by measure
)

select * from compared
