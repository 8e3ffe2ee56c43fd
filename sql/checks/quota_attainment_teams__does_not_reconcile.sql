-- What everybody together was credited in each period, beside the sum over salespeople in quota_attainment; and what all
-- teams were, beside that of each salesperson as often as there are managers who answer for them.
with

quota_attainment as (
    select * from marts.quota_attainment
),

teams as (
    select * from marts.quota_attainment_teams
),

quota_periods as (
    select * from intermediate.quota_periods
),

managers as (
    select * from intermediate.sales_managers
),

-- The team is that of the manager too: who leads stands in their own, and in those of all who are above them.
answered_for as (
    select
        managers.salesperson_id,
        quota_periods.period_kind,
        quota_periods.period_start,
        coalesce(managers.level - 1, 0) + case when managers.is_manager then 1 else 0 end as manager_count
    from managers
    inner join quota_periods on managers.team_date = quota_periods.team_date
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

of_teams as (
    select
        'source' as origin,
        quota_attainment.period_kind,
        quota_attainment.period_start,
        quota_attainment.is_total,
        quota_attainment.achieved_amount * answered_for.manager_count as achieved_amount,
        quota_attainment.credited_line_count * answered_for.manager_count as credited_line_count
    from quota_attainment
    inner join answered_for
        on
            quota_attainment.salesperson_id = answered_for.salesperson_id
            and quota_attainment.period_kind = answered_for.period_kind
            and quota_attainment.period_start = answered_for.period_start
    where answered_for.manager_count > 0
    union all
    select
        'mart' as origin,
        period_kind,
        period_start,
        is_total,
        achieved_amount,
        credited_line_count
    from teams
    where manager_id <> '(all)'
),

-- Both leave out the amounts of a period in which one is not known.
summed_teams as (
    select
        origin,
        period_kind,
        period_start,
        is_total,
        case when count(*) = count(achieved_amount) then sum(achieved_amount) else 0 end as achieved_amount,
        sum(credited_line_count) as credited_line_count
    from of_teams
    group by origin, period_kind, period_start, is_total
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
    union all
    select
        concat('achieved_amount of all teams', case when is_total then '' else ' by product group' end) as measure,
        period_kind,
        period_start,
        origin,
        achieved_amount as total
    from summed_teams
    union all
    select
        concat('credited_line_count of all teams', case when is_total then '' else ' by product group' end) as measure,
        period_kind,
        period_start,
        origin,
        credited_line_count as total
    from summed_teams
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
