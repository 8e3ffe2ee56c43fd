// What PgJDBC sees of a served set: metadata, prepared statements, cursors and timeouts. Prints `name: value` lines, and
// ends with 1 where something is not as it should be.
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

public class Client {
    static void hold(boolean is, String what) {
        System.out.println(what + ": " + (is ? "as it should be" : "NOT as it should be"));
        if (!is) System.exit(1);
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(arguments[0])) {
            DatabaseMetaData told = connection.getMetaData();
            List<String> schemas = new ArrayList<>();
            try (ResultSet rows = told.getSchemas()) {
                while (rows.next()) schemas.add(rows.getString("TABLE_SCHEM"));
            }
            hold(schemas.contains("marts"), "schemas");
            List<String> tables = new ArrayList<>();
            try (ResultSet rows = told.getTables(null, "marts", "%", null)) {
                while (rows.next()) tables.add(rows.getString("TABLE_NAME"));
            }
            hold(tables.contains("workshop_hours") && tables.contains("workshop_products"), "tables");
            String digits = "";
            try (ResultSet rows = told.getColumns(null, "marts", "workshop_hours", "shift_hours")) {
                while (rows.next()) digits = rows.getString("TYPE_NAME") + " " + rows.getInt("COLUMN_SIZE") + " " + rows.getInt("DECIMAL_DIGITS") + " " + rows.getString("REMARKS");
            }
            hold(digits.equals("numeric 38 4 Hours of its shifts. Unit: hours."), "columns (" + digits + ")");
            List<String> keys = new ArrayList<>();
            try (ResultSet rows = told.getPrimaryKeys(null, "marts", "workshop_hours")) {
                while (rows.next()) keys.add(rows.getInt("KEY_SEQ") + " " + rows.getString("COLUMN_NAME"));
            }
            hold(keys.equals(List.of("1 work_center_id", "2 month")), "primary key " + keys);
            List<String> indexed = new ArrayList<>();
            try (ResultSet rows = told.getIndexInfo(null, "marts", "workshop_hours", true, false)) {
                while (rows.next()) indexed.add(rows.getString("INDEX_NAME") + " " + rows.getString("COLUMN_NAME"));
            }
            hold(indexed.equals(List.of("workshop_hours_key work_center_id", "workshop_hours_key month")), "indexes " + indexed);
            for (ResultSet rows : new ResultSet[] {
                told.getImportedKeys(null, "marts", "workshop_hours"),
                told.getExportedKeys(null, "marts", "workshop_hours"),
                told.getFunctions(null, "marts", "%"),
                told.getProcedures(null, "marts", "%"),
                told.getUDTs(null, "marts", "%", null),
            }) {
                hold(!rows.next(), "what sets do not have");
            }
            try (ResultSet rows = told.getTypeInfo()) {
                hold(rows.next(), "types");
            }
            String by_day = "select count(*), max(hours) from marts.workshop_hours where month = ? and hours >= ? and work_center_id = any(?)";
            try (PreparedStatement statement = connection.prepareStatement(by_day)) {
                statement.setDate(1, java.sql.Date.valueOf("2026-01-01"));
                statement.setBigDecimal(2, new BigDecimal("1E+1"));
                statement.setArray(3, connection.createArrayOf("text", new String[] {"CUTTING", "no \"body\", nobody"}));
                try (ResultSet rows = statement.executeQuery()) {
                    rows.next();
                    hold(rows.getLong("count") == 1 && rows.getBigDecimal("max").signum() > 0, "a day, a number and an array");
                }
            }
            String sql = "select count(*), sum(shift_hours) from marts.workshop_hours where work_center_id = ? and shift_hours > ?";
            long count = -1;
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (int time = 0; time < 7; time++) {
                    statement.setString(1, "CUTTING");
                    statement.setBigDecimal(2, new BigDecimal("0.5"));
                    try (ResultSet rows = statement.executeQuery()) {
                        rows.next();
                        hold(count == -1 || count == rows.getLong(1), "prepared, time " + (time + 1));
                        count = rows.getLong(1);
                    }
                }
            }
            hold(count > 0, "rows");
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(100);
                int seen = 0;
                try (ResultSet rows = statement.executeQuery("select * from generate_series(1, 2500)")) {
                    while (rows.next()) seen++;
                }
                hold(seen == 2500, "cursor");
            }
            connection.commit();
            connection.setAutoCommit(true);
            long started = System.currentTimeMillis();
            try (Statement statement = connection.createStatement()) {
                statement.setQueryTimeout(1);
                statement.executeQuery("select count(*) from generate_series(1, 100000000000)");
                hold(false, "timeout");
            } catch (SQLException error) {
                hold(error.getSQLState().equals("57014"), "timeout (" + error.getSQLState() + ")");
            }
            hold(System.currentTimeMillis() - started < 3000, "timeout in time");
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("delete from marts.workshop_hours");
                hold(false, "writes");
            } catch (SQLException error) {
                hold(error.getSQLState().equals("25006"), "writes (" + error.getSQLState() + ")");
            }
        }
    }
}
