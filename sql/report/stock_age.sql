-- One row per bucket of age, family and location, of the newest date.
with

buckets as (
    select
        *,
        max(as_of_date) over () as newest_date
    from marts.aging_stock_buckets
),

aged as (
    select
        buckets.as_of_date,
        buckets.bucket,
        buckets.bucket_order,
        products.family as product_family,
        buckets.location_id,
        locations.market_region,
        sum(buckets.reporting_value) as reporting_value,
        sum(buckets.value) as value,
        min(buckets.value_currency) as value_currency,
        sum(buckets.plan_price_amount) as plan_price_amount,
        sum(case when buckets.reporting_value is null then buckets.layer_count else 0 end) as unknown_value_count,
        min(buckets.currency) as currency
    from buckets
    left join marts.dim_product as products on buckets.product_id = products.product_id
    left join marts.dim_location as locations on buckets.location_id = locations.location_id
    where buckets.as_of_date = buckets.newest_date
    group by
        buckets.as_of_date, buckets.bucket, buckets.bucket_order, products.family, buckets.location_id,
        locations.market_region
)

select * from aged
order by bucket_order asc, product_family asc, location_id asc
limit 8000
