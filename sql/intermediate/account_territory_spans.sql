-- One row per customer and span of days of the calendar in which the same territories claim it, with the one that counts.
with

customers as (
    select customer_id from marts.dim_customer
    where customer_id not in ('(unknown)', '(all)')
),

territories as (
    select territory_id from marts.dim_territory
    where territory_id <> '(all)'
),

calendar as (
    select
        min(date) as first_date,
        max(date) + 1 as end_date
    from marts.dim_date
),

-- What is to begin or to end after `$as_of` has not happened.
assignments as (
    select
        customer_id,
        territory_id,
        valid_from,
        case when valid_to <= $as_of then valid_to end as valid_to
    from staging.account_assignments
    where
        valid_from <= $as_of
        and (valid_to is null or valid_to > valid_from)
),

boundaries as (
    select
        customers.customer_id,
        calendar.first_date as valid_from
    from customers
    cross join calendar
    union
    select
        assignments.customer_id,
        assignments.valid_from
    from assignments
    inner join customers on assignments.customer_id = customers.customer_id
    cross join calendar
    where assignments.valid_from > calendar.first_date
    union
    select
        assignments.customer_id,
        assignments.valid_to as valid_from
    from assignments
    inner join customers on assignments.customer_id = customers.customer_id
    cross join calendar
    where assignments.valid_to > calendar.first_date
),

segments as (
    select
        boundaries.customer_id,
        boundaries.valid_from,
        coalesce(
            lead(boundaries.valid_from) over (
                partition by boundaries.customer_id order by boundaries.valid_from asc
            ),
            calendar.end_date
        ) as valid_to
    from boundaries
    cross join calendar
),

-- Of several territories the newest assignment counts, so that no account counts twice.
decided as (
    select
        segments.customer_id,
        segments.valid_from,
        segments.valid_to,
        first_value(
            territories.territory_id order by assignments.valid_from desc, assignments.territory_id asc
        ) as territory_id,
        count(assignments.territory_id) > 0 as is_assigned,
        coalesce(min(assignments.territory_id) <> max(assignments.territory_id), false) as is_doubly_assigned
    from segments
    left join assignments
        on
            segments.customer_id = assignments.customer_id
            and segments.valid_from >= assignments.valid_from
            and (assignments.valid_to is null or segments.valid_from < assignments.valid_to)
    left join territories on assignments.territory_id = territories.territory_id
    group by segments.customer_id, segments.valid_from, segments.valid_to
),

named as (
    select
        customer_id,
        valid_from,
        valid_to,
        coalesce(territory_id, '(unknown)') as territory_id,
        is_assigned,
        is_doubly_assigned
    from decided
)

select * from named
