-- Every total of sales_pipeline_flow on each level, beside that of the opportunities as they were at the end of `$as_of`.
-- That they were so, sales_pipeline's own check tells.
with

opportunities as (
    select * from staging.opportunities
),

states as (
    select * from intermediate.opportunity_states
),

common_currency as (
    select * from intermediate.common_currency
),

reporting_rates as (
    select * from intermediate.reporting_rates
),

calendar_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.sales_pipeline_flow_period_kinds
),

sales_pipeline_flow as (
    select * from marts.sales_pipeline_flow
),

period_days as (
    select
        calendar_days.period_kind,
        calendar_days.date,
        calendar_days.period_start
    from calendar_days
    inner join period_kinds on calendar_days.period_kind = period_kinds.period_kind
),

created as (
    select
        period_days.period_kind,
        period_days.period_start,
        count(*) as created_count,
        0 as won_count,
        0 as lost_count,
        0 as open_count,
        0 as won_amount,
        0 as missing_won_amount_count
    from opportunities
    inner join period_days on opportunities.created_date = period_days.date
    where opportunities.created_date <= $as_of
    group by period_days.period_kind, period_days.period_start
),

-- Few rates of a currency hold on one day, and opportunities are few beside orders.
valued as (
    select
        states.is_won,
        states.is_closed,
        case when states.is_closed then states.closed_date else states.expected_close_date end as date,
        states.amount
        * case
            when coalesce(states.currency, common_currency.currency) = $reporting_currency then 1
            else reporting_rates.rate
        end as amount
    from states
    cross join common_currency
    left join reporting_rates
        on
            coalesce(states.currency, common_currency.currency) = reporting_rates.from_currency
            and reporting_rates.rate_type = 'spot'
            and states.closed_date >= reporting_rates.valid_from
            and states.closed_date < reporting_rates.valid_to
),

dated as (
    select
        period_days.period_kind,
        period_days.period_start,
        0 as created_count,
        count(*) filter (where valued.is_won) as won_count,
        count(*) filter (where valued.is_closed and valued.is_won = false) as lost_count,
        count(*) filter (where valued.is_closed = false) as open_count,
        coalesce(sum(cast(round(valued.amount, 4) as decimal(18, 4))) filter (where valued.is_won), 0) as won_amount,
        count(*) filter (where valued.is_won and valued.amount is null) as missing_won_amount_count
    from valued
    inner join period_days on valued.date = period_days.date
    group by period_days.period_kind, period_days.period_start
),

levels as (
    select 'salesperson_territory' as level
    union all
    select 'salesperson' as level
    union all
    select 'territory' as level
),

sources as (
    select * from created
    union all
    select * from dated
),

all_totals as (
    select
        'source' as origin,
        levels.level,
        sources.*
    from sources
    cross join levels
    union all
    select
        'mart' as origin,
        level,
        period_kind,
        period_start,
        created_count,
        won_count,
        lost_count,
        open_count,
        won_amount,
        missing_won_amount_count
    from sales_pipeline_flow
),

summed as (
    select
        origin,
        level,
        period_kind,
        period_start,
        sum(created_count) as created_count,
        sum(won_count) as won_count,
        sum(lost_count) as lost_count,
        sum(open_count) as open_count,
        sum(won_amount) as won_amount,
        sum(missing_won_amount_count) as missing_won_amount_count
    from all_totals
    group by origin, level, period_kind, period_start
),

measures as (
    select 'created opportunities' as measure
    union all
    select 'opportunities won' as measure
    union all
    select 'opportunities lost' as measure
    union all
    select 'open opportunities' as measure
    union all
    select 'won_amount' as measure
    union all
    select 'opportunities won of unknown amount' as measure
),

-- Of a sum of which a part is not known the mart says nothing, so that the whole period is left out.
totals as (
    select
        concat(measures.measure, ' on level ', summed.level) as measure,
        summed.period_kind,
        summed.period_start,
        summed.origin,
        case measures.measure
            when 'created opportunities' then summed.created_count
            when 'opportunities won' then summed.won_count
            when 'opportunities lost' then summed.lost_count
            when 'open opportunities' then summed.open_count
            when 'won_amount' then case when summed.missing_won_amount_count = 0 then summed.won_amount else 0 end
            else summed.missing_won_amount_count
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
