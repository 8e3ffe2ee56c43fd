-- Exceptions that stand before one with more money at stake, or behind one whose money is not known.
with

exceptions as (
    select * from marts.exceptions
),

followed as (
    select
        exception_id,
        exception_rank,
        amount,
        lead(amount) over (order by exception_rank asc) as next_amount
    from exceptions
),

wrong as (
    select * from followed
    where
        next_amount > amount
        or (amount is null and next_amount is not null)
)

select * from wrong
