//! The extracts that are written: their columns, and how their rows are spread over files.

use self::Spread::{Days, Months, OneFile};

/// The extracts, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extract {
    Companies,
    Locations,
    Calendars,
    Customers,
    Salespeople,
    Territories,
    TerritoryAssignments,
    AccountAssignments,
    Stages,
    Vendors,
    ReserveRates,
    ExchangeRates,
    Products,
    ProductUnits,
    ProductCosts,
    Prices,
    Sourcing,
    WorkCenters,
    Capacity,
    Routings,
    BillsOfMaterial,
    Forecasts,
    SalesOrders,
    Shipments,
    Sales,
    SalesCredits,
    CommissionPlans,
    CommissionPlanAssignments,
    SalesTargets,
    Budgets,
    Opportunities,
    OpportunityHistory,
    OpportunityProducts,
    PurchaseOrders,
    Receipts,
    Batches,
    ProductionPlans,
    ProductionOrders,
    ProductionOperations,
    StockMovements,
    StockBalances,
}

/// How the rows of an extract are spread over files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// `products.csv`
    OneFile,
    /// `capacity/2026-05.csv`
    Months,
    /// `sales/2026-03-31.csv`: exports and snapshots, named for their day.
    Days,
}

impl Extract {
    pub fn name(self) -> &'static str {
        self.facts().0
    }

    pub fn spread(self) -> Spread {
        self.facts().1
    }

    pub fn columns(self) -> &'static str {
        self.facts().2
    }

    fn facts(self) -> (&'static str, Spread, &'static str) {
        match self {
            Extract::Companies => ("companies", OneFile, "company_id,name,currency"),
            Extract::Locations => {
                ("locations", OneFile, "location_id,name,company_id,market_region,supply_region,type,calendar_id")
            }
            Extract::Calendars => ("calendars", OneFile, "calendar_id,date,is_working_day"),
            Extract::Customers => (
                "customers",
                OneFile,
                "customer_id,name,customer_group,market_region,sales_potential,visits_per_year,minutes_per_visit",
            ),
            Extract::Salespeople => {
                ("salespeople", OneFile, "salesperson_id,valid_from,name,manager_id,team,hire_date,crm_trained_date")
            }
            Extract::ExchangeRates => ("exchange_rates", Months, "from_currency,to_currency,rate_date,rate_type,rate"),
            Extract::Products => (
                "products",
                OneFile,
                "product_id,name,family,category,product_group,product_class,stock_unit,planning_unit,launch_date,\
                 end_of_life_date,shelf_life_days,lead_time_days,safety_stock",
            ),
            Extract::ProductUnits => ("product_units", OneFile, "product_id,from_unit,to_unit,factor"),
            Extract::ProductCosts => {
                ("product_costs", OneFile, "product_id,location_id,valid_from,unit_cost,cost_to_sell,currency")
            }
            Extract::Prices => {
                ("prices", OneFile, "product_id,location_id,price_type,valid_from,price,currency,is_promotion")
            }
            Extract::WorkCenters => (
                "work_centers",
                OneFile,
                "work_center_id,name,location_id,parent_id,machine_count,efficiency_rate,planned_utilization_rate,\
                 hour_cost,currency,calendar_id",
            ),
            Extract::Capacity => ("capacity", Months, "work_center_id,date,shift_hours,break_hours,machine_count"),
            Extract::Routings => (
                "routings",
                OneFile,
                "product_id,location_id,routing_version,operation,valid_from,valid_to,is_default,work_center_id,\
                 run_hours_per_unit,setup_hours,lot_size,setback_days,setback_unit,yield_rate",
            ),
            Extract::BillsOfMaterial => (
                "bills_of_material",
                OneFile,
                "product_id,location_id,version,component_id,valid_from,valid_to,is_default,quantity_per,yield_rate,\
                 is_phantom",
            ),
            Extract::Forecasts => (
                "forecasts",
                Days,
                "snapshot_date,forecast_type,version,product_id,product_family,location_id,customer_group,\
                 salesperson_id,period_start,period_end,quantity,p10,p50,p90,amount,currency,approved_at,known_at,\
                 status",
            ),
            Extract::SalesOrders => (
                "sales_orders",
                Days,
                "order_id,line_id,customer_id,product_id,location_id,salesperson_id,order_date,requested_date,\
                 first_promised_date,promised_date,quantity,cancelled_quantity,cancelled_date,unit_price,currency,\
                 status",
            ),
            Extract::Shipments => {
                ("shipments", Days, "shipment_id,line_id,order_id,order_line_id,quantity,shipped_date,delivered_date")
            }
            Extract::Sales => (
                "sales",
                Days,
                "invoice_id,line_id,order_id,order_line_id,customer_id,product_id,location_id,salesperson_id,\
                 invoice_date,quantity,net_amount,cost_amount,currency,is_credit_note,origin_invoice_id,\
                 origin_line_id",
            ),
            _ => self.facts_of_selling(),
        }
    }

    fn facts_of_selling(self) -> (&'static str, Spread, &'static str) {
        match self {
            Extract::Territories => ("territories", OneFile, "territory_id,name,market_region,parent_id"),
            Extract::TerritoryAssignments => {
                ("territory_assignments", OneFile, "territory_id,salesperson_id,valid_from,valid_to,share")
            }
            Extract::AccountAssignments => {
                ("account_assignments", OneFile, "customer_id,territory_id,valid_from,valid_to")
            }
            Extract::Stages => ("stages", OneFile, "stage,sort_order"),
            Extract::Vendors => ("vendors", OneFile, "vendor_id,name,country"),
            Extract::ReserveRates => ("reserve_rates", OneFile, "product_class,from_age_days,valid_from,rate"),
            Extract::Sourcing => ("sourcing", OneFile, "product_id,demand_location_id,plant_id,valid_from,share"),
            Extract::SalesCredits => ("sales_credits", Days, "invoice_id,line_id,salesperson_id,share"),
            Extract::CommissionPlans => (
                "commission_plans",
                OneFile,
                "plan_id,version,tier,valid_from,lower_bound,upper_bound,currency,rate,method,base,tier_period",
            ),
            Extract::CommissionPlanAssignments => {
                ("commission_plan_assignments", OneFile, "salesperson_id,plan_id,valid_from,valid_to")
            }
            Extract::SalesTargets => (
                "sales_targets",
                Days,
                "snapshot_date,version,target_of,target_id,product_group,period_start,period_end,quantity,amount,\
                 currency,known_at,status",
            ),
            Extract::Budgets => (
                "budgets",
                Days,
                "snapshot_date,version,family,market_region,period_start,period_end,quantity,amount,currency,\
                 known_at,status",
            ),
            Extract::Opportunities => (
                "opportunities",
                Days,
                "opportunity_id,customer_id,salesperson_id,stage,amount,currency,probability_rate,created_date,\
                 expected_close_date,closed_date,is_won,is_closed",
            ),
            Extract::OpportunityHistory => {
                ("opportunity_history", Days, "opportunity_id,changed_at,field,old_value,new_value")
            }
            Extract::OpportunityProducts => ("opportunity_products", Days, "opportunity_id,product_id,quantity"),
            _ => self.facts_of_supply(),
        }
    }

    fn facts_of_supply(self) -> (&'static str, Spread, &'static str) {
        use Spread::{Days, OneFile};
        match self {
            Extract::PurchaseOrders => (
                "purchase_orders",
                Days,
                "purchase_order_id,line_id,product_id,location_id,vendor_id,order_date,due_date,quantity,\
                 rejected_quantity,status",
            ),
            Extract::Receipts => {
                ("receipts", Days, "receipt_id,line_id,purchase_order_id,order_line_id,received_date,quantity")
            }
            Extract::Batches => ("batches", Days, "product_id,batch_id,produced_date,expiry_date"),
            Extract::ProductionPlans => (
                "production_plans",
                Days,
                "snapshot_date,version,product_id,location_id,period_start,period_end,due_date,quantity,known_at,\
                 status",
            ),
            Extract::ProductionOrders => (
                "production_orders",
                Days,
                "production_order_id,product_id,location_id,quantity,completed_quantity,scrapped_quantity,\
                 scheduled_start,scheduled_end,due_date,actual_start,actual_end,status",
            ),
            Extract::ProductionOperations => (
                "production_operations",
                OneFile,
                "production_order_id,operation,work_center_id,scheduled_start,scheduled_end,actual_start,actual_end,\
                 planned_hours,actual_hours,setup_hours,down_hours,good_quantity,scrap_quantity,ideal_hours_per_unit",
            ),
            Extract::StockMovements => (
                "stock_movements",
                Days,
                "movement_id,line_id,moved_at,created_at,product_id,location_id,batch_id,quantity,counted_quantity,\
                 value,type,document_id,linked_movement_id,linked_line_id,is_cancelled",
            ),
            _ => (
                "stock_balances",
                Days,
                "snapshot_date,product_id,location_id,batch_id,quantity,reserved_quantity,value,received_date",
            ),
        }
    }
}
