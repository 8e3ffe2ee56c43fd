-- What everybody together was credited in each period, beside the sum over salespeople in quota_attainment.
with

quota_attainment as (
    select * from marts.quota_attainment
),

teams as (
    select * from marts.quota_attainment_teams
),

events as (
    select
        'source' as origin,
        period_kind,
        period_start,
        is_total,
        achieved_amount,
        under_credited_amount,
        over_credited_amount,
        credited_line_count,
        missing_rate_count
    from quota_attainment
    union all
    select
        'mart' as origin,
        period_kind,
        period_start,
        is_total,
        achieved_amount,
        under_credited_amount,
        over_credited_amount,
        credited_line_count,
        missing_rate_count
    from teams
    where manager_id = '(all)'
),

-- Of a sum of which a part has no rate the mart tells no amount, but the number of parts.
summed as (
    select
        origin,
        period_kind,
        period_start,
        is_total,
        case when sum(missing_rate_count) = 0 then sum(achieved_amount) else 0 end as achieved_amount,
        case when sum(missing_rate_count) = 0 then sum(under_credited_amount) else 0 end as under_credited_amount,
        case when sum(missing_rate_count) = 0 then sum(over_credited_amount) else 0 end as over_credited_amount,
        sum(credited_line_count) as credited_line_count,
        sum(missing_rate_count) as missing_rate_count
    from events
    group by origin, period_kind, period_start, is_total
),

measures as (
    select 'achieved_amount' as measure
    union all
    select 'under_credited_amount' as measure
    union all
    select 'over_credited_amount' as measure
    union all
    select 'credited_line_count' as measure
    union all
    select 'missing_rate_count' as measure
),

totals as (
    select
        concat(measures.measure, case when summed.is_total then '' else ' by product group' end) as measure,
        summed.period_kind,
        summed.period_start,
        summed.origin,
        case measures.measure
            when 'achieved_amount' then summed.achieved_amount
            when 'under_credited_amount' then summed.under_credited_amount
            when 'over_credited_amount' then summed.over_credited_amount
            when 'credited_line_count' then summed.credited_line_count
            else summed.missing_rate_count
        end as total
    from summed
    cross join measures
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from totals
    group by measure, period_kind, period_start
)

select * from compared
