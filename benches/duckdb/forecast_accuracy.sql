-- forecast_accuracy: what was forecast at each lag, and what was then asked for.
-- Months are numbered from January 2000; lags 1 to 3, one month to carry, no days after the cut-off.
create or replace temp macro month_of(day) as (year(day) - 2000) * 12 + month(day) - 1;
create or replace temp macro start_of(month) as make_date(2000 + month // 12, month % 12 + 1, 1);
set variable as_of_month = (year(getvariable('as_of')) - 2000) * 12 + month(getvariable('as_of')) - 1;
set variable carry_periods = 1;
create or replace temp table lags as select unnest([1, 2, 3]) as lag;

-- Demand by month, valued by day, since prices may change within one. Where there are orders, invoices are no demand.
create or replace temp table demand as
with lines as (
    select
        product_id,
        location_id,
        customer_id,
        coalesce(requested_date, order_date, promised_date) as date,
        quantity - coalesce(cancelled_quantity, if(status = 'cancelled', quantity, 0)) as quantity
    from landing.sales_orders
    where status <> 'draft' and (order_date <= getvariable('as_of') or order_date is null)
    union all
    select product_id, location_id, customer_id, invoice_date, quantity
    from landing.sales
    where not is_credit_note and invoice_date <= getvariable('as_of') and not exists (from landing.sales_orders)
),

days as (
    select
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        coalesce(customer_group, '(unknown)') as customer_group,
        date,
        sum(quantity) as quantity
    from lines
    left join landing.products using (product_id)
    left join landing.locations using (location_id)
    left join landing.customers using (customer_id)
    where date is not null
    group by all
),

valued as (
    select
        days.*,
        if(
            quantity = 0,
            0,
            round(quantity * coalesce(own_prices.price_amount, all_prices.price_amount), 4)
        )::decimal(18, 4) as amount
    from days
    asof left join plan_prices as own_prices
        on
            own_prices.product_id = days.product_id
            and own_prices.location_id = days.location_id
            and own_prices.valid_from <= days.date
    asof left join (from plan_prices where location_id = '(all)') as all_prices
        on all_prices.product_id = days.product_id and all_prices.valid_from <= days.date
),

months as (
    select
        product_id,
        location_id,
        customer_group,
        month_of(date) as month,
        sum(quantity)::decimal(18, 4) as quantity,
        if(count(*) = count(amount), sum(amount), null)::decimal(18, 4) as amount
    from valued
    group by all
)

select
    months.*,
    coalesce(family, '(unknown)') as family,
    planning_unit,
    (quantity::decimal(28, 4) * planning_factor)::decimal(18, 4) as planning_quantity
from months
left join products using (product_id)
where quantity <> 0 or amount <> 0;

-- What forecasts are of, as the dimensions name it.
create or replace temp table forecast_keys as
with named as (
    select distinct
        forecast_type,
        product_id,
        if(product_id = '(all)', product_family, '(all)') as product_family,
        location_id,
        customer_group,
        salesperson_id
    from landing.forecasts
    where status = 'approved' and quantity is not null
)

select
    row_number() over () as key_id,
    named.*,
    if(named.product_id <> '(all)', 'product', if(product_family <> '(all)', 'family', 'total'))
    || if(named.location_id <> '(all)', ' x location', '')
    || if(named.customer_group <> '(all)', ' x customer_group', '') as grain,
    if(named.product_id in ('(all)', products.product_id), named.product_id, '(unknown)') as known_product_id,
    case
        when named.product_id <> '(all)' then coalesce(products.family, '(unknown)')
        when product_family = '(all)' or product_family in (select family from products) then product_family
        else '(unknown)'
    end as known_family,
    if(named.location_id in ('(all)', locations.location_id), named.location_id, '(unknown)') as known_location_id,
    if(
        customer_group = '(all)' or customer_group in (select customer_group from landing.customers),
        customer_group,
        '(unknown)'
    ) as known_customer_group,
    coalesce(calendars.calendar_id, '(none)') as calendar_id
from named
left join products using (product_id)
left join locations using (location_id)
left join (select distinct calendar_id from landing.calendars) as calendars using (calendar_id);

-- Approved forecasts; of one version the snapshots are numbered in the order in which they count.
create or replace temp table approved as
with snapshots as (
    select
        snapshot_date,
        version,
        known_at,
        row_number() over (order by snapshot_date, version, known_at) as snapshot_number
    from (select distinct snapshot_date, version, known_at from landing.forecasts where status = 'approved')
)

select
    key_id,
    calendar_id,
    period_start as bucket_start,
    period_end as bucket_end,
    snapshot_date,
    snapshot_number,
    (greatest(known_at, approved_at) at time zone getvariable('time_zone'))::date as known_date,
    quantity,
    p10,
    p50,
    p90
from landing.forecasts
inner join forecast_keys
    on
        forecast_keys.forecast_type = forecasts.forecast_type
        and forecast_keys.product_id = forecasts.product_id
        and forecast_keys.product_family = if(forecasts.product_id = '(all)', forecasts.product_family, '(all)')
        and forecast_keys.location_id = forecasts.location_id
        and forecast_keys.customer_group = forecasts.customer_group
        and forecast_keys.salesperson_id = forecasts.salesperson_id
inner join snapshots using (snapshot_date, version, known_at)
where status = 'approved' and quantity is not null;

-- The months that a bucket of forecasts lies in, weighted by working days; where nobody works in it, by days.
create or replace temp table bucket_months as
with days as (
    select *, unnest(generate_series(bucket_start, bucket_end - 1, interval 1 day))::date as date
    from (select distinct bucket_start, bucket_end, calendar_id from approved)
),

counted as (
    select
        bucket_start,
        bucket_end,
        days.calendar_id,
        month_of(days.date) as month,
        count_if(coalesce(is_working_day, isodow(days.date) <= 5)) as working_days,
        count(*) as all_days
    from days
    left join landing.calendars as calendars
        on calendars.calendar_id = days.calendar_id and calendars.date = days.date
    group by all
),

weighted as (
    select
        *,
        if(sum(working_days) over (partition by bucket_start, bucket_end, calendar_id) > 0, working_days, all_days)
            as weight
    from counted
)

select
    bucket_start,
    bucket_end,
    calendar_id,
    month,
    sum(weight) over (partition by bucket_start, bucket_end, calendar_id order by month) as through,
    through - weight as before,
    sum(weight) over (partition by bucket_start, bucket_end, calendar_id) as whole
from weighted
where weight > 0;

create or replace temp table spans as
select
    forecast_type,
    grain,
    known_product_id as product_id,
    known_family as product_family,
    known_location_id as location_id,
    known_customer_group as customer_group,
    min(month) as first_target,
    max(month) as last_target
from (select distinct key_id, calendar_id, bucket_start, bucket_end from approved)
inner join bucket_months using (bucket_start, bucket_end, calendar_id)
inner join forecast_keys using (key_id)
group by all;

create or replace temp table grains as
select distinct forecast_type, grain from spans
union
from (values ('naive', 'product x location'), ('seasonal_naive', 'product x location'));

create or replace temp table actuals as
select
    grain,
    if(starts_with(grain, 'product'), product_id, '(all)') as product_id,
    if(starts_with(grain, 'total'), '(all)', family) as product_family,
    if(contains(grain, ' x location'), location_id, '(all)') as location_id,
    if(contains(grain, ' x customer_group'), customer_group, '(all)') as customer_group,
    month,
    if(
        any_value(starts_with(grain, 'product')),
        sum(quantity),
        if(
            count(*) = count(planning_quantity)
            and min(planning_unit) is not distinct from max(planning_unit)
            and count(planning_unit) in (0, count(*)),
            sum(planning_quantity),
            null
        )
    )::decimal(18, 4) as quantity,
    if(count(*) = count(amount), sum(amount), null)::decimal(18, 4) as amount,
    if(min(planning_unit) = max(planning_unit) and count(planning_unit) = count(*), min(planning_unit), null) as unit
from demand
cross join (select distinct grain from grains)
group by all;

-- Series of actuals, without gaps from the first demand or forecast to the month of `as_of`.
create or replace temp table series as
with keys as (
    select
        grain, product_id, product_family, location_id, customer_group, month, null as target,
        if(quantity = 0, null, month) as sample, unit
    from actuals
    union all
    select grain, product_id, product_family, location_id, customer_group, null, first_target, null, null
    from spans
),

summed as (
    select
        grain,
        product_id,
        product_family,
        location_id,
        customer_group,
        min(month) as first_demand,
        max(month) as last_demand,
        min(sample) as first_sample,
        min(target) as first_target,
        if(min(unit) = max(unit), min(unit), null) as unit
    from keys
    group by all
)

select
    row_number() over () as series_id,
    summed.* exclude (unit),
    least(first_demand, first_target) as first_month,
    if(product_id = '(all)', unit, products.stock_unit) as quantity_unit,
    if(product_id = '(all)', unit, products.planning_unit) as planning_unit,
    if(
        end_of_life_date < getvariable('as_of'),
        month_of(end_of_life_date),
        getvariable('as_of_month')
    ) as end_of_life
from summed
left join products using (product_id);

-- Each month of a series, with how far its actuals were until then from those of a year before.
create or replace temp table series_months as
with months as (
    select
        series_id,
        product_id,
        location_id,
        first_demand,
        first_sample,
        unnest(range(first_month, getvariable('as_of_month') + 1)) as month
    from series
),

numbered as (
    select series_id, actuals.month, quantity, amount
    from actuals
    inner join series using (grain, product_id, product_family, location_id, customer_group)
),

-- A gap is a demand of zero once the month is over.
filled as (
    select
        months.*,
        numbered.series_id is not null and quantity is null as has_mixed_units,
        if(numbered.series_id is null and start_of(month + 1) <= getvariable('as_of') + 1, 0, quantity) as quantity,
        if(numbered.series_id is null and start_of(month + 1) <= getvariable('as_of') + 1, 0, amount) as amount,
        start_of(month) as period_start
    from months
    left join numbered using (series_id, month)
),

compared as (
    select
        *,
        month - 12 >= first_sample and lag(month, 12) over by_month is not null as is_sample,
        if(is_sample, abs(quantity - lag(quantity, 12) over by_month), null) as difference_quantity,
        if(is_sample, abs(amount - lag(amount, 12) over by_month), null) as difference_amount
    from filled
    window by_month as (partition by series_id order by month)
),

cumulated as (
    select
        *,
        count_if(is_sample) over to_month as sample_count,
        if(
            count(difference_quantity) over to_month = sample_count,
            (sum(difference_quantity) over to_month)::double / nullif(sample_count, 0),
            null
        ) as scale_mae,
        if(
            count(difference_amount) over to_month = sample_count,
            (sum(difference_amount) over to_month)::double / nullif(sample_count, 0),
            null
        ) as scale_mae_amount,
        if(scale_mae is null, null, (sum(difference_quantity ^ 2) over to_month) / nullif(sample_count, 0)) as scale_mse,
        if(scale_mae_amount is null, null, (sum(difference_amount ^ 2) over to_month) / nullif(sample_count, 0))
            as scale_mse_amount,
        if(scale_mae_amount is null, null, sum(amount) over of_year) as past_year_amount
    from compared
    window
        to_month as (partition by series_id order by month rows unbounded preceding),
        of_year as (partition by series_id order by month rows between 11 preceding and current row)
)

select
    cumulated.* exclude (product_id, location_id, first_sample),
    coalesce(own_prices.price_amount, all_prices.price_amount) as price
from cumulated
asof left join plan_prices as own_prices
    on
        own_prices.product_id = cumulated.product_id
        and own_prices.location_id = cumulated.location_id
        and own_prices.valid_from <= cumulated.period_start
asof left join (from plan_prices where location_id = '(all)') as all_prices
    on all_prices.product_id = cumulated.product_id and all_prices.valid_from <= cumulated.period_start;

-- What was forecast at a lag: the last that came in time, of the month that the lag asks for or the one before it; where
-- there is none, the last that came late.
create or replace temp table forecasts_at_lags as
with candidates as (
    select
        key_id,
        bucket_start,
        month,
        lag,
        month - month_of(snapshot_date) as used_lag,
        known_date < start_of(month - lag + 1) as is_in_time,
        snapshot_number,
        snapshot_date,
        before,
        through,
        whole,
        quantity,
        p10,
        p50,
        p90
    from approved
    inner join bucket_months using (bucket_start, bucket_end, calendar_id)
    cross join lags
    where
        used_lag between lag and lag + getvariable('carry_periods')
        and month <= getvariable('as_of_month')
        and (is_in_time or used_lag = lag)
),

chosen as (
    select
        key_id,
        month,
        lag,
        arg_max(
            struct_pack(is_in_time, snapshot_date, used_lag, before, through, whole, quantity, p10, p50, p90),
            snapshot_number + if(is_in_time, 1000000, 0)
        ) as best,
        not bool_and(is_in_time) as has_late_forecast
    from candidates
    group by key_id, bucket_start, month, lag
)

select
    forecast_type,
    series_id,
    month,
    lag,
    sum(
        if(
            best.through - best.before = best.whole,
            best.quantity,
            (
                (2 * (best.quantity * 10000)::hugeint * best.through + best.whole) // (2 * best.whole)
                - (2 * (best.quantity * 10000)::hugeint * best.before + best.whole) // (2 * best.whole)
            )::decimal(18, 0) * 0.0001
        )
    )::decimal(18, 4) as quantity,
    min(best.snapshot_date) as snapshot_date,
    max(best.used_lag) as used_lag,
    case
        when not bool_and(best.is_in_time) then 'late'
        when bool_or(best.used_lag > lag) then 'carried'
        else 'present'
    end as forecast_status,
    bool_or(has_late_forecast) as has_late_forecast,
    bool_or(best.through - best.before < best.whole) as is_split,
    -- A quantile of several rows, or of a part of one, is no sum.
    count(*) = 1 and not is_split as has_quantiles,
    if(has_quantiles, any_value(best.p10), null) as p10_quantity,
    if(has_quantiles, any_value(best.p50), null) as p50_quantity,
    if(has_quantiles, any_value(best.p90), null) as p90_quantity
from chosen
inner join forecast_keys using (key_id)
inner join series
    on
        series.grain = forecast_keys.grain
        and series.product_id = forecast_keys.known_product_id
        and series.product_family = forecast_keys.known_family
        and series.location_id = forecast_keys.known_location_id
        and series.customer_group = forecast_keys.known_customer_group
group by all;

create or replace temp view forecast_accuracy as
with bases as (
    select
        months.* exclude (scale_mae, scale_mae_amount, scale_mse, scale_mse_amount, past_year_amount, sample_count),
        lag,
        last_known.quantity as naive_quantity,
        seasonal.quantity as seasonal_naive_quantity,
        coalesce(scales.sample_count, 0) as scale_period_count,
        scales.scale_mae,
        scales.scale_mse,
        scales.scale_mae_amount,
        scales.scale_mse_amount,
        scales.past_year_amount
    from series_months as months
    cross join lags
    left join series_months as scales
        on scales.series_id = months.series_id and scales.month = months.month - lag - 1
    left join series_months as last_known
        on
            last_known.series_id = months.series_id
            and last_known.month = months.month - lag - 1
            and last_known.month >= last_known.first_demand
    left join series_months as seasonal
        on
            seasonal.series_id = months.series_id
            and seasonal.month = months.month - 12 * ceil((lag + 1) / 12)::integer
            and seasonal.month >= seasonal.first_demand
),

types as (
    select
        grains.forecast_type,
        series.*,
        least(first_demand, spans.first_target) as first_row,
        least(getvariable('as_of_month'), greatest(end_of_life, last_demand, last_target)) as last_row
    from series
    inner join grains using (grain)
    left join spans
        on
            spans.forecast_type = grains.forecast_type
            and spans.grain = series.grain
            and spans.product_id = series.product_id
            and spans.product_family = series.product_family
            and spans.location_id = series.location_id
            and spans.customer_group = series.customer_group
    where first_row is not null
),

compared as (
    select
        types.*,
        bases.* exclude (series_id, first_demand, quantity, amount),
        bases.quantity as actual_quantity,
        bases.amount as actual_amount,
        case types.forecast_type
            when 'naive' then naive_quantity
            when 'seasonal_naive' then seasonal_naive_quantity
            else forecasts.quantity
        end::decimal(18, 4) as forecast_quantity,
        coalesce(forecast_status, if(forecast_quantity is null, 'missing', 'present')) as status,
        forecasts.snapshot_date,
        coalesce(forecasts.used_lag, if(forecast_quantity is null, null, bases.lag)) as used_lag,
        coalesce(has_late_forecast, false) as has_late_forecast,
        coalesce(is_split, false) as is_split,
        p10_quantity,
        p50_quantity,
        p90_quantity,
        if(forecast_quantity = 0, 0, round(forecast_quantity::decimal(28, 4) * price, 4))::decimal(18, 4) as forecast_amount,
        (forecast_quantity - actual_quantity)::decimal(18, 4) as error_quantity
    from bases
    inner join types on types.series_id = bases.series_id and bases.month between first_row and last_row
    left join forecasts_at_lags as forecasts
        on
            forecasts.forecast_type = types.forecast_type
            and forecasts.series_id = bases.series_id
            and forecasts.month = bases.month
            and forecasts.lag = bases.lag
)

select
    forecast_type,
    lag::bigint as lag,
    product_id,
    product_family,
    location_id,
    customer_group,
    'month' as period_kind,
    period_start,
    start_of(month + 1) as period_end,
    start_of(month + 1) <= getvariable('as_of') + 1 as is_period_complete,
    grain,
    status as forecast_status,
    snapshot_date,
    used_lag,
    has_late_forecast,
    is_split,
    start_of(month - lag + 1) - 1 as cutoff_date,
    0::bigint as forecast_cutoff_days,
    getvariable('carry_periods')::bigint as carry_periods,
    actual_quantity,
    forecast_quantity,
    p10_quantity,
    p50_quantity,
    p90_quantity,
    error_quantity,
    abs(error_quantity) as abs_error_quantity,
    (error_quantity::decimal(28, 4) * error_quantity)::decimal(28, 8) as squared_error,
    abs(error_quantity)::double / nullif(abs(actual_quantity), 0)::double as ape,
    if(
        forecast_quantity = 0 and actual_quantity = 0,
        0,
        abs(error_quantity)::double / (abs(forecast_quantity) + abs(actual_quantity))::double
    ) as smape_term,
    scale_mae,
    scale_mse,
    scale_period_count,
    quantity_unit,
    planning_unit,
    has_mixed_units,
    actual_amount,
    forecast_amount,
    (forecast_amount - actual_amount)::decimal(18, 4) as error_amount,
    abs(forecast_amount - actual_amount)::decimal(18, 4) as abs_error_amount,
    scale_mae_amount,
    scale_mse_amount,
    past_year_amount,
    getvariable('reporting_currency') as currency,
    (actual_amount is null and (actual_quantity is not null or has_mixed_units))
    or (forecast_amount is null and forecast_quantity is not null) as has_no_plan_price
from compared;
