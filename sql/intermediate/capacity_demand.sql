-- One row per load basis, product, location that it names or `(all)`, order line and day or bucket of time: what is wanted.
-- Whatever is wanted is asked of the plants in full, without the stock that there may be.
with

forecasts as (
    select * from intermediate.supply_forecasts
),

snapshots as (
    select * from intermediate.forecast_snapshots
),

order_lines as (
    select * from intermediate.open_order_lines
    where open_quantity > 0
),

-- What is overdue is expected at once.
opportunities as (
    select
        opportunity_id,
        probability_rate,
        greatest(expected_close_date, $as_of + interval '1 day') as expected_date
    from intermediate.pipeline_opportunities
    where
        is_closed = false
        and expected_close_date is not null
),

opportunity_products as (
    select * from staging.opportunity_products
),

-- Keys that a later forecast does not name keep their own; its version is the one that is shown.
last_versions as (
    select snapshots.version
    from forecasts
    inner join snapshots on forecasts.snapshot_number = snapshots.snapshot_number
    group by snapshots.snapshot_number, snapshots.version
    order by snapshots.snapshot_number desc
    limit 1
),

wanted as (
    select
        'consensus_forecast' as load_basis,
        last_versions.version as plan_version,
        '(all)' as order_id,
        '(all)' as line_id,
        forecasts.product_id,
        forecasts.location_id,
        forecasts.bucket_start as period_start,
        forecasts.bucket_end as period_end,
        cast(null as date) as due_date,
        forecasts.quantity
    from forecasts
    cross join last_versions
    union all
    select
        'booked_orders' as load_basis,
        '(all)' as plan_version,
        order_id,
        line_id,
        product_id,
        location_id,
        due_date as period_start,
        due_date + 1 as period_end,
        due_date,
        open_quantity as quantity
    from order_lines
    union all
    select
        'pipeline' as load_basis,
        '(all)' as plan_version,
        '(all)' as order_id,
        '(all)' as line_id,
        opportunity_products.product_id,
        '(all)' as location_id,
        opportunities.expected_date as period_start,
        opportunities.expected_date + 1 as period_end,
        opportunities.expected_date as due_date,
        sum(round(opportunity_products.quantity * opportunities.probability_rate, 4)) as quantity
    from opportunities
    inner join opportunity_products on opportunities.opportunity_id = opportunity_products.opportunity_id
    where opportunity_products.quantity * opportunities.probability_rate > 0
    group by opportunity_products.product_id, opportunities.expected_date
)

select * from wanted
