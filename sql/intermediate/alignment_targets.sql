-- One row per product group of targets, family and period: the family's part of the target by the consensus mix. What the
-- mix does not tell stands at the family `(all)`.
with

targets as (
    select * from intermediate.alignment_target_sums
),

mixes as (
    select * from intermediate.alignment_mixes
),

family_units as (
    select * from intermediate.family_units
),

-- Rounded as running totals, so that the parts of a target add up to it: quantities to 4 places, money to 2.
shared as (
    select
        targets.product_group,
        targets.period_kind,
        targets.period_index,
        targets.snapshot_date,
        targets.has_no_rate,
        mixes.product_family,
        cast(round(targets.quantity * mixes.quantity_share_through, 4) as decimal(18, 4))
        - cast(round(targets.quantity * mixes.quantity_share_before, 4) as decimal(18, 4)) as quantity,
        case
            when mixes.amount_share_through = 1 then targets.amount
            else cast(round(targets.amount * mixes.amount_share_through, 2) as decimal(18, 4))
        end
        - cast(round(targets.amount * mixes.amount_share_before, 2) as decimal(18, 4)) as amount
    from targets
    inner join mixes
        on
            targets.product_group = mixes.mix_group
            and targets.period_kind = mixes.period_kind
            and targets.period_index = mixes.period_index
),

found as (
    select
        product_group,
        period_kind,
        period_index,
        sum(quantity) as quantity,
        sum(amount) as amount
    from shared
    group by product_group, period_kind, period_index
),

left_over as (
    select
        targets.product_group,
        targets.period_kind,
        targets.period_index,
        targets.snapshot_date,
        targets.has_no_rate,
        '(all)' as product_family,
        case when found.quantity is null then targets.quantity end as quantity,
        case when found.amount is null then targets.amount end as amount
    from targets
    left join found
        on
            targets.product_group = found.product_group
            and targets.period_kind = found.period_kind
            and targets.period_index = found.period_index
),

all_parts as (
    select product_family, period_kind, period_index, snapshot_date, has_no_rate, quantity, amount
    from shared
    where quantity <> 0 or amount <> 0
    union all
    select product_family, period_kind, period_index, snapshot_date, has_no_rate, quantity, amount
    from left_over
    where quantity is not null or amount is not null or has_no_rate
),

-- What is planned in money alone has no unit, and leaves the quantities of others as they are.
with_units as (
    select
        all_parts.*,
        all_parts.quantity is not null and coalesce(family_units.has_several_units, false) as has_no_path,
        case when all_parts.quantity is not null then family_units.quantity_unit end as quantity_unit
    from all_parts
    left join family_units on all_parts.product_family = family_units.product_family
)

select * from with_units
