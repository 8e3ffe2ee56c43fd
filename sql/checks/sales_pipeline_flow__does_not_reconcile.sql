-- Every total of sales_pipeline_flow on each level, beside that of the opportunities as they were at the end of `$as_of`.
-- That they were so, sales_pipeline's own check tells.
with

states as (
    select * from intermediate.opportunity_states
),

period_days as (
    select
        period_days.period_kind,
        period_days.date,
        period_days.period_start,
        period_days.period_end
    from intermediate.period_days
    inner join (select distinct period_kind from settings.sales_pipeline_flow_period_kinds) as period_kinds
        on period_days.period_kind = period_kinds.period_kind
),

periods as (
    select distinct
        period_kind,
        period_start,
        period_end
    from period_days
    where period_start <= $as_of
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
    cross join intermediate.common_currency
    left join intermediate.reporting_rates
        on
            coalesce(states.currency, common_currency.currency) = reporting_rates.from_currency
            and reporting_rates.rate_type = 'spot'
            and states.closed_date >= reporting_rates.valid_from
            and states.closed_date < reporting_rates.valid_to
),

events as (
    select
        'created opportunities' as measure,
        created_date as date,
        1 as total
    from staging.opportunities
    where created_date <= $as_of
    union all
    select
        case when is_won then 'opportunities won' when is_closed then 'opportunities lost' else 'open opportunities' end
            as measure,
        date,
        1 as total
    from valued
    union all
    select
        case when amount is null then 'opportunities won of unknown amount' else 'won_amount' end as measure,
        date,
        coalesce(cast(round(amount, 4) as decimal(18, 4)), 1) as total
    from valued
    where is_won
),

-- An opportunity in each period between its creation and its end: the day before it began there, and its last there.
stays as (
    select
        states.opportunity_id,
        states.is_won,
        states.expected_close_date,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        greatest(periods.period_start - 1, states.created_date) as first_day,
        least(periods.period_end - 1, $as_of, states.closed_date) as last_day,
        coalesce(states.closed_date < periods.period_end, false) as is_closed_there
    from states
    inner join periods
        on
            coalesce(states.created_date < periods.period_end, true)
            and coalesce(states.closed_date >= periods.period_start, states.is_closed = false)
),

moves as (
    select
        opportunity_id,
        changed_at,
        cast(changed_at at time zone $time_zone as date) as changed_date,
        old_value,
        new_value
    from staging.opportunity_history
    where
        field = 'expected_close_date'
        and changed_at < $as_of + interval '2 days'
        and cast(changed_at at time zone $time_zone as date) <= $as_of
),

-- What was expected on a day is what the last move by then says; before the first, what that one found; after the last, what
-- stands there.
told as (
    select
        stays.opportunity_id,
        stays.is_won,
        stays.expected_close_date,
        stays.period_kind,
        stays.period_start,
        stays.period_end,
        stays.is_closed_there,
        first_value(moves.old_value order by moves.changed_at asc) as first_value,
        count(*) filter (where moves.changed_date <= stays.first_day) as count_by_first_day,
        count(*) filter (where moves.changed_date > stays.first_day) as count_after_first_day,
        last_value(moves.new_value order by moves.changed_at asc) filter (where moves.changed_date <= stays.first_day)
            as value_by_first_day,
        count(*) filter (where moves.changed_date <= stays.last_day) as count_by_last_day,
        count(*) filter (where moves.changed_date > stays.last_day) as count_after_last_day,
        last_value(moves.new_value order by moves.changed_at asc) filter (where moves.changed_date <= stays.last_day)
            as value_by_last_day
    from stays
    left join moves on stays.opportunity_id = moves.opportunity_id
    where stays.first_day <= stays.last_day
    group by
        stays.opportunity_id,
        stays.is_won,
        stays.expected_close_date,
        stays.period_kind,
        stays.period_start,
        stays.period_end,
        stays.is_closed_there
),

expected as (
    select
        *,
        case
            when count_after_first_day = 0 then expected_close_date
            when count_by_first_day > 0 then try_cast(left(value_by_first_day, 10) as date)
            else try_cast(left(first_value, 10) as date)
        end as first_expected_date,
        case
            when count_after_last_day = 0 then expected_close_date
            when count_by_last_day > 0 then try_cast(left(value_by_last_day, 10) as date)
            else try_cast(left(first_value, 10) as date)
        end as last_expected_date
    from told
),

