-- One row per layer of stock on `$as_of`, and per deficit or difference: the rows of aging_stock, which other marts read.
with

layers as (
    select * from intermediate.stock_layers
),

products as (
    select * from marts.dim_product
),

locations as (
    select * from marts.dim_location
),

plan_prices as (
    select * from intermediate.plan_prices
    where
        valid_from <= $as_of
        and (valid_to is null or valid_to > $as_of)
),

rates as (
    select * from intermediate.reporting_rates
    where
        rate_type = 'closing'
        and valid_from <= $as_of
        and valid_to > $as_of
),

movements as (
    select * from staging.stock_movements
),

-- How far the extracts know what happened, where they know more than `$as_of`.
last_moments as (
    select max(moved_at) as moved_at
    from movements
    where
        moved_at >= $as_of
        and moved_at < $calendar_last_date
),

states as (
    select cast(moved_at at time zone $time_zone as date) as known_date
    from last_moments
),

resolved as (
    select
        layers.*,
        coalesce(products.product_id, '(unknown)') as known_product_id,
        coalesce(locations.location_id, '(unknown)') as known_location_id,
        case
            when layers.sender_location_id is not null then coalesce(senders.location_id, '(unknown)')
        end as known_sender_location_id,
        coalesce(senders.currency, locations.currency) as value_currency,
        products.stock_unit,
        products.planning_unit,
        products.planning_factor
    from layers
    left join products on layers.product_id = products.product_id
    left join locations on layers.location_id = locations.location_id
    left join locations as senders on layers.sender_location_id = senders.location_id
),

valued as (
    select
        resolved.*,
        coalesce(own_prices.price_amount, all_prices.price_amount) as plan_price,
        case when resolved.value_currency = $reporting_currency then 1 else rates.rate end as rate
    from resolved
    left join plan_prices as own_prices
        on
            resolved.product_id = own_prices.product_id
            and resolved.location_id = own_prices.location_id
    left join plan_prices as all_prices
        on
            resolved.product_id = all_prices.product_id
            and all_prices.location_id = '(all)'
    left join rates on resolved.value_currency = rates.from_currency
),

projected as (
    select
        $as_of as as_of_date,
        valued.known_product_id as product_id,
        valued.known_location_id as location_id,
        coalesce(valued.batch_id, '(none)') as batch_id,
        valued.layer_id,
        valued.layer_type,
        valued.receipt_date,
        $as_of - valued.receipt_date as age_days,
        valued.original_receipt_date,
        $as_of - valued.original_receipt_date as original_age_days,
        valued.is_original_date_known,
        valued.is_age_minimum,
        valued.known_sender_location_id as sender_location_id,
        valued.quantity,
        valued.stock_unit,
        cast(valued.quantity * valued.planning_factor as decimal(18, 4)) as planning_quantity,
        valued.planning_unit,
        valued.planning_factor is null as has_no_planning_unit,
        valued.value,
        valued.value_currency,
        valued.has_unknown_value,
        cast(round(valued.value * valued.rate, 4) as decimal(18, 4)) as reporting_value,
        cast(round(valued.quantity * valued.plan_price, 4) as decimal(18, 4)) as plan_price_amount,
        $reporting_currency as currency,
        valued.rate is null as has_no_rate,
        valued.plan_price is null as has_no_plan_price,
        case when states.known_date > $as_of then states.known_date end as state_known_at
    from valued
    cross join states
)

select * from projected
