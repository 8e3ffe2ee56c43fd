-- One row per product, location and period in which stock moved: how much it changed, and for how many days of the period.
with

ledger as (
    select * from intermediate.stock_ledger
),

products as (
    select product_id from marts.dim_product
),

locations as (
    select location_id from marts.dim_location
),

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.production_flow_period_kinds
),

-- A list of stock shows what lies there at its day, however long it has done so.
dated as (
    select
        coalesce(products.product_id, '(unknown)') as product_id,
        coalesce(locations.location_id, '(unknown)') as location_id,
        case when ledger.movement_id = 'balance' then cast(ledger.moved_at as date) else ledger.date end as date,
        coalesce(ledger.quantity, 0) as quantity,
        ledger.value,
        ledger.value is null and ledger.quantity <> 0 as has_unknown_value
    from ledger
    left join products on ledger.product_id = products.product_id
    left join locations on ledger.location_id = locations.location_id
),

-- Before the first day of a location's ledger nobody knows what lay there.
first_days as (
    select
        location_id,
        min(date) as first_stock_date
    from dated
    group by location_id
),

-- What moves on a day counts from that day's end on: each day has the balance that it ends with.
summed as (
    select
        dated.product_id,
        dated.location_id,
        period_days.period_kind,
        period_days.period_start,
        sum(dated.quantity) as change_quantity,
        sum(dated.value) as change_value,
        sum(dated.quantity * (least(period_days.period_end, $as_of + 1) - dated.date)) as quantity_days,
        sum(dated.value * (least(period_days.period_end, $as_of + 1) - dated.date)) as value_days,
        bool_or(dated.has_unknown_value) as has_unknown_value
    from dated
    inner join period_days on dated.date = period_days.date
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
    group by dated.product_id, dated.location_id, period_days.period_kind, period_days.period_start
),

with_first_days as (
    select
        summed.*,
        first_days.first_stock_date
    from summed
    inner join first_days on summed.location_id = first_days.location_id
)

select * from with_first_days
