-- The user for analysts on a ClickHouse server of your own. Run it once as an
-- administrator, after `khue migrate` has made the schema of views (pub; for a warehouse
-- called x it is x_pub), then set sql.url or sql.url_file of Khuê to
-- https://khue_sql:PASSWORD@HOST:8443. `khue check` tries what this user can do and tells
-- what is too much. docs/sql.md tells the rest.
--
-- The server's config.xml has to say, under access_control_improvements,
--   settings_constraints_replace_previous: true (so that two limits may be lowered),
--   select_from_system_db_requires_grant: true,
--   select_from_information_schema_requires_grant: true
-- which is what its default file says from 24.8 on.
CREATE SETTINGS PROFILE IF NOT EXISTS khue_sql SETTINGS
    readonly = 1,
    max_execution_time = 60 MIN 1 MAX 60 CHANGEABLE_IN_READONLY,
    max_result_rows = 1000000 MIN 1 MAX 1000000 CHANGEABLE_IN_READONLY,
    session_timezone CHANGEABLE_IN_READONLY,
    date_time_output_format CHANGEABLE_IN_READONLY,
    join_use_nulls CHANGEABLE_IN_READONLY,
    max_result_bytes = 1000000000,
    result_overflow_mode = 'throw',
    max_memory_usage = 2000000000,
    max_memory_usage_for_user = 4000000000,
    max_temporary_data_on_disk_size_for_user = 5000000000,
    max_concurrent_queries_for_user = 8,
    cancel_http_readonly_queries_on_client_close = 1,
    output_format_json_quote_denormals = 1;

CREATE QUOTA IF NOT EXISTS khue_sql FOR INTERVAL 1 hour MAX queries = 10000, execution_time = 14400;

CREATE ROLE IF NOT EXISTS khue_sql SETTINGS PROFILE 'khue_sql';

GRANT SELECT ON pub.* TO khue_sql;

-- Where Khuê runs; nobody else needs to reach this user.
CREATE USER IF NOT EXISTS khue_sql IDENTIFIED WITH sha256_password BY 'CHANGE-ME' HOST IP '127.0.0.1' DEFAULT ROLE khue_sql SETTINGS PROFILE 'khue_sql';

GRANT khue_sql TO khue_sql;

ALTER QUOTA khue_sql TO khue_sql;
