package main

import "khue"

// SQL is about statements of analysts on the schema of views.
type SQL struct {
	// Off lets nobody run any.
	Off bool `yaml:"off" env:"OFF"`
	// URL is the HTTP interface of a ClickHouse server of your own, with the user for
	// analysts: https://khue_analyst:…@host:8443. The embedded engine needs none.
	URL     Secret `yaml:"url" env:"URL"`
	URLFile string `yaml:"url_file" env:"URL_FILE"` // file that holds it
}

// sqlOff is why statements are not taken.
func sqlOff() error {
	return khue.Errorf(khue.Unavailable, "SQL đang tắt trong cấu hình (sql.off)", "SQL is turned off in the configuration (sql.off)").Coded("sql_off", "")
}
