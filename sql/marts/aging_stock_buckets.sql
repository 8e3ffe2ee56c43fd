-- One row per product, location and range of ages in which there is stock on `$as_of`, and per deficit and difference.
with

layers as (
    select * from marts.aging_stock
),

buckets as (
    select * from intermediate.stock_age_buckets
),

aged as (
    select
        *,
        case
            when layer_type in ('receipt', 'opening', 'return') then
                case $age_basis when 'original' then original_age_days else age_days end
        end as age
    from layers
),

placed as (
    select
        aged.*,
        buckets.bucket,
        buckets.from_days,
        buckets.to_days,
        buckets.bucket_order
    from aged
    inner join buckets
        on
            (aged.age is null and aged.layer_type = buckets.bucket)
            or (aged.age >= buckets.from_days and (buckets.to_days is null or aged.age <= buckets.to_days))
),

-- A sum of which a part is not known is not known, and currencies do not add up.
summed as (
    select
        as_of_date,
        product_id,
        location_id,
        bucket,
        from_days,
        to_days,
        bucket_order,
        count(*) as layer_count,
        sum(quantity) as quantity,
        min(stock_unit) as stock_unit,
        sum(planning_quantity) as planning_quantity,
        min(planning_unit) as planning_unit,
        bool_or(has_no_planning_unit) as has_no_planning_unit,
        case when count(*) = count(value) then sum(value) end as value,
        min(value_currency) as value_currency,
        count(*) - count(value) as unknown_value_count,
        coalesce(min(value_currency) <> max(value_currency), false)
        or count(value_currency) not in (0, count(*)) as has_mixed_currencies,
        case when count(*) = count(reporting_value) then sum(reporting_value) end as reporting_value,
        bool_or(has_no_rate) as has_no_rate,
        case when count(*) = count(plan_price_amount) then sum(plan_price_amount) end as plan_price_amount,
        bool_or(has_no_plan_price) as has_no_plan_price,
        min(currency) as currency,
        sum(quantity) filter (where is_original_date_known = false) as unknown_age_quantity,
        sum(quantity * age) as quantity_days,
        case when count(*) = count(value) then sum(value * age) end as value_days
    from placed
    group by as_of_date, product_id, location_id, bucket, from_days, to_days, bucket_order
),

projected as (
    select
        as_of_date,
        product_id,
        location_id,
        bucket,
        from_days as bucket_from_days,
        to_days as bucket_to_days,
        bucket_order,
        $age_basis as aged_by,
        layer_count,
        cast(quantity as decimal(18, 4)) as quantity,
        stock_unit,
        cast(planning_quantity as decimal(18, 4)) as planning_quantity,
        planning_unit,
        has_no_planning_unit,
        case when has_mixed_currencies = false then cast(value as decimal(18, 4)) end as value,
        case when has_mixed_currencies = false then value_currency end as value_currency,
        unknown_value_count,
        has_mixed_currencies,
        cast(reporting_value as decimal(18, 4)) as reporting_value,
        cast(plan_price_amount as decimal(18, 4)) as plan_price_amount,
        currency,
        has_no_rate,
        has_no_plan_price,
        case when quantity > 0 then cast(quantity_days as double) / quantity end as quantity_weighted_age_days,
        case when value > 0 then cast(value_days as double) / value end as value_weighted_age_days,
        cast(coalesce(unknown_age_quantity, 0) as decimal(18, 4)) as unknown_age_quantity
    from summed
)

select * from projected
