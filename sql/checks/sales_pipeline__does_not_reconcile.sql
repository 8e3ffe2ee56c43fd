-- Every total of sales_pipeline by stage, opportunities by salesperson and territory, and the opportunities themselves.
with

opportunities as (
    select * from staging.opportunities
),

history as (
    select * from staging.opportunity_history
),

known_stages as (
    select stage from staging.stages
),

common_currency as (
    select * from intermediate.common_currency
),

reporting_rates as (
    select * from intermediate.reporting_rates
),

sales_pipeline as (
    select * from marts.sales_pipeline
),

-- Moments far ahead are after `$as_of` in any time zone.
later as (
    select
        opportunity_id,
        field,
        old_value,
        row_number() over (partition by opportunity_id, field order by changed_at asc) as place
    from history
    where
        changed_at >= $as_of + interval '2 days'
        or (
            changed_at < $as_of + interval '2 days'
            and cast(changed_at at time zone $time_zone as date) > $as_of
        )
),

first_later as (
    select * from later
    where place = 1
),

joined as (
    select
        opportunities.opportunity_id,
        case when stages.opportunity_id is not null then stages.old_value else opportunities.stage end as stage,
        case
            when amounts.opportunity_id is not null then try_cast(amounts.old_value as decimal(18, 4))
            else opportunities.amount
        end as amount,
        coalesce(
            case
                when currencies.opportunity_id is not null then currencies.old_value
                else opportunities.currency
            end,
            common_currency.currency
        ) as currency,
        case when owners.opportunity_id is not null then owners.old_value else opportunities.salesperson_id end
            as salesperson_id,
        case when customers.opportunity_id is not null then customers.old_value else opportunities.customer_id end
            as customer_id,
        case
            when expected_days.opportunity_id is not null
                then try_cast(left(expected_days.old_value, 10) as date)
            else opportunities.expected_close_date
        end as expected_close_date,
        case
            when opportunities.is_closed and opportunities.closed_date <= $as_of then true
            when try_cast(closings.old_value as boolean) is not null then try_cast(closings.old_value as boolean)
            else opportunities.is_closed and opportunities.closed_date is null
        end as is_closed
    from opportunities
    left join first_later as stages
        on opportunities.opportunity_id = stages.opportunity_id and stages.field = 'stage'
    left join first_later as amounts
        on opportunities.opportunity_id = amounts.opportunity_id and amounts.field = 'amount'
    left join first_later as currencies
        on opportunities.opportunity_id = currencies.opportunity_id and currencies.field = 'currency'
    left join first_later as expected_days
        on opportunities.opportunity_id = expected_days.opportunity_id and expected_days.field = 'expected_close_date'
    left join first_later as owners
        on opportunities.opportunity_id = owners.opportunity_id and owners.field = 'salesperson_id'
    left join first_later as customers
        on opportunities.opportunity_id = customers.opportunity_id and customers.field = 'customer_id'
    left join first_later as closings
        on opportunities.opportunity_id = closings.opportunity_id and closings.field = 'is_closed'
    cross join common_currency
    where coalesce(opportunities.created_date <= $as_of, true)
),

rates as (
    select
        from_currency,
        rate
    from reporting_rates
    where
        rate_type = 'spot'
        and valid_from <= $as_of
        and valid_to > $as_of
),

-- Assignments that begin or end after `$as_of` have not happened; of several that hold the newest counts.
claims as (
    select
        assignments.customer_id,
        coalesce(territories.territory_id, '(unknown)') as territory_id,
        row_number() over (
            partition by assignments.customer_id order by assignments.valid_from desc, assignments.territory_id asc
        ) as place
    from staging.account_assignments as assignments
    inner join staging.customers on assignments.customer_id = customers.customer_id
    left join staging.territories on assignments.territory_id = territories.territory_id
    where
        assignments.valid_from <= $as_of
        and coalesce(assignments.valid_to > $as_of, true)
),

salespeople as (
    select distinct salesperson_id from staging.salespeople
),

open_opportunities as (
    select
        coalesce(known_stages.stage, '(unknown)') as stage,
        coalesce(salespeople.salesperson_id, '(unknown)') as salesperson_id,
        coalesce(claims.territory_id, '(unknown)') as territory_id,
        case
            when joined.currency = $reporting_currency then joined.amount
            else cast(round(joined.amount * rates.rate, 4) as decimal(18, 4))
        end as amount,
        coalesce(joined.expected_close_date <= $as_of, false) as is_overdue
    from joined
    left join known_stages on joined.stage = known_stages.stage
    left join rates on joined.currency = rates.from_currency
    left join salespeople on joined.salesperson_id = salespeople.salesperson_id
    left join claims
        on
            joined.customer_id = claims.customer_id
            and claims.place = 1
    where joined.is_closed = false
),

all_totals as (
    select
        'source' as origin,
        stage,
        count(*) as opportunity_count,
        coalesce(sum(amount), 0) as known_amount,
        count(*) - count(amount) as unknown_amount_count,
        count(*) filter (where is_overdue) as overdue_count
    from open_opportunities
    group by stage
    union all
    select
        'mart' as origin,
        stage,
        sum(opportunity_count) as opportunity_count,
        sum(known_amount) as known_amount,
        sum(missing_amount_count + missing_rate_count) as unknown_amount_count,
        sum(overdue_count) as overdue_count
    from sales_pipeline
    group by stage
),

measures as (
    select 'opportunities' as measure
    union all
    select 'known_amount' as measure
    union all
    select 'opportunities of unknown amount' as measure
    union all
    select 'overdue opportunities' as measure
),

totals as (
    select
        concat(measures.measure, ' in stage ', all_totals.stage) as measure,
        all_totals.origin,
        case measures.measure
            when 'opportunities' then all_totals.opportunity_count
            when 'known_amount' then all_totals.known_amount
            when 'overdue opportunities' then all_totals.overdue_count
            else all_totals.unknown_amount_count
        end as total
    from all_totals
    cross join measures
),

owned as (
    select concat('opportunities of salesperson ', salesperson_id) as measure, 'source' as origin, 1 as total
    from open_opportunities
    union all
    select concat('opportunities of salesperson ', salesperson_id) as measure, 'mart' as origin, opportunity_count as total
    from sales_pipeline
    union all
    select concat('opportunities in territory ', territory_id) as measure, 'source' as origin, 1 as total
    from open_opportunities
    union all
    select concat('opportunities in territory ', territory_id) as measure, 'mart' as origin, opportunity_count as total
    from sales_pipeline
    union all
    select measure, origin, total from totals
),

compared as (
    select
        measure,
        'as_of' as period_kind,
        $as_of as period_start,
        sum(case when origin = 'source' then total else 0 end) as source_total,
        sum(case when origin = 'mart' then total else 0 end) as mart_total
    from owned
    group by measure
)

select * from compared
