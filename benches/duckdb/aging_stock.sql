-- aging_stock, of products whose layers follow from sums: which only come in and go out, and of which there is never
-- less than nothing. Of each receipt is left what all issues of its location and batch together have left.
create or replace temp view aging_stock as
with movements as (
    select
        product_id,
        location_id,
        nullif(batch_id, '(none)') as batch_id,
        moved_at,
        created_at,
        movement_id,
        line_id,
        (moved_at at time zone getvariable('time_zone'))::date as date,
        type,
        quantity,
        value
    from landing.stock_movements
    where is_cancelled is distinct from true
),

-- A location opens with its last list of stock before its first movement, unless its movements open it themselves.
moved as (
    select location_id, min(date) as first_date, bool_or(type = 'opening') as has_opening
    from movements
    group by location_id
    having first_date <= getvariable('as_of')
),

known as (
    select
        location_id,
        any_value(first_date) as first_date,
        max(snapshot_date) filter (where not has_opening and snapshot_date < first_date) as opening_date,
        max(snapshot_date) as last_date
    from moved
    full join (
        select distinct location_id, snapshot_date
        from landing.stock_balances
        where snapshot_date <= getvariable('as_of')
    ) using (location_id)
    group by location_id
),

lists as (
    select
        balances.*,
        nullif(balances.batch_id, '(none)') as named_batch_id,
        least(received_date, snapshot_date) as date,
        received_date is null as is_age_minimum,
        concat_ws('/', snapshot_date, product_id, location_id, batch_id) as line,
        first_date,
        opening_date,
        last_date
    from landing.stock_balances as balances
    inner join known using (location_id)
    where snapshot_date in (opening_date, last_date)
),

ledger as (
    select
        product_id, location_id, batch_id, moved_at, created_at, movement_id, line_id, date, type, quantity, value,
        type = 'opening' as is_age_minimum
    from movements
    where date <= getvariable('as_of')
    union all
    select
        product_id, location_id, named_batch_id, snapshot_date::timestamptz, null, 'balance', line, date, 'opening',
        quantity, value, is_age_minimum
    from lists
    where snapshot_date = opening_date
),

issued as (
    select product_id, location_id, batch_id, -sum(quantity) as issued_quantity
    from ledger
    where quantity < 0
    group by all
),

received as (
    select
        *,
        sum(quantity) over (
            partition by product_id, location_id, batch_id
            order by moved_at, created_at nulls last, movement_id, line_id
            rows unbounded preceding
        ) as received_quantity
    from ledger
    where quantity > 0
),

-- In units of a ten-thousandth, since rounding a quotient of decimals is exact between whole numbers alone.
left_over as (
    select
        received.*,
        least(quantity, received_quantity - coalesce(issued_quantity, 0)) as left_quantity,
        (value * 10000)::hugeint * (left_quantity * 10000)::hugeint as share,
        (quantity * 10000)::hugeint as whole
    from received
    left join issued
        on
            issued.product_id = received.product_id
            and issued.location_id = received.location_id
            and issued.batch_id is not distinct from received.batch_id
    where left_quantity > 0
),

