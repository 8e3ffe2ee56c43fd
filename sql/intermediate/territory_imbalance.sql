-- One row per alignment, period and measure: how unevenly it is shared by the territories.
with

figures as (
    select * from intermediate.territory_figures
    where territory_id <> '(unknown)'
),

measures as (
    select 'sales' as measure
    union all
    select 'potential' as measure
    union all
    select 'accounts' as measure
    union all
    select 'workload' as measure
),

valued as (
    select
        figures.alignment,
        figures.period_kind,
        figures.period_start,
        figures.territory_id,
        measures.measure,
        cast(
            case measures.measure
                when 'sales' then figures.sales_amount
                when 'potential' then figures.potential_amount
                when 'accounts' then figures.account_count
                else figures.workload_hours
            end as decimal(18, 4)
        ) as value
    from figures
    cross join measures
),

-- One territory whose figure is not known leaves no mean.
totals as (
    select
        alignment,
        period_kind,
        period_start,
        measure,
        count(*) as territory_count,
        min(value) as least_value,
        cast(sum(value) as decimal(18, 4)) as total_value
    from valued
    group by alignment, period_kind, period_start, measure
    having count(*) = count(value)
),

-- Distances from the mean are kept as so many times themselves as there are territories, which needs no rounding.
ranked as (
    select
        valued.*,
        totals.territory_count,
        totals.least_value,
        totals.total_value,
        cast(valued.value * totals.territory_count - totals.total_value as decimal(18, 4)) as deviation,
        row_number() over (
            partition by valued.alignment, valued.period_kind, valued.period_start, valued.measure
            order by valued.value asc, valued.territory_id asc
        ) as place
    from valued
    inner join totals
        on
            valued.alignment = totals.alignment
            and valued.period_kind = totals.period_kind
            and valued.period_start = totals.period_start
            and valued.measure = totals.measure
),

summed as (
    select
        alignment,
        period_kind,
        period_start,
        measure,
        max(territory_count) as territory_count,
        max(least_value) as least_value,
        max(total_value) as total_value,
        sum(abs(deviation)) as total_deviation,
        sum(deviation * deviation) as total_squared_deviation,
        sum(cast(2 * place - territory_count - 1 as decimal(9, 0)) * value) as ranked_total
    from ranked
    group by alignment, period_kind, period_start, measure
),

-- Shares of less than nothing have no Gini coefficient, and a mean of 0 has no variation.
judged as (
    select
        alignment,
        period_kind,
        period_start,
        measure,
        territory_count,
        total_value,
        total_deviation,
        case
            when least_value >= 0 and total_value > 0
                then cast(ranked_total as double) / (territory_count * cast(total_value as double))
        end as gini_coefficient,
        case
            when total_value > 0
                then sqrt(cast(total_squared_deviation as double) / territory_count) / cast(total_value as double)
        end as variation_coefficient
    from summed
)

select * from judged
