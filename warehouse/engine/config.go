package engine

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// Files in the data folder.
const (
	configFile  = "engine-config.xml"
	usersFile   = "engine-users.xml"
	addressFile = "engine.json"
	storeFolder = "clickhouse"
)

// Names of the users that the embedded engine knows. The service user may do
// everything in the engine; the analyst may only read what it is granted.
const (
	ServiceUser = "khue"
	AnalystUser = "khue_analyst"
)

// Credentials are the secrets of one life of an engine, made anew at each start.
type Credentials struct {
	Service string
	Analyst string
}

func newCredentials() Credentials { return Credentials{Service: secret(), Analyst: secret()} }

func secret() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // crypto/rand never fails; it ends the process instead
	return hex.EncodeToString(b)
}

// configTemplate keeps the engine small beside its host: one machine runs the
// server, the jobs and the engine. Inserted parts are synced to the disk before
// they count as there: the batch book must not outlive what it says was posted
// when the power goes.
var configTemplate = template.Must(template.New("config").Funcs(template.FuncMap{"xml": xmlText}).Parse(`<clickhouse>
  <logger>
    <level>warning</level>
    <log>{{xml .Dir}}/engine.log</log>
    <errorlog>{{xml .Dir}}/engine.err.log</errorlog>
    <size>20M</size><count>3</count>
  </logger>
  <users_config>{{xml .Users}}</users_config>
  <user_directories>
    <users_xml><path>{{xml .Users}}</path></users_xml>
    <local_directory><path>{{xml .Store}}/access/</path></local_directory>
  </user_directories>
  <max_server_memory_usage_to_ram_ratio>0.6</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>268435456</mark_cache_size>
  <max_concurrent_queries>200</max_concurrent_queries>
  <access_control_improvements>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>
    <table_engines_require_grant>true</table_engines_require_grant>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
    <users_without_row_policies_can_read_rows>true</users_without_row_policies_can_read_rows>
  </access_control_improvements>
  <merge_tree>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
  </merge_tree>
</clickhouse>
`))

// usersTemplate knows three users. "default" is the engine's own local session:
// it needs no password there, so it is held to one session, which the local
// session takes before the ports open: nobody else can come in under that name.
var usersTemplate = template.Must(template.New("users").Funcs(template.FuncMap{"xml": xmlText}).Parse(`<clickhouse>
  <profiles>
    <default></default>
    <local><max_sessions_for_user>1</max_sessions_for_user></local>
    <service></service>
    <analyst>
      <readonly>1</readonly>
      <max_execution_time>60</max_execution_time>
      <max_memory_usage>2000000000</max_memory_usage>
      <max_memory_usage_for_user>4000000000</max_memory_usage_for_user>
      <max_temporary_data_on_disk_size_for_user>5000000000</max_temporary_data_on_disk_size_for_user>
      <max_result_rows>1000000</max_result_rows>
      <max_result_bytes>1000000000</max_result_bytes>
      <result_overflow_mode>throw</result_overflow_mode>
      <max_concurrent_queries_for_user>8</max_concurrent_queries_for_user>
      <cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>
      <output_format_json_quote_denormals>1</output_format_json_quote_denormals>
      <constraints>
        <max_execution_time><min>1</min><max>60</max><changeable_in_readonly/></max_execution_time>
        <max_result_rows><min>1</min><max>1000000</max><changeable_in_readonly/></max_result_rows>
        <session_timezone><changeable_in_readonly/></session_timezone>
        <date_time_output_format><changeable_in_readonly/></date_time_output_format>
        <join_use_nulls><changeable_in_readonly/></join_use_nulls>
      </constraints>
    </analyst>
  </profiles>
  <quotas><default></default></quotas>
  <users>
    <default>
      <no_password/><profile>local</profile><quota>default</quota>
      <networks><ip>127.0.0.1</ip></networks>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT FILE ON *.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
      </grants>
    </default>
    <{{.ServiceUser}}>
      <password>{{xml .Credentials.Service}}</password><profile>service</profile><quota>default</quota>
      <networks><ip>127.0.0.1</ip></networks>
      <grants><query>GRANT ALL ON *.* WITH GRANT OPTION</query></grants>
    </{{.ServiceUser}}>
    <{{.AnalystUser}}>
      <password>{{xml .Credentials.Analyst}}</password><profile>analyst</profile><quota>default</quota>
      <networks><ip>127.0.0.1</ip></networks>
      <grants><query>GRANT SELECT ON {{.PublicSchema}}.*</query></grants>
    </{{.AnalystUser}}>
  </users>
</clickhouse>
`))

// PublicSchema is the only database the analyst may read; it holds views alone.
const PublicSchema = "pub"

func writeConfig(dir string, c Credentials) error {
	values := map[string]any{
		"Dir": dir, "Store": filepath.Join(dir, storeFolder), "Users": filepath.Join(dir, usersFile),
		"ServiceUser": ServiceUser, "AnalystUser": AnalystUser, "PublicSchema": PublicSchema, "Credentials": c,
	}
	for name, t := range map[string]*template.Template{configFile: configTemplate, usersFile: usersTemplate} {
		var b bytes.Buffer
		if err := t.Execute(&b, values); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		if err := writePrivate(filepath.Join(dir, name), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// writePrivate replaces a file in one step, readable by its owner alone.
func writePrivate(path string, content []byte) error {
	next := path + ".next"
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
