-- One row per salesperson and period.
-- The last 12 begun and the next 3; salespeople beyond the 40 with the largest targets together.
with

attainment as (
    select
        quotas.*,
        dense_rank() over (
            order by case quotas.period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, quotas.period_kind asc
        ) as kind_place,
        dense_rank() over (
            partition by quotas.period_kind, quotas.is_period_complete order by quotas.period_start desc
        ) as age,
        dense_rank() over (
            partition by quotas.period_kind, quotas.is_period_complete order by quotas.period_start asc
        ) as place_ahead
    from marts.quota_attainment as quotas
    where quotas.is_total and not quotas.is_manager
),

shown as (
    select * from attainment
    where kind_place = 1 and ((is_period_complete and age <= 12) or (not is_period_complete and place_ahead <= 3))
),

largest as (
    select
        salesperson_id,
        row_number() over (order by sum(target_amount) desc nulls last, salesperson_id asc) as place
    from shown
    group by salesperson_id
),

named as (
    select
        shown.*,
        largest.place > 40 as is_other,
        salespeople.name as person_name
    from shown
    inner join largest on shown.salesperson_id = largest.salesperson_id
    left join marts.dim_salesperson as salespeople on shown.salesperson_id = salespeople.salesperson_id
),

summed as (
    select
        case when is_other then '(others)' else salesperson_id end as salesperson_id,
        case when is_other then null else person_name end as salesperson_name,
        period_kind,
        period_start,
        is_period_complete,
        count(*) as salesperson_count,
        sum(target_amount) as target_amount,
        sum(achieved_amount) as achieved_amount,
        sum(case when has_no_target then achieved_amount else 0 end) as no_target_achieved_amount,
        min(currency) as currency
    from named
    group by
        case when is_other then '(others)' else salesperson_id end,
        case when is_other then null else person_name end,
        period_kind, period_start, is_period_complete
)

select * from summed
order by salesperson_id asc, period_start asc
