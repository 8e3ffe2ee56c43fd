-- One row per alignment and period: how unevenly sales, potential, accounts and workload are shared by the territories.
with

imbalance as (
    select * from intermediate.territory_imbalance
),

by_period as (
    select
        alignment,
        period_kind,
        period_start,
        max(territory_count) as territory_count,
        max(case when measure = 'sales' then total_value end) as sales_total,
        max(case when measure = 'sales' then total_deviation end) as sales_deviation,
        max(case when measure = 'sales' then gini_coefficient end) as sales_gini_coefficient,
        max(case when measure = 'sales' then variation_coefficient end) as sales_variation_coefficient,
        max(case when measure = 'potential' then total_value end) as potential_total,
        max(case when measure = 'potential' then total_deviation end) as potential_deviation,
        max(case when measure = 'potential' then gini_coefficient end) as potential_gini_coefficient,
        max(case when measure = 'potential' then variation_coefficient end) as potential_variation_coefficient,
        max(case when measure = 'accounts' then total_value end) as accounts_total,
        max(case when measure = 'accounts' then total_deviation end) as accounts_deviation,
        max(case when measure = 'accounts' then gini_coefficient end) as accounts_gini_coefficient,
        max(case when measure = 'accounts' then variation_coefficient end) as accounts_variation_coefficient,
        max(case when measure = 'workload' then total_value end) as workload_total,
        max(case when measure = 'workload' then total_deviation end) as workload_deviation,
        max(case when measure = 'workload' then gini_coefficient end) as workload_gini_coefficient,
        max(case when measure = 'workload' then variation_coefficient end) as workload_variation_coefficient
    from imbalance
    group by alignment, period_kind, period_start
)

select * from by_period
