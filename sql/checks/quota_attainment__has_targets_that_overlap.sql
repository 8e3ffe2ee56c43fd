-- Every sales target that begins before another of the same version, salesperson or territory and product group has ended:
-- their days would be aimed at twice.
with

sales_targets as (
    select * from staging.sales_targets
),

with_ends as (
    select
        *,
        max(period_end) over (
            partition by snapshot_date, version, target_of, target_id, product_group
            order by period_start asc
            rows between unbounded preceding and 1 preceding
        ) as earlier_end
    from sales_targets
    where status = 'approved'
),

overlapping as (
    select
        snapshot_date,
        version,
        target_of,
        target_id,
        product_group,
        period_start,
        period_end,
        earlier_end
    from with_ends
    where earlier_end > period_start
)

select * from overlapping
