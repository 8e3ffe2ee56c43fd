-- Every total of demand_variability by window, beside that of demand_history since each product's first demand.
with

demand_history as (
    select * from marts.demand_history
),

demand_variability as (
    select * from marts.demand_variability
),

periods as (
    select * from marts.dim_period
    where is_period_complete
),

windows as (
    select distinct
        period_kind,
        window_periods
    from settings.demand_variability_windows
    where window_periods > 0
),

last_periods as (
    select
        period_kind,
        max(period_index) as period_index,
        max(period_start) as period_start
    from periods
    group by period_kind
),

demand as (
    select
        demand_history.product_id,
        demand_history.location_id,
        demand_history.period_kind,
        periods.period_index,
        sum(demand_history.demand_quantity) as demand_quantity,
        sum(demand_history.demand_amount) as demand_amount,
        count(*) - count(demand_history.demand_amount) as unknown_count
    from demand_history
    inner join periods
        on
            demand_history.period_kind = periods.period_kind
            and demand_history.period_start = periods.period_start
    group by
        demand_history.product_id,
        demand_history.location_id,
        demand_history.period_kind,
        periods.period_index
),

first_demands as (
    select
        product_id,
        location_id,
        period_kind,
        min(period_index) as period_index
    from demand
    where demand_quantity > 0
    group by product_id, location_id, period_kind
),

-- Of a window of which an amount is not known the mart says nothing.
windows_of_products as (
    select
        demand.product_id,
        demand.location_id,
        demand.period_kind,
        windows.window_periods,
        last_periods.period_start,
        sum(demand.demand_quantity) as demand_quantity,
        case when sum(demand.unknown_count) = 0 then sum(demand.demand_amount) else 0 end as demand_amount,
        count(*) filter (where demand.demand_quantity > 0) as demand_period_count
    from demand
    inner join first_demands
        on
            demand.product_id = first_demands.product_id
            and demand.location_id = first_demands.location_id
            and demand.period_kind = first_demands.period_kind
    inner join last_periods on demand.period_kind = last_periods.period_kind
    inner join windows on demand.period_kind = windows.period_kind
    where
        demand.period_index >= first_demands.period_index
        and demand.period_index > last_periods.period_index - windows.window_periods
    group by
        demand.product_id,
        demand.location_id,
        demand.period_kind,
        windows.window_periods,
        last_periods.period_start
),

all_totals as (
    select
        'source' as origin,
        period_kind,
        window_periods,
        period_start,
        sum(demand_quantity) as demand_quantity,
        sum(demand_amount) as demand_amount,
        sum(demand_period_count) as demand_period_count
    from windows_of_products
    group by period_kind, window_periods, period_start
    union all
    select
        'mart' as origin,
        demand_variability.period_kind,
        demand_variability.window_periods,
        last_periods.period_start,
        sum(demand_variability.demand_quantity) as demand_quantity,
        coalesce(sum(demand_variability.demand_amount), 0) as demand_amount,
        sum(demand_variability.demand_period_count) as demand_period_count
    from demand_variability
    inner join last_periods on demand_variability.period_kind = last_periods.period_kind
    group by demand_variability.period_kind, demand_variability.window_periods, last_periods.period_start
),

measures as (
    select
        concat('demand_quantity of ', window_periods, ' periods') as measure,
        period_kind,
        period_start,
        origin,
        demand_quantity as total
    from all_totals
    union all
    select
        concat('demand_amount of ', window_periods, ' periods') as measure,
        period_kind,
        period_start,
        origin,
        demand_amount as total
    from all_totals
    union all
    select
        concat('periods with demand of ', window_periods, ' periods') as measure,
        period_kind,
        period_start,
        origin,
        demand_period_count as total
    from all_totals
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from measures
    group by measure, period_kind, period_start
)

select * from compared
