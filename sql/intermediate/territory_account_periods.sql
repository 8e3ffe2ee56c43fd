-- One row per alignment, territory and period with accounts in it: how many, their potential and the hours they ask for.
with

alignments as (
    select * from intermediate.account_alignments
),

periods as (
    select * from intermediate.territory_periods
),

period_days as (
    select * from intermediate.territory_period_days
),

overlapping as (
    select
        alignments.*,
        periods.period_kind,
        periods.period_start,
        greatest(alignments.valid_from, periods.first_day) as first_day,
        least(alignments.valid_to - 1, periods.last_day) as last_day,
        least(periods.last_day, $as_of) as counted_day
    from alignments
    cross join periods
    where
        alignments.valid_from <= periods.last_day
        and alignments.valid_to > periods.first_day
),

-- Rounded as running totals, so that the parts of an account add up to it.
shared as (
    select
        overlapping.alignment,
        overlapping.territory_id,
        overlapping.period_kind,
        overlapping.period_start,
        overlapping.valid_from <= overlapping.counted_day and overlapping.valid_to > overlapping.counted_day as is_counted,
        overlapping.account_count,
        overlapping.unassigned_count,
        overlapping.doubly_assigned_count,
        overlapping.missing_potential_count,
        overlapping.missing_workload_count,
        round(overlapping.potential_amount * last_days.period_share_through, 4)
        - round(overlapping.potential_amount * first_days.period_share_before, 4) as potential_amount,
        round(cast(overlapping.visit_minutes as decimal(18, 0)) * last_days.years_through / 60, 4)
        - round(cast(overlapping.visit_minutes as decimal(18, 0)) * first_days.years_before / 60, 4) as workload_hours
    from overlapping
    inner join period_days as first_days
        on
            overlapping.period_kind = first_days.period_kind
            and overlapping.first_day = first_days.date
    inner join period_days as last_days
        on
            overlapping.period_kind = last_days.period_kind
            and overlapping.last_day = last_days.date
),

summed as (
    select
        alignment,
        territory_id,
        period_kind,
        period_start,
        sum(case when is_counted then account_count else 0 end) as account_count,
        sum(case when is_counted then unassigned_count * account_count else 0 end) as unassigned_account_count,
        sum(case when is_counted then doubly_assigned_count * account_count else 0 end) as doubly_assigned_account_count,
        sum(missing_potential_count * account_count) as missing_potential_count,
        sum(missing_workload_count * account_count) as missing_workload_count,
        sum(potential_amount * account_count) as potential_amount,
        sum(workload_hours * account_count) as workload_hours
    from shared
    group by alignment, territory_id, period_kind, period_start
)

select * from summed
