-- One row per territory and complete period.
-- The last 6, as territories are cut today; the 60 with the most hours of visits.
with

balance as (
    select
        *,
        dense_rank() over (
            order by case period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, period_kind asc
        ) as kind_place,
        dense_rank() over (partition by period_kind order by period_start desc) as age
    from marts.territory_balance
    where alignment = 'current' and is_period_complete
),

recent as (
    select
        *,
        row_number() over (partition by period_start order by workload_hours desc nulls last, territory_id asc) as place
    from balance
    where kind_place = 1 and age <= 6
),

named as (
    select
        recent.territory_id,
        territories.name as territory_name,
        territories.market_region,
        recent.period_kind,
        recent.period_start,
        recent.sales_amount,
        recent.sales_index,
        recent.potential_amount,
        recent.potential_index,
        recent.account_count,
        recent.workload_hours,
        recent.workload_index,
        recent.sales_gini_coefficient,
        recent.workload_gini_coefficient,
        recent.territory_count,
        recent.currency
    from recent
    left join marts.dim_territory as territories on recent.territory_id = territories.territory_id
    where recent.place <= 60
)

select * from named
order by period_start desc, territory_id asc
