-- Salespeople whose overdue opportunities in exceptions are others than in sales_pipeline_flow.
with

exceptions as (
    select * from marts.exceptions
    where exception_type = 'overdue_opportunities'
),

flows as (
    select * from marts.sales_pipeline_flow
    where
        period_kind = $exceptions_period_kind
        and level = 'salesperson'
        and period_end + $exceptions_overdue_days <= $as_of
),

overdue as (
    select
        salesperson_id,
        sum(open_count) as open_count,
        case when count(*) = count(open_amount) then sum(open_amount) end as open_amount
    from flows
    where open_count > 0
    group by salesperson_id
),

expected as (
    select * from overdue
    where open_amount is null or open_amount >= $exceptions_smallest_amount
),

differing as (
    select
        coalesce(expected.salesperson_id, exceptions.salesperson_id) as salesperson_id,
        expected.open_count,
        expected.open_amount,
        exceptions.value as told_count,
        exceptions.amount as told_amount
    from expected
    full join exceptions on expected.salesperson_id = exceptions.salesperson_id
    where
        (expected.open_amount is distinct from exceptions.amount)
        or (cast(expected.open_count as double) is distinct from exceptions.value)
)

select * from differing
