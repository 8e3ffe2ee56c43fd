-- Every total of forecasts and demand in forecast_waterfall, beside that of the forecasts themselves and of demand_history.
with

forecasts as (
    select * from staging.forecasts
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
    select * from marts.dim_product
),

families as (
    select * from marts.dim_product_family
),

regions as (
    select
        location_id,
        market_region
    from marts.dim_location
),

bucket_parts as (
    select * from intermediate.forecast_bucket_parts
),

periods as (
    select * from intermediate.periods
),

demand_history as (
    select * from marts.demand_history
),

waterfall as (
    select * from marts.forecast_waterfall
),

known as (
    select
        forecasts.*,
        coalesce(locations.calendar_id, '(none)') as calendar_id,
        case when forecasts.product_id = '(all)' then forecasts.product_family else '-' end as named_family
    from forecasts
    left join locations on forecasts.location_id = locations.location_id
    where
        forecasts.status <> 'draft'
        and forecasts.quantity is not null
        and forecasts.snapshot_date <= $as_of
        and cast(forecasts.known_at at time zone $time_zone as date) <= $as_of
        and coalesce(cast(forecasts.approved_at at time zone $time_zone as date) <= $as_of, true)
),

-- The last of several is the greatest, as text that ends in the end of its bucket and the quantity.
newest as (
    select
        snapshot_date,
        forecast_type,
        product_id,
        named_family,
        location_id,
        calendar_id,
        period_start,
        max(concat(version, '|', known_at, '|', period_end, '|', quantity)) as last_known
    from known
    group by
        snapshot_date, forecast_type, product_id, named_family, location_id, calendar_id, period_start, customer_group,
        salesperson_id
),

parts as (
    select
        newest.forecast_type,
        newest.snapshot_date,
        newest.product_id,
        case
            when newest.product_id = '(all)' then coalesce(families.product_family, '(unknown)')
            else coalesce(products.family, '(unknown)')
        end as product_family,
        coalesce(regions.location_id, '(unknown)') as location_id,
        coalesce(regions.market_region, '(unknown)') as market_region,
        periods.period_kind,
        periods.period_start,
        case when newest.product_id = '(all)' then 1 else products.planning_factor end as planning_factor,
        round(
            cast(split_part(newest.last_known, '|', -1) as decimal(18, 4))
            * bucket_parts.weight_through / bucket_parts.weight_of_all,
            4
        ) - round(
            cast(split_part(newest.last_known, '|', -1) as decimal(18, 4))
            * bucket_parts.weight_before / bucket_parts.weight_of_all,
            4
        ) as quantity
    from newest
    inner join bucket_parts
        on
            newest.period_start = bucket_parts.bucket_start
            and cast(split_part(newest.last_known, '|', -2) as date) = bucket_parts.bucket_end
            and newest.calendar_id = bucket_parts.calendar_id
    inner join periods
        on
            bucket_parts.period_kind = periods.period_kind
            and bucket_parts.period_index = periods.period_index
    left join products on newest.product_id = products.product_id
    left join families on newest.named_family = families.product_family
    left join regions on newest.location_id = regions.location_id
),

-- Rounded product by product and location by location; what nobody knows is one product and one location.
converted as (
    select
        parts.forecast_type,
        parts.snapshot_date,
        parts.product_family,
        parts.market_region,
        parts.period_kind,
        parts.period_start,
        round(sum(parts.quantity) * parts.planning_factor, 4) as quantity
    from parts
    group by
        parts.forecast_type, parts.snapshot_date, parts.product_id, parts.product_family, parts.location_id,
        parts.market_region, parts.period_kind, parts.period_start, parts.planning_factor
),

-- Where units are mixed the mart has no quantity.
mixed as (
    select * from waterfall where has_mixed_units
),

-- Added up before it is joined: every row of the waterfall meets the families and regions of its period.
demand as (
    select
        demand_history.period_kind,
        demand_history.period_start,
        products.family,
        regions.market_region,
        sum(demand_history.demand_amount) as amount
    from demand_history
    inner join products on demand_history.product_id = products.product_id
    inner join regions on demand_history.location_id = regions.location_id
    group by demand_history.period_kind, demand_history.period_start, products.family, regions.market_region
),

-- Every row shows the demand of its family and region: it is there once for each snapshot.
shown_demand as (
    select
        waterfall.forecast_type,
        waterfall.snapshot_date,
        waterfall.period_kind,
        waterfall.period_start,
        sum(demand.amount) as amount
    from waterfall
    inner join demand
        on
            waterfall.period_kind = demand.period_kind
            and waterfall.period_start = demand.period_start
    where
        waterfall.actual_amount is not null
        and waterfall.product_family in (demand.family, '(all)')
        and waterfall.market_region in (demand.market_region, '(all)')
    group by waterfall.forecast_type, waterfall.snapshot_date, waterfall.period_kind, waterfall.period_start
),

totals as (
    select
        concat('forecast_quantity ', converted.forecast_type, ' of ', converted.snapshot_date) as measure,
        converted.period_kind,
        converted.period_start,
        converted.quantity as source_total,
        cast(null as decimal(18, 4)) as mart_total
    from converted
    left join mixed
        on
            converted.forecast_type = mixed.forecast_type
            and converted.snapshot_date = mixed.snapshot_date
            and converted.product_family = mixed.product_family
            and converted.market_region = mixed.market_region
            and converted.period_kind = mixed.period_kind
            and converted.period_start = mixed.period_start
    where mixed.forecast_type is null
    union all
    select
        concat('forecast_quantity ', forecast_type, ' of ', snapshot_date) as measure,
        period_kind,
        period_start,
        cast(null as decimal(18, 4)) as source_total,
        forecast_quantity as mart_total
    from waterfall
    union all
    select
        concat('actual_amount ', forecast_type, ' of ', snapshot_date) as measure,
        period_kind,
        period_start,
        amount as source_total,
        cast(null as decimal(18, 4)) as mart_total
    from shown_demand
    union all
    select
        concat('actual_amount ', forecast_type, ' of ', snapshot_date) as measure,
        period_kind,
        period_start,
        cast(null as decimal(18, 4)) as source_total,
        actual_amount as mart_total
    from waterfall
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        coalesce(sum(source_total), 0) as source_total,
        coalesce(sum(mart_total), 0) as mart_total
    from totals
    group by measure, period_kind, period_start
)

select * from compared
