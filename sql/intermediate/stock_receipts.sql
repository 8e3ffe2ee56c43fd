-- One row per receipt that is not used up, and per last one of a location and batch, of products without a reason to replay.
with

ledger as (
    select * from intermediate.stock_ledger
),

reasons as (
    select * from intermediate.stock_replay_reasons
),

lines as (
    select
        ledger.product_id,
        ledger.location_id,
        ledger.batch_id,
        ledger.moved_at,
        ledger.quantity < 0 as is_issue,
        ledger.created_at,
        ledger.movement_id,
        ledger.line_id,
        ledger.date,
        ledger.type,
        ledger.quantity,
        ledger.value,
        ledger.is_age_minimum
    from ledger
    inner join reasons on ledger.product_id = reasons.product_id
    where reasons.has_reason = false
),

-- All sums go over rows sorted once.
running as (
    select
        *,
        sum(case when is_issue then 0 else quantity end) over in_order as received_quantity,
        sum(quantity) over in_order as balance_quantity,
        sum(case when is_issue then 0 else quantity end) over (
            partition by product_id, location_id, batch_id
        ) as all_received_quantity,
        sum(case when is_issue then -quantity else 0 end) over (
            partition by product_id, location_id, batch_id
        ) as all_issued_quantity
    from lines
    window in_order as (
        partition by product_id, location_id, batch_id
        order by moved_at asc, is_issue asc, created_at asc nulls last, movement_id asc, line_id asc
        rows between unbounded preceding and current row
    )
),

lowest as (
    select
        *,
        min(balance_quantity) over (partition by product_id) as lowest_balance_quantity
    from running
),

open_receipts as (
    select
        product_id,
        location_id,
        batch_id,
        movement_id,
        line_id,
        date,
        type,
        quantity,
        value,
        is_age_minimum,
        received_quantity,
        all_issued_quantity,
        lowest_balance_quantity
    from lowest
    where
        quantity > 0
        and (received_quantity > all_issued_quantity or received_quantity = all_received_quantity)
)

select * from open_receipts
