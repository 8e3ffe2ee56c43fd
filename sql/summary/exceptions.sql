-- What is out of line, by the money at stake.
with

exceptions as (
    select * from marts.exceptions
),

worst as (
    select
        exception_rank as place,
        severity,
        round(amount, 0) as amount,
        currency,
        exception_type,
        split_part(description, ' At stake: ', 1) as what_it_is
    from exceptions
    where exception_rank <= 7
)

select * from worst
order by place asc
