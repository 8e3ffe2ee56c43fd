-- One row per level, salesperson, territory and period with a target or with something to be told of opportunities.
with

sums as (
    select * from intermediate.pipeline_flow_sums
),

targets as (
    select * from intermediate.pipeline_targets
),

joined as (
    select
        sums.*,
        sums.period_end <= $as_of + interval '1 day' as is_period_complete,
        targets.target_amount,
        targets.level is null as has_no_target,
        coalesce(targets.missing_target_rate_count, 0) as missing_target_rate_count
    from sums
    left join targets
        on
            sums.level = targets.level
            and sums.salesperson_id = targets.salesperson_id
            and sums.territory_id = targets.territory_id
            and sums.period_kind = targets.period_kind
            and sums.period_start = targets.period_start
),

projected as (
    select
        salesperson_id,
        territory_id,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        level,
        $reporting_currency as currency,
        cast(target_amount as decimal(18, 4)) as target_amount,
        has_no_target,
        missing_target_rate_count,
        won_count,
        cast(won_amount as decimal(18, 4)) as won_amount,
        cast(target_amount - won_amount as decimal(18, 4)) as remaining_target_amount,
        coalesce(target_amount <= won_amount, false) as is_target_reached,
        open_count,
        cast(open_amount as decimal(18, 4)) as open_amount,
        cast(weighted_amount as decimal(18, 4)) as weighted_open_amount,
        case
            when target_amount > won_amount
                then cast(open_amount as double) / cast(target_amount - won_amount as double)
        end as pipeline_coverage,
        lost_count,
        cast(lost_amount as decimal(18, 4)) as lost_amount,
        case
            when is_period_complete and won_count + lost_count > 0
                then cast(won_count as double) / (won_count + lost_count)
        end as count_win_rate,
        case
            when is_period_complete and won_amount + lost_amount > 0
                then cast(won_amount as double) / cast(won_amount + lost_amount as double)
        end as amount_win_rate,
        created_count,
        cast(created_amount as decimal(18, 4)) as created_amount,
        total_cycle_days,
        case
            when won_count > missing_cycle_days_count
                then cast(total_cycle_days as double) / (won_count - missing_cycle_days_count)
        end as mean_cycle_days,
        missing_cycle_days_count,
        expected_count,
        cast(expected_amount as decimal(18, 4)) as expected_amount,
        slipped_count,
        cast(slipped_amount as decimal(18, 4)) as slipped_amount,
        case
            when is_period_complete and expected_count > 0 then cast(slipped_count as double) / expected_count
        end as slipped_count_rate,
        case
            when is_period_complete and expected_amount > 0
                then cast(slipped_amount as double) / cast(expected_amount as double)
        end as slipped_amount_rate,
        pulled_in_count,
        cast(pulled_in_amount as decimal(18, 4)) as pulled_in_amount,
        last_week_won_count,
        cast(last_week_won_amount as decimal(18, 4)) as last_week_won_amount,
        case
            when is_period_complete and won_amount > 0
                then cast(last_week_won_amount as double) / cast(won_amount as double)
        end as last_week_won_rate,
        missing_created_amount_count,
        missing_won_amount_count,
        missing_lost_amount_count,
        missing_open_amount_count
    from joined
)

select * from projected
