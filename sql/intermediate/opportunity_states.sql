-- One row per opportunity that was there by `$as_of`, as it was at the end of that day.
with

opportunities as (
    select * from staging.opportunities
    where created_date is null or created_date <= $as_of
),

former_values as (
    select * from intermediate.opportunity_former_values
),

stage_entries as (
    select
        opportunity_id,
        max(changed_date) as entered_date
    from intermediate.opportunity_changes
    where field = 'stage' and is_after_as_of = false
    group by opportunity_id
),

-- A day of closing by `$as_of` is what happened, whenever it was written down. Without one, history has the word.
joined as (
    select
        opportunities.opportunity_id,
        nullif(coalesce(former_values.customer_id, opportunities.customer_id), '') as customer_id,
        nullif(coalesce(former_values.salesperson_id, opportunities.salesperson_id), '') as salesperson_id,
        nullif(coalesce(former_values.stage, opportunities.stage), '') as stage,
        case
            when former_values.amount is null then opportunities.amount
            else try_cast(former_values.amount as decimal(18, 4))
        end as amount,
        nullif(coalesce(former_values.currency, opportunities.currency), '') as currency,
        case
            when former_values.probability_rate is null then opportunities.probability_rate
            else try_cast(former_values.probability_rate as decimal(9, 6))
        end as probability_rate,
        opportunities.created_date,
        case
            when former_values.expected_close_date is null then opportunities.expected_close_date
            else try_cast(left(former_values.expected_close_date, 10) as date)
        end as expected_close_date,
        coalesce(opportunities.is_closed and opportunities.closed_date <= $as_of, false) as is_closed_by_date,
        opportunities.closed_date,
        opportunities.is_closed,
        opportunities.is_won,
        try_cast(left(former_values.closed_date, 10) as date) as former_closed_date,
        try_cast(former_values.is_closed as boolean) as former_is_closed,
        try_cast(former_values.is_won as boolean) as former_is_won,
        coalesce(stage_entries.entered_date, opportunities.created_date) as stage_entered_date
    from opportunities
    left join former_values on opportunities.opportunity_id = former_values.opportunity_id
    left join stage_entries on opportunities.opportunity_id = stage_entries.opportunity_id
),

decided as (
    select
        *,
        case
            when is_closed_by_date then true
            when former_is_closed is not null then former_is_closed
            when closed_date > $as_of then false
            else is_closed
        end as was_closed,
        case
            when is_closed_by_date then is_won
            else coalesce(former_is_won, is_won)
        end as was_won
    from joined
),

states as (
    select
        opportunity_id,
        customer_id,
        salesperson_id,
        stage,
        amount,
        currency,
        probability_rate,
        created_date,
        expected_close_date,
        stage_entered_date,
        was_closed as is_closed,
        was_closed and was_won as is_won,
        case
            when was_closed and is_closed_by_date then closed_date
            when was_closed then former_closed_date
        end as closed_date
    from decided
)

select * from states
