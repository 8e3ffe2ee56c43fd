-- One row per opportunity that was there by `$as_of`, with its members of the dimensions and its reporting amount.
with

states as (
    select * from intermediate.opportunity_states
),

salespeople as (
    select salesperson_id from marts.dim_salesperson
    where salesperson_id <> '(all)'
),

stages as (
    select stage from marts.dim_stage
    where stage <> '(all)'
),

territories as (
    select * from intermediate.account_territory_spans
    where valid_from <= $as_of and valid_to > $as_of
),

spot_rates as (
    select * from intermediate.spot_rate_days
),

common_currency as (
    select * from intermediate.common_currency
),

-- What is open is a balance of `$as_of`; what is closed was worth what it was on the day of closing.
completed as (
    select
        states.opportunity_id,
        states.customer_id,
        coalesce(salespeople.salesperson_id, '(unknown)') as salesperson_id,
        coalesce(territories.territory_id, '(unknown)') as territory_id,
        coalesce(territories.is_doubly_assigned, false) as is_doubly_assigned,
        coalesce(stages.stage, '(unknown)') as stage,
        states.amount,
        coalesce(states.currency, common_currency.currency) as currency,
        states.probability_rate,
        states.created_date,
        states.expected_close_date,
        states.closed_date,
        states.is_closed,
        states.is_won,
        states.stage_entered_date,
        coalesce(states.closed_date, $as_of) as rate_date
    from states
    left join salespeople on states.salesperson_id = salespeople.salesperson_id
    left join stages on states.stage = stages.stage
    left join territories on states.customer_id = territories.customer_id
    cross join common_currency
),

converted as (
    select
        completed.*,
        case
            when completed.currency = $reporting_currency then completed.amount
            else cast(round(completed.amount * spot_rates.rate, 4) as decimal(18, 4))
        end as reporting_amount
    from completed
    left join spot_rates
        on
            completed.currency = spot_rates.from_currency
            and completed.rate_date = spot_rates.date
),

weighted as (
    select
        *,
        cast(round(reporting_amount * probability_rate, 4) as decimal(18, 4)) as weighted_amount,
        amount is null as has_no_amount,
        amount is not null and reporting_amount is null as has_no_rate
    from converted
)

select * from weighted
