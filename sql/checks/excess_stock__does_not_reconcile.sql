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

demand as (
    select * from intermediate.excess_demand
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
