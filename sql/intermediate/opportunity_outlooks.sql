-- One row per opportunity and period that it was once expected to close in, or won in: what was expected at its ends.
with

opportunities as (
    select * from intermediate.pipeline_opportunities
),

expectations as (
    select * from intermediate.opportunity_expectations
),

period_days as (
    select * from intermediate.pipeline_period_days
),

candidates as (
    select
        expectations.opportunity_id,
        period_days.period_kind,
        period_days.period_start,
        period_days.period_end
    from expectations
    inner join period_days on expectations.expected_close_date = period_days.date
    union
    select
        opportunities.opportunity_id,
        period_days.period_kind,
        period_days.period_start,
        period_days.period_end
    from opportunities
    inner join period_days on opportunities.closed_date = period_days.date
    where opportunities.is_won
),

-- The period begins for an opportunity at the end of the day before it, or of the day of creation where that is later.
bounded as (
    select
        candidates.*,
        opportunities.closed_date,
        opportunities.is_closed,
        opportunities.is_won,
        greatest(candidates.period_start - 1, opportunities.created_date) as first_day,
        least(candidates.period_end - 1, $as_of, opportunities.closed_date) as last_day
    from candidates
    inner join opportunities on candidates.opportunity_id = opportunities.opportunity_id
),

-- Periods that have not begun, and those in which the opportunity was not open, have nothing to tell. Of what is closed and
-- does not say when, nobody knows in which it was open.
open_in_period as (
    select * from bounded
    where
        period_start <= $as_of
        and first_day <= last_day
        and coalesce(closed_date >= period_start, is_closed = false)
),

compared as (
    select
        open_in_period.opportunity_id,
        open_in_period.period_kind,
        open_in_period.period_start,
        open_in_period.period_end,
        coalesce(open_in_period.closed_date < open_in_period.period_end, false) as is_closed_in_period,
        open_in_period.is_won,
        at_first.expected_close_date as first_expected_date,
        at_last.expected_close_date as last_expected_date
    from open_in_period
    inner join expectations as at_first
        on
            open_in_period.opportunity_id = at_first.opportunity_id
            and open_in_period.first_day >= at_first.valid_from
            and open_in_period.first_day < at_first.valid_to
    inner join expectations as at_last
        on
            open_in_period.opportunity_id = at_last.opportunity_id
            and open_in_period.last_day >= at_last.valid_from
            and open_in_period.last_day < at_last.valid_to
),

judged as (
    select
        opportunity_id,
        period_kind,
        period_start,
        period_end,
        coalesce(first_expected_date >= period_start and first_expected_date < period_end, false) as is_expected,
        coalesce(
            first_expected_date >= period_start
            and first_expected_date < period_end
            and last_expected_date >= period_end
            and is_closed_in_period = false,
            false
        ) as is_slipped,
        coalesce(
            first_expected_date >= period_end
            and (
                (last_expected_date >= period_start and last_expected_date < period_end)
                or (is_closed_in_period and is_won)
            ),
            false
        ) as is_pulled_in
    from compared
)

select * from judged
