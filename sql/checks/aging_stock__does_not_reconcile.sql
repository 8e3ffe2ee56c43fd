-- Every total that aging_stock holds, beside the same total from the movements and lists of stock themselves.
with

movements as (
    select * from staging.stock_movements
),

balances as (
    select * from staging.stock_balances
),

aging_stock as (
    select * from marts.aging_stock
),

-- Later than the day after tomorrow it is after `$as_of` everywhere, and some such times have no local day.
dated as (
    select
        movement_id,
        line_id,
        coalesce(product_id, '(unknown)') as product_id,
        coalesce(location_id, '(unknown)') as location_id,
        case
            when moved_at < $as_of + interval '2 days' then cast(moved_at at time zone $time_zone as date)
        end as date,
        type,
        quantity,
        value,
        linked_movement_id,
        linked_line_id
    from movements
    where coalesce(is_cancelled, false) = false
),

moved as (
    select * from dated
    where date <= $as_of
),

first_days as (
    select
        location_id,
        min(date) as first_date
    from moved
    group by location_id
),

opened as (
    select distinct location_id
    from dated
    where type = 'opening'
),

openings as (
    select
        balances.location_id,
        max(balances.snapshot_date) as snapshot_date
    from balances
    inner join first_days on balances.location_id = first_days.location_id
    left join opened on balances.location_id = opened.location_id
    where
        balances.snapshot_date < first_days.first_date
        and opened.location_id is null
    group by balances.location_id
),

last_lists as (
    select
        location_id,
        max(snapshot_date) as snapshot_date
    from balances
    where snapshot_date <= $as_of
    group by location_id
),

-- Where stock moved: the movements and what they open with.
ledger as (
    select
        product_id,
        location_id,
        date,
        quantity,
        value
    from moved
    union all
    select
        balances.product_id,
        balances.location_id,
        balances.snapshot_date as date,
        balances.quantity,
        balances.value
    from balances
    inner join openings
        on
            balances.location_id = openings.location_id
            and balances.snapshot_date = openings.snapshot_date
),

listed as (
    select
        balances.product_id,
        balances.location_id,
        balances.snapshot_date,
        balances.quantity,
        balances.value,
        first_days.first_date
    from balances
    inner join last_lists
        on
            balances.location_id = last_lists.location_id
            and balances.snapshot_date = last_lists.snapshot_date
    left join first_days on balances.location_id = first_days.location_id
),

stock as (
    select
        product_id,
        location_id,
        sum(quantity) as quantity,
        case when bool_or(value is null and quantity <> 0) = false then coalesce(sum(value), 0) end as value
    from ledger
    group by product_id, location_id
    union all
    select
        product_id,
        location_id,
        quantity,
        value
    from listed
    where first_date is null
),

arrived as (
    select
        product_id,
        linked_movement_id,
        linked_line_id,
        sum(quantity) as quantity
    from moved
    where
        type = 'transfer_in'
        and quantity > 0
    group by product_id, linked_movement_id, linked_line_id
),

sent as (
    select
        moved.product_id,
        moved.location_id,
        -moved.quantity as quantity,
        -moved.value as value,
        greatest(0, -moved.quantity - coalesce(arrived.quantity, 0)) as rest_quantity
    from moved
    left join arrived
        on
            moved.product_id = arrived.product_id
            and moved.movement_id = arrived.linked_movement_id
            and moved.line_id = arrived.linked_line_id
    where
        moved.type = 'transfer_out'
        and moved.quantity < 0
),

in_transit as (
    select
        product_id,
        location_id,
        sum(rest_quantity) as quantity,
        case
            when bool_or(value is null) = false
                then sum(round(cast(value * rest_quantity as decimal(38, 8)) / quantity, 4))
        end as value
    from sent
    where rest_quantity > 0
    group by product_id, location_id
),

-- The last list of a location with movements, and what its movements say of the same day.
sides as (
    select
        product_id,
        location_id,
        quantity,
        value
    from listed
    where snapshot_date >= first_date
    union all
    select
        ledger.product_id,
        ledger.location_id,
        -ledger.quantity as quantity,
        -ledger.value as value
    from ledger
    inner join last_lists on ledger.location_id = last_lists.location_id
    inner join first_days on ledger.location_id = first_days.location_id
    where
        last_lists.snapshot_date >= first_days.first_date
        and ledger.date <= last_lists.snapshot_date
),

differences as (
    select
        product_id,
        location_id,
        sum(quantity) as quantity,
        case when bool_or(value is null and quantity <> 0) = false then coalesce(sum(value), 0) end as value
    from sides
    group by product_id, location_id
),

mart_rows as (
    select
        case
            when layer_type = 'balance_difference' then 'difference to the last list'
            when location_id = '(in transit)' then 'in transit'
            else 'on hand'
        end as kind,
        quantity,
        case when has_unknown_value = false then value end as value
    from aging_stock
),

all_totals as (
    select
        'on hand' as kind,
        'source' as origin,
        sum(quantity) as quantity,
        sum(value) as value
    from stock
    union all
    select
        'in transit' as kind,
        'source' as origin,
        sum(quantity) as quantity,
        sum(value) as value
    from in_transit
    union all
    select
        'difference to the last list' as kind,
        'source' as origin,
        sum(quantity) as quantity,
        sum(value) as value
    from differences
    union all
    select
        kind,
        'mart' as origin,
        sum(quantity) as quantity,
        sum(value) as value
    from mart_rows
    group by kind
),

measures as (
    select 'quantity' as measured
    union all
    select 'value' as measured
),

totals as (
    select
        concat(measures.measured, ' ', all_totals.kind) as measure,
        all_totals.origin,
        case measures.measured when 'quantity' then all_totals.quantity else all_totals.value end as total
    from all_totals
    cross join measures
),

compared as (
    select
        measure,
        'as_of' as period_kind,
        $as_of as period_start,
        coalesce(sum(case when origin = 'source' then total end), 0) as source_total,
        coalesce(sum(case when origin = 'mart' then total end), 0) as mart_total
    from totals
    group by measure
)

select * from compared
