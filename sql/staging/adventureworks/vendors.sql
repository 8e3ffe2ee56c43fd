-- One row per vendor.
with

landed as (
    select * from landing.vendors
),

-- No extract says where a vendor is.
renamed as (
    select
        cast("BusinessEntityID" as varchar) as vendor_id,
        "Name" as name,
        cast(null as varchar) as country
    from landed
)

select * from renamed
