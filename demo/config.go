package demo

import _ "embed"

//go:embed khue.yaml
var configuration []byte

// Configuration is the khue.yaml that pulls the simulated city. Its variables are
// those that Variables gives.
func Configuration() []byte { return append([]byte(nil), configuration...) }

// Variables say where this city is served, by the names that its configuration
// uses. They hold secrets.
func (c *City) Variables() map[string]string {
	return map[string]string{
		"KHUE_DEMO_REGISTRY_URL":   c.RegistryURL(),
		"KHUE_DEMO_REGISTRY_TOKEN": c.Token(),
		"KHUE_DEMO_EVENTS_DRIVER":  c.DatabaseDriver(),
		"KHUE_DEMO_EVENTS_DSN":     c.DatabaseDSN(),
		"KHUE_DEMO_REPORTS_DIR":    c.ReportsDir(),
	}
}
