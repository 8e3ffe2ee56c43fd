-- One row per vendor that is listed or named by a purchase order, and one each for what is no known vendor and for all.
with

vendors as (
    select * from staging.vendors
),

-- A company that sends no list of its vendors still has them, by the keys that its purchase orders name.
named as (
    select distinct vendor_id
    from staging.purchase_orders
    where vendor_id is not null
),

known as (
    select
        coalesce(vendors.vendor_id, named.vendor_id) as vendor_id,
        vendors.name,
        vendors.country,
        vendors.vendor_id is not null as is_listed
    from vendors
    full outer join named on vendors.vendor_id = named.vendor_id
),

special as (
    select '(unknown)' as member
    union all
    select '(all)' as member
),

others as (
    select
        member as vendor_id,
        member as name,
        cast(null as varchar) as country,
        false as is_listed
    from special
),

members as (
    select * from known
    union all
    select * from others
)

select * from members
