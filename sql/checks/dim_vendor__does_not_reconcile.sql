-- The number of vendors, of the list and of those that purchase orders alone name, beside that of dim_vendor's members.
with

listed as (
    select count(*) as source_total from staging.vendors
),

unlisted as (
    select count(distinct vendor_id) as source_total
    from staging.purchase_orders
    where
        vendor_id is not null
        and vendor_id not in (select vendor_id from staging.vendors)
),

mart as (
    select
        count(*) filter (where is_listed) as listed_total,
        count(*) filter (where is_listed = false) as unlisted_total
    from marts.dim_vendor
    where vendor_id not in ('(unknown)', '(all)')
),

compared as (
    select
        'vendors that are listed' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        listed.source_total,
        mart.listed_total as mart_total
    from listed
    cross join mart
    union all
    select
        'vendors that purchase orders alone name' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        unlisted.source_total,
        mart.unlisted_total as mart_total
    from unlisted
    cross join mart
)

select * from compared
