-- One row per product, location, span of days without a change in its bills, and component of the bill that holds then.
with

bills as (
    select * from staging.bills_of_material
),

plan_products as (
    select * from intermediate.plan_products
),

-- A bill of the location itself goes before one for all.
candidates as (
    select
        plan_products.product_id,
        plan_products.location_id,
        bills.location_id as bill_location_id,
        bills.version,
        bills.component_id,
        coalesce(bills.quantity_per, 0) as quantity_per,
        coalesce(bills.yield_rate, 1) as yield_rate,
        coalesce(bills.is_phantom, false) as is_phantom,
        coalesce(bills.is_default, false) as is_default,
        coalesce(bills.valid_from, $calendar_first_date) as valid_from,
        coalesce(bills.valid_to, $calendar_last_date + interval '1 day') as valid_to
    from plan_products
    inner join bills
        on
            plan_products.product_id = bills.product_id
            and (plan_products.location_id = bills.location_id or bills.location_id = '(all)')
),

changes as (
    select product_id, location_id, valid_from as date from candidates
    union
    select product_id, location_id, valid_to as date from candidates
),

spans as (
    select
        product_id,
        location_id,
        date as span_start,
        lead(date, 1, $calendar_last_date + interval '1 day') over (
            partition by product_id, location_id
            order by date asc
        ) as span_end
    from changes
),

holding as (
    select
        candidates.product_id,
        candidates.location_id,
        candidates.component_id,
        candidates.quantity_per,
        candidates.yield_rate,
        candidates.is_phantom,
        spans.span_start,
        spans.span_end,
        dense_rank() over (
            partition by candidates.product_id, candidates.location_id, spans.span_start
            order by
                candidates.bill_location_id = '(all)' asc,
                candidates.is_default desc,
                candidates.version desc,
                candidates.bill_location_id asc
        ) as place
    from spans
    inner join candidates
        on
            spans.product_id = candidates.product_id
            and spans.location_id = candidates.location_id
            and spans.span_start >= candidates.valid_from
            and spans.span_start < candidates.valid_to
),

-- Where nothing of a component ends up in the product, nobody knows how much of it to begin.
components as (
    select
        product_id,
        location_id,
        span_start,
        span_end,
        component_id,
        is_phantom,
        cast(cast(quantity_per as decimal(24, 12)) / nullif(yield_rate, 0) as decimal(24, 12)) as quantity_ratio
    from holding
    where place = 1
)

select * from components
