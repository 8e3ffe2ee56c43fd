-- One row per layer, deficit or difference of stock, with its product and location as they are named, known or not.
with

fifo_layers as (
    select * from intermediate.stock_fifo_layers
),

accounts as (
    select * from intermediate.stock_accounts
),

snapshots as (
    select * from intermediate.stock_snapshots
),

valuation_differences as (
    select * from intermediate.stock_valuation_differences
),

balance_differences as (
    select * from intermediate.stock_balance_differences
),

followed as (
    select
        fifo_layers.*,
        coalesce(accounts.has_unknown_value, false) as has_unknown_value
    from fifo_layers
    left join accounts
        on
            fifo_layers.product_id = accounts.product_id
            and fifo_layers.location_id = accounts.location_id
            and coalesce(fifo_layers.sender_location_id, '') = coalesce(accounts.sender_location_id, '')
),

-- Where nothing is known to have moved, what the last list names are the layers.
listed as (
    select
        product_id,
        location_id,
        batch_id,
        concat('balance/', line_id, '/1') as layer_id,
        case
            when quantity > 0 then 'opening'
            when quantity < 0 then 'deficit'
            else 'valuation_difference'
        end as layer_type,
        case when quantity <> 0 then received_date end as receipt_date,
        quantity > 0 and is_age_minimum as is_age_minimum,
        quantity,
        value
    from snapshots
    where
        is_alone
        and is_last
        and (quantity <> 0 or value <> 0)
),

all_layers as (
    select * from followed
    union all
    select
        product_id,
        location_id,
        batch_id,
        layer_id,
        layer_type,
        receipt_date,
        receipt_date as original_receipt_date,
        quantity <> 0 and is_age_minimum = false as is_original_date_known,
        is_age_minimum,
        quantity,
        value,
        cast(null as varchar) as sender_location_id,
        value is null as has_unknown_value
    from listed
    union all
    select
        product_id,
        location_id,
        cast(null as varchar) as batch_id,
        layer_id,
        'valuation_difference' as layer_type,
        cast(null as date) as receipt_date,
        cast(null as date) as original_receipt_date,
        false as is_original_date_known,
        false as is_age_minimum,
        0 as quantity,
        value,
        sender_location_id,
        false as has_unknown_value
    from valuation_differences
    union all
    select
        product_id,
        location_id,
        cast(null as varchar) as batch_id,
        layer_id,
        'balance_difference' as layer_type,
        cast(null as date) as receipt_date,
        cast(null as date) as original_receipt_date,
        false as is_original_date_known,
        false as is_age_minimum,
        quantity,
        value,
        cast(null as varchar) as sender_location_id,
        has_unknown_value
    from balance_differences
)

select * from all_layers
