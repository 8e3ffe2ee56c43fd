-- One row per alignment, territory and period: sales, potential, accounts and workload beside those of the others.
with

figures as (
    select * from intermediate.territory_figures
),

imbalance as (
    select * from intermediate.territory_imbalance_periods
),

-- What is in no territory is compared with none.
compared as (
    select
        figures.alignment,
        figures.territory_id,
        figures.period_kind,
        figures.period_start,
        figures.period_end,
        figures.is_period_complete,
        cast(round(figures.year_share, 6) as decimal(18, 6)) as year_share_rate,
        $reporting_currency as currency,
        figures.sales_amount,
        figures.invoice_line_count,
        figures.missing_rate_count,
        case
            when figures.territory_id <> '(unknown)' and imbalance.sales_total > 0
                then
                    cast(figures.sales_amount * imbalance.territory_count as double)
                    / cast(imbalance.sales_total as double)
        end as sales_index,
        case
            when figures.territory_id <> '(unknown)' and imbalance.sales_deviation > 0
                then
                    cast(abs(figures.sales_amount * imbalance.territory_count - imbalance.sales_total) as double)
                    / cast(imbalance.sales_deviation as double)
        end as sales_imbalance_share_rate,
        imbalance.sales_gini_coefficient,
        imbalance.sales_variation_coefficient,
        figures.potential_amount,
        figures.missing_potential_count,
        case
            when figures.territory_id <> '(unknown)' and imbalance.potential_total > 0
                then
                    cast(figures.potential_amount * imbalance.territory_count as double)
                    / cast(imbalance.potential_total as double)
        end as potential_index,
        case
            when figures.territory_id <> '(unknown)' and imbalance.potential_deviation > 0
                then
                    cast(abs(figures.potential_amount * imbalance.territory_count - imbalance.potential_total) as double)
                    / cast(imbalance.potential_deviation as double)
        end as potential_imbalance_share_rate,
        imbalance.potential_gini_coefficient,
        imbalance.potential_variation_coefficient,
        figures.account_count,
        figures.unassigned_account_count,
        figures.doubly_assigned_account_count,
        case
            when figures.territory_id <> '(unknown)' and imbalance.accounts_total > 0
                then
                    cast(figures.account_count * imbalance.territory_count as double)
                    / cast(imbalance.accounts_total as double)
        end as accounts_index,
        case
            when figures.territory_id <> '(unknown)' and imbalance.accounts_deviation > 0
                then
                    cast(abs(figures.account_count * imbalance.territory_count - imbalance.accounts_total) as double)
                    / cast(imbalance.accounts_deviation as double)
        end as accounts_imbalance_share_rate,
        imbalance.accounts_gini_coefficient,
        imbalance.accounts_variation_coefficient,
        figures.workload_hours,
        figures.missing_workload_count,
        case
            when figures.territory_id <> '(unknown)' and imbalance.workload_total > 0
                then
                    cast(figures.workload_hours * imbalance.territory_count as double)
                    / cast(imbalance.workload_total as double)
        end as workload_index,
        case
            when figures.territory_id <> '(unknown)' and imbalance.workload_deviation > 0
                then
                    cast(abs(figures.workload_hours * imbalance.territory_count - imbalance.workload_total) as double)
                    / cast(imbalance.workload_deviation as double)
        end as workload_imbalance_share_rate,
        imbalance.workload_gini_coefficient,
        imbalance.workload_variation_coefficient,
        case
            when figures.is_period_complete and figures.year_share > 0
                then cast(round(figures.sales_amount / figures.year_share, 4) as decimal(18, 4))
        end as annualised_sales_amount,
        coalesce(imbalance.territory_count, 0) as territory_count
    from figures
    left join imbalance
        on
            figures.alignment = imbalance.alignment
            and figures.period_kind = imbalance.period_kind
            and figures.period_start = imbalance.period_start
),

penetrated as (
    select
        *,
        case
            when potential_amount > 0
                then cast(annualised_sales_amount as double) / cast(potential_amount as double)
        end as penetration_rate
    from compared
)

select * from penetrated
