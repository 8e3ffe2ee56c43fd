-- One row per product, location and window of periods: how much demand varies, how often it comes, and its classes.
with

statistics as (
    select * from intermediate.demand_window_statistics
),

products as (
    select * from marts.dim_product
),

-- Without two demands nothing says how much their sizes vary.
classified as (
    select
        *,
        case
            when squared_variation_of_demand is null then null
            when
                average_demand_interval < $intermittent_from_interval
                and squared_variation_of_demand < $erratic_from_variation
                then 'smooth'
            when average_demand_interval < $intermittent_from_interval then 'erratic'
            when squared_variation_of_demand < $erratic_from_variation then 'intermittent'
            else 'lumpy'
        end as demand_class,
        case
            when value_amount is null then null
            when positive_value_amount = 0 then 'C'
            when value_before_amount < location_value_amount * $abc_a_share_rate then 'A'
            when value_before_amount < location_value_amount * $abc_b_share_rate then 'B'
            else 'C'
        end as abc_class,
        case
            when coefficient_of_variation is null then null
            when coefficient_of_variation <= $xyz_x_variation then 'X'
            when coefficient_of_variation <= $xyz_y_variation then 'Y'
            else 'Z'
        end as xyz_class
    from statistics
),

projected as (
    select
        classified.product_id,
        classified.location_id,
        classified.period_kind,
        classified.window_periods,
        classified.window_start,
        classified.window_end,
        classified.first_demand_period_start,
        classified.period_count,
        classified.demand_period_count,
        classified.period_count < classified.window_periods as is_shorter_than_window,
        cast(classified.demand_quantity as decimal(18, 4)) as demand_quantity,
        products.stock_unit,
        cast(classified.demand_quantity * products.planning_factor as decimal(18, 4)) as planning_demand_quantity,
        products.planning_unit,
        products.planning_factor is null as has_no_planning_unit,
        cast(classified.demand_amount as decimal(18, 4)) as demand_amount,
        cast(classified.net_sales_amount as decimal(18, 4)) as net_sales_amount,
        $reporting_currency as currency,
        cast(round(classified.mean_quantity, 4) as decimal(18, 4)) as mean_demand_quantity,
        classified.standard_deviation_quantity,
        classified.coefficient_of_variation,
        classified.average_demand_interval,
        classified.squared_variation_of_demand,
        classified.demand_class,
        $intermittent_from_interval as interval_limit,
        $erratic_from_variation as variation_limit,
        $abc_value as abc_valued_by,
        case when classified.value_amount is not null then cast(classified.value_rank as bigint) end as value_rank,
        cast(
            classified.positive_value_amount / nullif(classified.location_value_amount, 0) as decimal(18, 8)
        ) as value_share_rate,
        cast(
            (classified.value_before_amount + classified.positive_value_amount)
            / nullif(classified.location_value_amount, 0) as decimal(18, 8)
        ) as cumulative_value_share_rate,
        classified.abc_class,
        classified.value_amount is null as has_no_value,
        $abc_a_share_rate as a_limit_rate,
        $abc_b_share_rate as b_limit_rate,
        classified.xyz_class,
        $xyz_x_variation as x_limit,
        $xyz_y_variation as y_limit
    from classified
    left join products on classified.product_id = products.product_id
)

select * from projected
