-- One row per alignment, territory, span of days and kind of account: those alike in potential and visits are counted.
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

alignments as (
    select
        'then' as alignment,
        territory_id,
        valid_from,
        valid_to,
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
        calendar.first_date as valid_from,
        calendar.end_date as valid_to,
        accounts.unassigned_count,
        accounts.doubly_assigned_count,
        accounts.potential_amount,
        accounts.missing_potential_count,
        accounts.visit_minutes,
        accounts.missing_workload_count
    from accounts
    cross join calendar
    where
        accounts.valid_from <= $as_of
        and accounts.valid_to > $as_of
),

-- Accounts that differ stay apart, since what is spread over days must add up to each account's own figure.
grouped as (
    select
        alignment,
        territory_id,
        valid_from,
        valid_to,
        unassigned_count,
        doubly_assigned_count,
        potential_amount,
        missing_potential_count,
        visit_minutes,
        missing_workload_count,
        count(*) as account_count
    from alignments
    group by
        alignment,
        territory_id,
        valid_from,
        valid_to,
        unassigned_count,
        doubly_assigned_count,
        potential_amount,
        missing_potential_count,
        visit_minutes,
        missing_workload_count
)

select * from grouped