layers as (
    select
        product_id,
        location_id,
        batch_id,
        concat_ws('/', movement_id, line_id, '1') as layer_id,
        if(type in ('opening', 'return'), type, 'receipt') as layer_type,
        date as receipt_date,
        is_age_minimum,
        left_quantity as quantity,
        (sign(share) * ((2 * abs(share) + whole) // (2 * whole)))::decimal(18, 0) * 0.0001 as value
    from left_over
),

accounts as (
    select
        product_id,
        location_id,
        first_date,
        last_date,
        coalesce(sum(value), 0) as value,
        bool_or(value is null and quantity <> 0) as has_unknown_value,
        sum(quantity) filter (where date <= last_date) as listed_quantity,
        coalesce(sum(value) filter (where date <= last_date), 0) as listed_value,
        coalesce(bool_or(value is null and quantity <> 0) filter (where date <= last_date), false)
            as has_unknown_listed_value
    from ledger
    left join known using (location_id)
    group by all
),

last_lists as (
    select
        product_id,
        location_id,
        last_date,
        sum(quantity) as quantity,
        coalesce(sum(value), 0) as value,
        bool_or(value is null and quantity <> 0) as has_unknown_value
    from lists
    where snapshot_date = last_date and last_date >= first_date
    group by all
),

all_layers as (
    select layers.*, coalesce(has_unknown_value, false) as has_unknown_value
    from layers
    left join accounts using (product_id, location_id)
    union all
    -- Where nothing is known to have moved, the last list has the layers.
    select
        product_id,
        location_id,
        named_batch_id,
        concat('balance/', line, '/1'),
        case when quantity > 0 then 'opening' when quantity < 0 then 'deficit' else 'valuation_difference' end,
        if(quantity <> 0, date, null),
        quantity > 0 and is_age_minimum,
        quantity,
        value,
        value is null
    from lists
    where first_date is null and snapshot_date = last_date and (quantity <> 0 or value <> 0)
    union all
    select
        product_id,
        location_id,
        null,
        concat_ws('/', 'valuation_difference', product_id, location_id),
        'valuation_difference',
        null,
        false,
        0,
        accounts.value - coalesce(layer_values.value, 0) as difference,
        false
    from accounts
    left join (select product_id, location_id, sum(value) as value from layers group by all) as layer_values
        using (product_id, location_id)
    where not has_unknown_value and difference <> 0
    union all
    select
        product_id,
        location_id,
        null,
        concat_ws('/', 'balance_difference', coalesce(last_lists.last_date, accounts.last_date), product_id, location_id),
        'balance_difference',
        null,
        false,
        coalesce(quantity, 0) - coalesce(listed_quantity, 0) as difference_quantity,
        if(is_unknown, null, coalesce(last_lists.value, 0) - coalesce(listed_value, 0)) as difference_value,
        is_unknown
    from last_lists
    full join (from accounts where last_date >= first_date) as accounts using (product_id, location_id)
    cross join lateral (
        select coalesce(last_lists.has_unknown_value, false) or coalesce(has_unknown_listed_value, false) as is_unknown
    )
    where difference_quantity <> 0 or difference_value <> 0
),

state as (
    select (max(moved_at) at time zone getvariable('time_zone'))::date as known_date
    from landing.stock_movements
    where moved_at >= getvariable('as_of') and moved_at < getvariable('calendar_last_date')
)

select
    getvariable('as_of') as as_of_date,
    coalesce(products.product_id, '(unknown)') as product_id,
    coalesce(locations.location_id, '(unknown)') as location_id,
    coalesce(batch_id, '(none)') as batch_id,
    layer_id,
    layer_type,
    receipt_date,
    getvariable('as_of') - receipt_date as age_days,
    receipt_date as original_receipt_date,
    age_days as original_age_days,
    layer_type not in ('valuation_difference', 'balance_difference') and not is_age_minimum as is_original_date_known,
    is_age_minimum,
    null::varchar as sender_location_id,
    quantity::decimal(18, 4) as quantity,
    stock_unit,
    (quantity::decimal(28, 4) * planning_factor)::decimal(18, 4) as planning_quantity,
    planning_unit,
    planning_factor is null as has_no_planning_unit,
    value::decimal(18, 4) as value,
    currency as value_currency,
    has_unknown_value,
    round(value::decimal(28, 4) * if(currency = getvariable('reporting_currency'), 1, rate), 4)::decimal(18, 4) as reporting_value,
    round(quantity::decimal(28, 4) * coalesce(own_prices.price_amount, all_prices.price_amount), 4)::decimal(18, 4)
        as plan_price_amount,
    getvariable('reporting_currency') as currency,
    if(value_currency = getvariable('reporting_currency'), 1, rate) is null as has_no_rate,
    coalesce(own_prices.price_amount, all_prices.price_amount) is null as has_no_plan_price,
    if(known_date > getvariable('as_of'), known_date, null) as state_known_at
from all_layers
left join products on products.product_id = all_layers.product_id
left join locations on locations.location_id = all_layers.location_id
left join plan_prices as own_prices
    on
        own_prices.product_id = all_layers.product_id
        and own_prices.location_id = all_layers.location_id
        and getvariable('as_of') >= own_prices.valid_from
        and getvariable('as_of') < own_prices.valid_to
left join plan_prices as all_prices
    on
        all_prices.product_id = all_layers.product_id
        and all_prices.location_id = '(all)'
        and getvariable('as_of') >= all_prices.valid_from
        and getvariable('as_of') < all_prices.valid_to
left join reporting_rates as rates
    on
        rates.from_currency = locations.currency
        and rates.rate_type = 'closing'
        and getvariable('as_of') >= rates.valid_from
        and getvariable('as_of') < rates.valid_to
cross join state;
