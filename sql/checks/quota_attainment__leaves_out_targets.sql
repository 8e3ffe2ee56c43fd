-- Every approved sales target that ends before it begins, or is for no amount and no quantity: it is in no row.
with

sales_targets as (
    select * from staging.sales_targets
),

left_out as (
    select
        snapshot_date,
        version,
        target_of,
        target_id,
        product_group,
        period_start,
        period_end
    from sales_targets
    where
        status = 'approved'
        and (period_end <= period_start or (quantity is null and amount is null))
)

select * from left_out
