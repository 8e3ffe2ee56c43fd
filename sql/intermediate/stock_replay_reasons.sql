-- One row per product in stock, with what of its movements only a replay can follow.
with

ledger as (
    select * from intermediate.stock_ledger
),

-- An issue and a receipt of one document hand an age on.
documents as (
    select
        product_id,
        location_id,
        document_id,
        bool_or(type = 'issue') and bool_or(type = 'receipt') as is_repacking
    from ledger
    where
        document_id is not null
        and ((type = 'issue' and quantity < 0) or (type = 'receipt' and quantity > 0))
    group by product_id, location_id, document_id
),

repacked as (
    select distinct product_id
    from documents
    where is_repacking
),

kinds as (
    select
        product_id,
        bool_or(type in ('transfer_in', 'transfer_out')) as has_transfers,
        bool_or(type = 'count') as has_counts,
        bool_or(quantity = 0 and value <> 0) as has_revaluations,
        bool_or(type = 'return' and $return_age = 'original') as has_returns,
        bool_or(batch_id is not null) and bool_or(batch_id is null and quantity < 0) as has_issues_without_batch
    from ledger
    group by product_id
),

reasons as (
    select
        kinds.product_id,
        kinds.has_transfers,
        kinds.has_counts,
        coalesce(kinds.has_revaluations, false) as has_revaluations,
        kinds.has_returns,
        kinds.has_issues_without_batch,
        repacked.product_id is not null as has_repackings
    from kinds
    left join repacked on kinds.product_id = repacked.product_id
),

judged as (
    select
        *,
        has_transfers or has_counts or has_revaluations or has_returns or has_issues_without_batch or has_repackings
            as has_reason
    from reasons
)

select * from judged
