-- One row per alignment and account's span of days in a territory; by the current alignment one per territory, of all days.
with

customers as (
    select * from marts.dim_customer
),

spans as (
    select * from intermediate.account_territory_spans
),

calendar as (
    select
        min(date) as first_date,
        max(date) + 1 as end_date
    from marts.dim_date
),

accounts as (
    select
        spans.customer_id,
        spans.territory_id,
        spans.valid_from,
        spans.valid_to,
        case when spans.is_assigned then 0 else 1 end as unassigned_count,
        case when spans.is_doubly_assigned then 1 else 0 end as doubly_assigned_count,
        coalesce(customers.sales_potential_amount, 0) as potential_amount,
        case when customers.sales_potential_amount is null then 1 else 0 end as missing_potential_count,
        coalesce(customers.visits_per_year * customers.minutes_per_visit, 0) as visit_minutes,
        case when customers.visits_per_year * customers.minutes_per_visit is null then 1 else 0 end as missing_workload_count
    from spans
    inner join customers on spans.customer_id = customers.customer_id
),

-- What was spread over spans must add up to each account's own figure, so that these stay as they are.
alignments as (
    select
        'then' as alignment,
        territory_id,
        valid_from,
        valid_to,
        1 as account_count,
        unassigned_count,
        doubly_assigned_count,
        potential_amount,
        missing_potential_count,
        visit_minutes,
        missing_workload_count
    from accounts
    union all
    select
        'current' as alignment,
        accounts.territory_id,
        min(calendar.first_date) as valid_from,
        max(calendar.end_date) as valid_to,
        count(*) as account_count,
        sum(accounts.unassigned_count) as unassigned_count,
        sum(accounts.doubly_assigned_count) as doubly_assigned_count,
        sum(accounts.potential_amount) as potential_amount,
        sum(accounts.missing_potential_count) as missing_potential_count,
        sum(accounts.visit_minutes) as visit_minutes,
        sum(accounts.missing_workload_count) as missing_workload_count
    from accounts
    cross join calendar
    where
        accounts.valid_from <= $as_of
        and accounts.valid_to > $as_of
    group by accounts.territory_id
)

select * from alignments