outlooks as (
    select 'expected opportunities' as measure, period_kind, period_start
    from expected
    where first_expected_date between period_start and period_end - 1
    union all
    select 'slipped opportunities' as measure, period_kind, period_start
    from expected
    where
        first_expected_date between period_start and period_end - 1
        and last_expected_date >= period_end
        and is_closed_there = false
    union all
    select 'pulled in opportunities' as measure, period_kind, period_start
    from expected
    where
        first_expected_date >= period_end
        and (last_expected_date between period_start and period_end - 1 or (is_closed_there and is_won))
),

levels as (
    select 'salesperson_territory' as level
    union all
    select 'salesperson' as level
    union all
    select 'territory' as level
),

-- Targets for groups of products count where there is none for all products.
targets as (
    select
        groups.target_of as level,
        groups.period_kind,
        groups.period_start,
        groups.target_amount
    from intermediate.sales_target_periods as groups
    inner join (select distinct period_kind, period_start from period_days) as periods
        on
            groups.period_kind = periods.period_kind
            and groups.period_start = periods.period_start
    left join intermediate.sales_target_periods as wholes
        on
            groups.target_of = wholes.target_of
            and groups.target_id = wholes.target_id
            and groups.period_kind = wholes.period_kind
            and groups.period_start = wholes.period_start
            and wholes.product_group = '(all)'
            and (wholes.target_amount is not null or wholes.missing_rate_count > 0)
    where
        (groups.target_amount is not null or groups.missing_rate_count > 0)
        and (groups.product_group = '(all)' or wholes.target_id is null)
),

all_totals as (
    select
        'source' as origin,
        levels.level,
        events.measure,
        period_days.period_kind,
        period_days.period_start,
        cast(events.total as decimal(28, 4)) as total
    from events
    inner join period_days on events.date = period_days.date
    cross join levels
    union all
    select 'source' as origin, levels.level, outlooks.measure, outlooks.period_kind, outlooks.period_start, 1 as total
    from outlooks
    cross join levels
    union all
    select
        'source' as origin,
        level,
        case when target_amount is null then 'targets of unknown amount' else 'target_amount' end as measure,
        period_kind,
        period_start,
        coalesce(target_amount, 1) as total
    from targets
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
    union all
    select 'expected opportunities' as measure
    union all
    select 'slipped opportunities' as measure
    union all
    select 'pulled in opportunities' as measure
    union all
    select 'target_amount' as measure
),

with_mart as (
    select * from all_totals
    union all
    select
        'mart' as origin,
        flow.level,
        measures.measure,
        flow.period_kind,
        flow.period_start,
        case measures.measure
            when 'created opportunities' then flow.created_count
            when 'opportunities won' then flow.won_count
            when 'opportunities lost' then flow.lost_count
            when 'open opportunities' then flow.open_count
            when 'won_amount' then coalesce(flow.won_amount, 0)
            when 'opportunities won of unknown amount' then flow.missing_won_amount_count
            when 'expected opportunities' then flow.expected_count
            when 'slipped opportunities' then flow.slipped_count
            when 'pulled in opportunities' then flow.pulled_in_count
            else coalesce(flow.target_amount, 0)
        end as total
    from marts.sales_pipeline_flow as flow
    cross join measures
),

summed as (
    select
        level,
        measure,
        period_kind,
        period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from with_mart
    group by level, measure, period_kind, period_start
),

-- Of a sum of which a part is not known the mart says nothing, so that the whole period is left out.
unknown as (
    select
        level,
        case when measure = 'targets of unknown amount' then 'target_amount' else 'won_amount' end as measure,
        period_kind,
        period_start
    from summed
    where
        measure in ('targets of unknown amount', 'opportunities won of unknown amount')
        and source_total > 0
),

compared as (
    select
        concat(summed.measure, ' on level ', summed.level) as measure,
        summed.period_kind,
        summed.period_start,
        case when unknown.measure is null then summed.source_total else 0 end as source_total,
        case when unknown.measure is null then summed.mart_total else 0 end as mart_total
    from summed
    left join unknown
        on
            summed.level = unknown.level
            and summed.measure = unknown.measure
            and summed.period_kind = unknown.period_kind
            and summed.period_start = unknown.period_start
    where summed.measure <> 'targets of unknown amount'
)

select * from compared
