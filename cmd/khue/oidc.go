package main

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"khue"
	"khue/access"
	"khue/access/provider"
	"khue/dashboards"
)

// OIDC is the office's provider of sign-in (OpenID Connect); without an issuer there
// is none.
type OIDC struct {
	Issuer           string            `yaml:"issuer" env:"ISSUER"` // as the provider writes it, to the letter
	ClientID         string            `yaml:"client_id" env:"CLIENT_ID"`
	ClientSecret     Secret            `yaml:"client_secret" env:"CLIENT_SECRET"` // ${NAME} takes a variable
	ClientSecretFile string            `yaml:"client_secret_file" env:"CLIENT_SECRET_FILE"`
	Scopes           []string          `yaml:"scopes" env:"SCOPES"`             // profile and email when empty
	GroupsClaim      string            `yaml:"groups_claim" env:"GROUPS_CLAIM"` // groups when empty
	NameClaim        string            `yaml:"name_claim" env:"NAME_CLAIM"`     // name when empty
	Roles            map[string]string `yaml:"roles" env:"-"`                   // by group of the provider
	Wards            map[string]string `yaml:"wards" env:"-"`                   // codes of areas of clerks, by group
	Only             bool              `yaml:"only" env:"ONLY"`                 // no passwords beside it
}

// groups are what groups of the provider are here.
func (o OIDC) groups() access.Groups {
	out := access.Groups{Roles: map[string]access.Role{}, Wards: o.Wards}
	for group, role := range o.Roles {
		out.Roles[group] = access.Role(role)
	}
	return out
}

// validateOIDC adds the faults of the part oidc.
func (c Config) validateOIDC(faults *khue.Faults) {
	o := c.OIDC
	fault := func(key, format string, args ...any) {
		faults.Add(c.file, lineOf(&c.root, "oidc", key), "oidc."+key+": "+format, args...)
	}
	if o.Issuer == "" {
		if o.ClientID != "" || o.Only || len(o.Roles) > 0 {
			fault("issuer", "the provider's issuer is missing, as https://login.example.vn")
		}
		return
	}
	if !isWebAddress(o.Issuer) || !overTLS(o.Issuer) {
		fault("issuer", "%q is no address that begins with https:// (http:// goes to this machine alone)", o.Issuer)
	}
	if c.PublicURL == "" {
		faults.Add(c.file, lineOf(&c.root, "oidc"), "oidc: public_url is needed: the provider sends people back there")
	}
	if o.ClientID == "" {
		fault("client_id", "by which the provider knows Khuê is missing")
	}
	if len(o.Roles) == 0 {
		fault("roles", "no group has a role, so nobody would get in; write group: role")
	}
	clerks := false
	for _, group := range sortedKeys(o.Roles) {
		if _, err := access.ParseRole(o.Roles[group]); err != nil {
			faults.Add(c.file, lineOf(&c.root, "oidc", "roles", group), "oidc.roles.%s: %s", group, khue.MessageOf(err).EN)
		}
		clerks = clerks || o.Roles[group] == string(access.Clerk)
	}
	for _, group := range sortedKeys(o.Wards) {
		if _, there := khue.AreaOf(o.Wards[group]); !there {
			faults.Add(c.file, lineOf(&c.root, "oidc", "wards", group), "oidc.wards.%s: there is no area %q", group, o.Wards[group])
		}
	}
	if clerks && len(o.Wards) == 0 {
		fault("wards", "a group has the role clerk, and no group says of which ward; write group: code of the area")
	}
}

// overTLS tells that an address is reached by TLS, or on this machine.
func overTLS(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// provider is where people of the office sign in; nil when nowhere. It is looked for
// until ctx ends: the server does not wait for it.
func (o *Observatory) provider(ctx context.Context, key []byte) dashboards.Provider {
	c := o.Config.OIDC
	if c.Issuer == "" {
		return nil
	}
	site := strings.TrimRight(o.Config.PublicURL, "/")
	scopes := slices.Clone(c.Scopes)
	if len(scopes) == 0 {
		scopes = []string{"profile", "email"}
	}
	p := provider.New(provider.Options{
		Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: string(c.ClientSecret), Scopes: scopes, GroupsClaim: c.GroupsClaim, NameClaim: c.NameClaim,
		Redirect: site + dashboards.ProviderReturn, Site: site, Key: key, Now: o.Now, Logger: o.Log,
	})
	go func() { _ = p.Run(ctx) }() // it ends with ctx, and has told the log
	return p
}

func newUserBind(s *shared) *cobra.Command {
	return &cobra.Command{
		Use: "bind LOGIN SUBJECT", Short: "Have an account be that of a subject of the provider (oidc); roles then follow their groups", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if o.Config.OIDC.Issuer == "" {
					return khue.Errorf(khue.Invalid, "cấu hình chưa có oidc.issuer", "the configuration has no oidc.issuer")
				}
				return o.People.Bind(ctx, access.AtConsole, args[0], o.Config.OIDC.Issuer, args[1])
			})
		},
	}
}
