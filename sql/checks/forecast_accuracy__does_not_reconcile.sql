-- Every total of forecasts and actuals that forecast_accuracy holds, beside the same total from the forecasts themselves
-- and from demand_history.
with

forecasts as (
    select * from staging.forecasts
),

periods as (
    select periods.*
    from intermediate.periods as periods
    inner join settings.forecast_accuracy_period_kinds as period_kinds on periods.period_kind = period_kinds.period_kind
),

period_days as (
    select * from intermediate.period_days
),

bucket_parts as (
    select * from intermediate.forecast_bucket_parts
),

locations as (
    select
        locations.location_id,
        calendars.calendar_id
    from staging.locations as locations
    inner join (select distinct calendar_id from staging.calendars) as calendars
        on locations.calendar_id = calendars.calendar_id
),

products as (
    select
        product_id,
        family,
        dense_rank() over (order by planning_unit asc) as unit_number
    from marts.dim_product
),

demand_history as (
    select * from marts.demand_history
),

forecast_accuracy as (
    select * from marts.forecast_accuracy
),

types as (
    select * from intermediate.forecast_grains where not is_by_salesperson
),

lags as (
    select distinct cast(lag as bigint) as lag from settings.forecast_lags
),

-- The period of the lag is the last to take a snapshot from; a forecast is in time until it ends, and some days more.
snapshot_periods as (
    select
        periods.period_kind,
        periods.period_index + lags.lag as period_index,
        lags.lag,
        periods.period_index - carried_periods.column1 as snapshot_index,
        carried_periods.column1 as carried_periods,
        periods.period_end + $forecast_cutoff_days as first_late_date
    from periods
    cross join lags
    cross join (select unnest(range(0, $carry_periods + 1)) as column1) as carried_periods
),

looked_at as (
    select
        snapshot_periods.lag,
        snapshot_periods.carried_periods,
        snapshot_periods.first_late_date,
        bucket_parts.*,
        period_days.date as snapshot_date
    from snapshot_periods
    inner join bucket_parts
        on
            snapshot_periods.period_kind = bucket_parts.period_kind
            and snapshot_periods.period_index = bucket_parts.period_index
    inner join periods
        on
            snapshot_periods.period_kind = periods.period_kind
            and snapshot_periods.snapshot_index = periods.period_index
    inner join period_days
        on
            periods.period_kind = period_days.period_kind
            and periods.period_start = period_days.period_start
),

snapshots as (
    select
        forecasts.*,
        coalesce(locations.calendar_id, '(none)') as calendar_id,
        case when forecasts.product_id = '(all)' then forecasts.product_family else '-' end as family
    from forecasts
    left join locations on forecasts.location_id = locations.location_id
    where
        forecasts.status <> 'draft'
        and forecasts.quantity is not null
),

aged as (
    select
        snapshots.*,
        looked_at.period_kind,
        looked_at.period_index,
        looked_at.lag,
        looked_at.carried_periods,
        round(snapshots.quantity * looked_at.weight_through / looked_at.weight_of_all, 4)
        - round(snapshots.quantity * looked_at.weight_before / looked_at.weight_of_all, 4) as part_quantity,
        cast(snapshots.known_at at time zone $time_zone as date) < looked_at.first_late_date
        and coalesce(cast(snapshots.approved_at at time zone $time_zone as date) < looked_at.first_late_date, true)
            as is_in_time
    from looked_at
    inner join snapshots
        on
            looked_at.bucket_start = snapshots.period_start
            and looked_at.bucket_end = snapshots.period_end
            and looked_at.calendar_id = snapshots.calendar_id
            and looked_at.snapshot_date = snapshots.snapshot_date
),

-- The last of several is the greatest, as text that ends in the quantity.
newest as (
    select
        forecast_type,
        lag,
        period_kind,
        period_index,
        coalesce(
            max(concat(snapshot_date, '|', version, '|', known_at, '|', part_quantity)) filter (where is_in_time),
            max(concat(snapshot_date, '|', version, '|', known_at, '|', part_quantity)) filter (where carried_periods = 0)
        ) as last_known
    from aged
    group by
        forecast_type, product_id, family, location_id, customer_group, salesperson_id, period_start,
        lag, period_kind, period_index
),

