-- One row per salesperson and quota: it holds until the next one.
with

landed as (
    select * from landing.sales_person_quota_history
),

quotas as (
    select
        "BusinessEntityID" as salesperson_id,
        "QuotaDate" as period_start,
        lead("QuotaDate") over (partition by "BusinessEntityID" order by "QuotaDate") as next_start,
        "SalesQuota" as amount,
        "ModifiedDate" as modified_at
    from landed
),

renamed as (
    select
        cast(modified_at as date) as snapshot_date,
        '1' as version,
        'salesperson' as target_of,
        cast(salesperson_id as varchar) as target_id,
        '(all)' as product_group,
        period_start,
        -- Quotas are set by the quarter.
        coalesce(next_start, cast(period_start + interval '3 months' as date)) as period_end,
        cast(null as decimal(18, 4)) as quantity,
        amount,
        'USD' as currency,
        modified_at as known_at,
        'approved' as status
    from quotas
)

select * from renamed
