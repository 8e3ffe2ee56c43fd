-- One row per product and location of which the last list of stock has more or less than its movements until then.
with

accounts as (
    select * from intermediate.stock_accounts
),

snapshots as (
    select * from intermediate.stock_snapshots
),

listed as (
    select
        product_id,
        location_id,
        snapshot_date,
        sum(quantity) as quantity,
        coalesce(sum(value), 0) as value,
        bool_or(value is null and quantity <> 0) as has_unknown_value
    from snapshots
    where
        is_last
        and is_after_movements
    group by product_id, location_id, snapshot_date
),

moved as (
    select
        product_id,
        location_id,
        balance_date,
        balance_quantity,
        balance_value,
        has_unknown_balance_value
    from accounts
    where balance_date is not null
),

-- What a list does not name is not there.
compared as (
    select
        coalesce(listed.product_id, moved.product_id) as product_id,
        coalesce(listed.location_id, moved.location_id) as location_id,
        coalesce(listed.snapshot_date, moved.balance_date) as balance_date,
        coalesce(listed.quantity, 0) - coalesce(moved.balance_quantity, 0) as quantity,
        coalesce(listed.value, 0) - coalesce(moved.balance_value, 0) as value,
        coalesce(listed.has_unknown_value, false) or coalesce(moved.has_unknown_balance_value, false)
            as has_unknown_value
    from listed
    full outer join moved
        on
            listed.product_id = moved.product_id
            and listed.location_id = moved.location_id
),

differences as (
    select
        product_id,
        location_id,
        concat_ws('/', 'balance_difference', balance_date, product_id, location_id) as layer_id,
        cast(quantity as decimal(18, 4)) as quantity,
        case when has_unknown_value = false then cast(value as decimal(18, 4)) end as value,
        has_unknown_value
    from compared
    where
        quantity <> 0
        or (has_unknown_value = false and value <> 0)
)

select * from differences