forecast_totals as (
    select
        concat('forecast_quantity ', newest.forecast_type, ' lag ', newest.lag) as measure,
        newest.period_kind,
        periods.period_start,
        sum(cast(split_part(newest.last_known, '|', -1) as decimal(18, 4))) as source_total
    from newest
    inner join periods
        on
            newest.period_kind = periods.period_kind
            and newest.period_index = periods.period_index
    where periods.period_start <= $as_of
    group by newest.forecast_type, newest.lag, newest.period_kind, periods.period_start
),

grains as (
    select distinct grain from types
),

-- The few grains come first: they are what a cross join holds against all rows of the other side.
demand_keys as (
    select
        grains.grain,
        demand_history.period_kind,
        demand_history.period_start,
        case when grains.grain like 'product%' then demand_history.product_id else '-' end as product_id,
        case when grains.grain like 'family%' then products.family else '-' end as family,
        case when grains.grain like '%location%' then demand_history.location_id else '-' end as location_id,
        case when grains.grain like '%customer_group%' then demand_history.customer_group else '-' end as customer_group,
        demand_history.demand_quantity,
        demand_history.planning_demand_quantity,
        demand_history.demand_amount,
        products.unit_number
    from grains
    cross join demand_history
    inner join periods
        on
            demand_history.period_kind = periods.period_kind
            and demand_history.period_start = periods.period_start
    left join products on demand_history.product_id = products.product_id
    where
        demand_history.period_start <= $as_of
        and (demand_history.demand_quantity <> 0 or demand_history.demand_amount <> 0)
),

demand_by_grain as (
    select
        grain,
        period_kind,
        period_start,
        case
            when grain like 'product%' then sum(demand_quantity)
            when count(*) = count(planning_demand_quantity) and min(unit_number) = max(unit_number)
                then sum(planning_demand_quantity)
        end as quantity,
        case when count(*) = count(demand_amount) then sum(demand_amount) end as amount
    from demand_keys
    group by grain, period_kind, period_start, product_id, family, location_id, customer_group
),

measures as (
    select column1 as measure from (values ('actual_quantity'), ('actual_amount'))
),

actual_totals as (
    select
        demand_by_grain.grain,
        demand_by_grain.period_kind,
        demand_by_grain.period_start,
        sum(demand_by_grain.quantity) as quantity,
        sum(demand_by_grain.amount) as amount
    from demand_by_grain
    group by demand_by_grain.grain, demand_by_grain.period_kind, demand_by_grain.period_start
),

source_totals as (
    select * from forecast_totals
    union all
    select
        concat(measures.measure, ' ', types.forecast_type, ' by ', types.grain, ' lag ', lags.lag) as measure,
        actual_totals.period_kind,
        actual_totals.period_start,
        case when measures.measure = 'actual_quantity' then actual_totals.quantity else actual_totals.amount end
            as source_total
    from actual_totals
    inner join types on actual_totals.grain = types.grain
    cross join lags
    cross join measures
),

mart_sums as (
    select
        forecast_type,
        grain,
        lag,
        period_kind,
        period_start,
        sum(forecast_quantity) as forecast_quantity,
        sum(actual_quantity) as quantity,
        sum(actual_amount) as amount
    from forecast_accuracy
    group by forecast_type, grain, lag, period_kind, period_start
),

mart_totals as (
    select
        concat('forecast_quantity ', forecast_type, ' lag ', lag) as measure,
        period_kind,
        period_start,
        sum(forecast_quantity) as mart_total
    from mart_sums
    where forecast_type not in ('naive', 'seasonal_naive')
    group by forecast_type, lag, period_kind, period_start
    union all
    select
        concat(measures.measure, ' ', mart_sums.forecast_type, ' by ', mart_sums.grain, ' lag ', mart_sums.lag) as measure,
        mart_sums.period_kind,
        mart_sums.period_start,
        case when measures.measure = 'actual_quantity' then mart_sums.quantity else mart_sums.amount end as mart_total
    from mart_sums
    cross join measures
),

compared as (
    select
        coalesce(source_totals.measure, mart_totals.measure) as measure,
        coalesce(source_totals.period_kind, mart_totals.period_kind) as period_kind,
        coalesce(source_totals.period_start, mart_totals.period_start) as period_start,
        coalesce(source_totals.source_total, 0) as source_total,
        coalesce(mart_totals.mart_total, 0) as mart_total
    from source_totals
    full join mart_totals
        on
            source_totals.measure = mart_totals.measure
            and source_totals.period_kind = mart_totals.period_kind
            and source_totals.period_start = mart_totals.period_start
)

select * from compared
