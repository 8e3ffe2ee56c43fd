-- Every customer that is assigned to several territories on `$as_of`: it counts in that of the newest assignment alone.
with

spans as (
    select * from intermediate.account_territory_spans
),

doubly_assigned as (
    select
        customer_id,
        territory_id as counted_territory_id,
        valid_from
    from spans
    where
        is_doubly_assigned
        and valid_from <= $as_of
        and valid_to > $as_of
)

select * from doubly_assigned
