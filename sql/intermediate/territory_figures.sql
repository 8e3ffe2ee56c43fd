-- One row per alignment, territory and period: sales, potential, accounts and workload.
with

territories as (
    select * from marts.dim_territory
    where territory_id <> '(all)'
),

periods as (
    select * from intermediate.territory_periods
),

account_periods as (
    select * from intermediate.territory_account_periods
),

sales_periods as (
    select * from intermediate.territory_sales_periods
),

alignments as (
    select 'then' as alignment
    union all
    select 'current' as alignment
),

skeleton as (
    select
        alignments.alignment,
        territories.territory_id,
        territories.is_group,
        periods.*
    from territories
    cross join periods
    cross join alignments
),

joined as (
    select
        skeleton.*,
        account_periods.territory_id is not null as has_accounts,
        coalesce(account_periods.account_count, 0) as account_count,
        coalesce(account_periods.unassigned_account_count, 0) as unassigned_account_count,
        coalesce(account_periods.doubly_assigned_account_count, 0) as doubly_assigned_account_count,
        coalesce(account_periods.missing_potential_count, 0) as missing_potential_count,
        coalesce(account_periods.missing_workload_count, 0) as missing_workload_count,
        coalesce(account_periods.potential_amount, 0) as known_potential_amount,
        coalesce(account_periods.workload_hours, 0) as known_workload_hours,
        sales_periods.territory_id is not null as has_sales,
        coalesce(sales_periods.known_sales_amount, 0) as known_sales_amount,
        coalesce(sales_periods.invoice_line_count, 0) as invoice_line_count,
        coalesce(sales_periods.missing_rate_count, 0) as missing_rate_count
    from skeleton
    left join account_periods
        on
            skeleton.alignment = account_periods.alignment
            and skeleton.territory_id = account_periods.territory_id
            and skeleton.period_kind = account_periods.period_kind
            and skeleton.period_start = account_periods.period_start
    left join sales_periods
        on
            skeleton.alignment = sales_periods.alignment
            and skeleton.territory_id = sales_periods.territory_id
            and skeleton.period_kind = sales_periods.period_kind
            and skeleton.period_start = sales_periods.period_start
),

-- A territory that is made of others, and what is in none, have rows where there is something to tell. A sum of which a
-- part is not known is not known.
honest as (
    select
        *,
        case when missing_rate_count = 0 then cast(known_sales_amount as decimal(18, 4)) end as sales_amount,
        case when missing_potential_count = 0 then cast(known_potential_amount as decimal(18, 4)) end as potential_amount,
        case when missing_workload_count = 0 then cast(known_workload_hours as decimal(18, 4)) end as workload_hours
    from joined
    where
        has_accounts
        or has_sales
        or (is_group = false and territory_id <> '(unknown)')
)

select * from honest
