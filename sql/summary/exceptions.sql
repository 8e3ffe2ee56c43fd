-- The worst exception of each kind, by the money at stake, and how many more there are.
with

exceptions as (
    select * from marts.exceptions
    where amount is not null
),

ranked as (
    select
        *,
        row_number() over (partition by exception_type order by exception_rank asc) as place_of_type,
        count(*) over (partition by exception_type) - 1 as more
    from exceptions
),

kinds as (
    select
        *,
        row_number() over (order by exception_rank asc) as place
    from ranked
    where place_of_type = 1
),

worst as (
    select
        severity,
        round(amount, 0) as amount,
        currency,
        split_part(description, ' At stake: ', 1) as what_it_is,
        more,
        place
    from kinds
    where place <= 7
),

shown as (
    select
        severity,
        amount,
        currency,
        more,
        what_it_is
    from worst
    order by place asc
)

select * from shown
