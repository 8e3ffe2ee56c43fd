-- One row per level, salesperson or territory and period for which there is a target of an amount.
with

target_periods as (
    select * from intermediate.sales_target_periods
    where target_amount is not null or missing_rate_count > 0
),

period_kinds as (
    select distinct period_kind from settings.sales_pipeline_flow_period_kinds
),

salespeople as (
    select salesperson_id from marts.dim_salesperson
    where salesperson_id <> '(all)'
),

territories as (
    select territory_id from marts.dim_territory
    where territory_id <> '(all)'
),

-- A target for all products goes before those for groups of them, which then add up.
by_target as (
    select
        target_of,
        target_id,
        period_kind,
        period_start,
        period_end,
        count(*) filter (where product_group = '(all)') as whole_count,
        sum(target_amount) filter (where product_group = '(all)') as whole_amount,
        sum(target_amount) as amount,
        sum(missing_rate_count) filter (where product_group = '(all)') as whole_missing_rate_count,
        sum(missing_rate_count) as missing_rate_count
    from target_periods
    group by target_of, target_id, period_kind, period_start, period_end
),

chosen as (
    select
        target_of,
        target_id,
        period_kind,
        period_start,
        period_end,
        case
            when whole_count > 0 and whole_missing_rate_count = 0 then whole_amount
            when whole_count = 0 and missing_rate_count = 0 then amount
        end as target_amount
    from by_target
),

at_levels as (
    select
        chosen.target_of as level,
        case
            when chosen.target_of = 'salesperson' then coalesce(salespeople.salesperson_id, '(unknown)') else '(all)'
        end as salesperson_id,
        case
            when chosen.target_of = 'territory' then coalesce(territories.territory_id, '(unknown)') else '(all)'
        end as territory_id,
        chosen.period_kind,
        chosen.period_start,
        chosen.period_end,
        chosen.target_amount
    from chosen
    inner join period_kinds on chosen.period_kind = period_kinds.period_kind
    left join salespeople on chosen.target_id = salespeople.salesperson_id
    left join territories on chosen.target_id = territories.territory_id
),

summed as (
    select
        level,
        salesperson_id,
        territory_id,
        period_kind,
        period_start,
        period_end,
        case when count(*) = count(target_amount) then sum(target_amount) end as target_amount,
        count(*) - count(target_amount) as missing_target_rate_count
    from at_levels
    group by level, salesperson_id, territory_id, period_kind, period_start, period_end
)

select * from summed
