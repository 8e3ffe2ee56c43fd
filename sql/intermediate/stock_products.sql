-- One row per product in stock: whether its movements are replayed to find its layers, and why.
with

reasons as (
    select * from intermediate.stock_replay_reasons
),

receipts as (
    select * from intermediate.stock_receipts
),

lowest as (
    select
        product_id,
        min(lowest_balance_quantity) as lowest_balance_quantity
    from receipts
    group by product_id
),

-- A product without any receipt was issued without being there.
judged as (
    select
        reasons.*,
        reasons.has_reason = false and coalesce(lowest.lowest_balance_quantity < 0, true) as has_deficits,
        reasons.has_reason or coalesce(lowest.lowest_balance_quantity < 0, true) as is_replayed
    from reasons
    left join lowest on reasons.product_id = lowest.product_id
)

select * from judged
