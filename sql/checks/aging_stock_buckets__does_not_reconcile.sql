-- Every total of aging_stock_buckets, beside that of the layers in aging_stock.
with

layers as (
    select * from marts.aging_stock
),

buckets as (
    select * from marts.aging_stock_buckets
),

-- Of a sum with an unknown part the buckets say nothing; only whole products and locations are compared.
known as (
    select
        product_id,
        location_id
    from layers
    group by product_id, location_id
    having count(*) = count(reporting_value)
),

all_totals as (
    select
        'source' as origin,
        coalesce(sum(quantity), 0) as quantity,
        count(*) as layer_count,
        count(*) - count(value) as unknown_value_count
    from layers
    union all
    select
        'mart' as origin,
        coalesce(sum(quantity), 0) as quantity,
        coalesce(sum(layer_count), 0) as layer_count,
        coalesce(sum(unknown_value_count), 0) as unknown_value_count
    from buckets
),

values_of_known as (
    select
        'source' as origin,
        sum(layers.reporting_value) as reporting_value
    from layers
    inner join known
        on
            layers.product_id = known.product_id
            and layers.location_id = known.location_id
    union all
    select
        'mart' as origin,
        sum(buckets.reporting_value) as reporting_value
    from buckets
    inner join known
        on
            buckets.product_id = known.product_id
            and buckets.location_id = known.location_id
),

totals as (
    select
        'quantity' as measure,
        origin,
        quantity as total
    from all_totals
    union all
    select
        'layers' as measure,
        origin,
        layer_count as total
    from all_totals
    union all
    select
        'layers of unknown value' as measure,
        origin,
        unknown_value_count as total
    from all_totals
    union all
    select
        'reporting_value' as measure,
        origin,
        coalesce(reporting_value, 0) as total
    from values_of_known
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
