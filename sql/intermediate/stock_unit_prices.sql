-- One row per product and location, or `(all)`, with costs or prices on `$as_of`, in the reporting currency.
with

product_costs as (
    select * from staging.product_costs
    where valid_from <= $as_of
),

prices as (
    select * from staging.prices
    where valid_from <= $as_of
),

locations as (
    select * from marts.dim_location
),

rates as (
    select * from intermediate.reporting_rates
    where
        rate_type = 'closing'
        and valid_from <= $as_of
        and valid_to > $as_of
),

-- What a promotion asks is not what goods are sold at as a rule.
candidates as (
    select product_id, location_id, 'unit_cost' as kind, valid_from, unit_cost as amount, currency from product_costs
    union all
    select product_id, location_id, 'cost_to_sell' as kind, valid_from, cost_to_sell as amount, currency
    from product_costs
    union all
    select product_id, location_id, price_type as kind, valid_from, price as amount, currency
    from prices
    where price_type in ('list', 'clearance') and coalesce(is_promotion, false) = false
),

newest as (
    select
        product_id,
        location_id,
        kind,
        max(valid_from) as valid_from
    from candidates
    group by product_id, location_id, kind
),

-- What has no currency is in that of its location's company; for all locations, in the reporting currency.
with_currencies as (
    select
        candidates.product_id,
        candidates.location_id,
        candidates.kind,
        candidates.amount,
        coalesce(candidates.currency, locations.currency, $reporting_currency) as currency
    from candidates
    inner join newest
        on
            candidates.product_id = newest.product_id
            and candidates.location_id = newest.location_id
            and candidates.kind = newest.kind
            and candidates.valid_from = newest.valid_from
    left join locations on candidates.location_id = locations.location_id
),

converted as (
    select
        with_currencies.product_id,
        with_currencies.location_id,
        with_currencies.kind,
        case
            when with_currencies.currency = $reporting_currency then with_currencies.amount
            else cast(round(with_currencies.amount * rates.rate, 4) as decimal(18, 4))
        end as amount,
        with_currencies.amount is not null
        and with_currencies.currency <> $reporting_currency
        and rates.rate is null as has_no_rate
    from with_currencies
    left join rates on with_currencies.currency = rates.from_currency
),

pivoted as (
    select
        product_id,
        location_id,
        max(amount) filter (where kind = 'unit_cost') as unit_cost,
        max(amount) filter (where kind = 'cost_to_sell') as cost_to_sell,
        max(amount) filter (where kind = 'list') as list_price,
        max(amount) filter (where kind = 'clearance') as clearance_price,
        bool_or(kind = 'unit_cost') as has_cost_row,
        bool_or(kind = 'list') as has_list_row,
        bool_or(kind = 'clearance') as has_clearance_row,
        bool_or(has_no_rate) as has_no_rate
    from converted
    group by product_id, location_id
)

select * from pivoted
