package ingest

import (
	"net/http"
	"net/url"
	"os"
	"strings"
)

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func (v *validator) rest(s *SourceConfig) {
	if !isWebAddress(s.URL) {
		v.fault("url", "a REST source needs a url with http or https")
	}
	v.auth(&s.Auth)
	if s.RateLimit != "" {
		if _, err := parseRate(s.RateLimit); err != nil {
			v.fault("rate_limit", "%v", err)
		}
	}
	if s.CAFile != "" {
		if _, err := os.Stat(s.CAFile); err != nil {
			v.fault("ca_file", "the file cannot be read: %v", err)
		}
	}
	if s.MaxBody < 0 {
		v.fault("max_body", "max_body is a number of bytes")
	}
}

func (v *validator) auth(a *Auth) {
	ways := 0
	for _, used := range []bool{a.Bearer != "" || a.BearerFile != "", a.Username != "", a.Header != "", v.has("auth/oauth2")} {
		if used {
			ways++
		}
	}
	if ways > 1 {
		v.fault("auth", "auth is one of bearer, username with password, header with key, oauth2")
	}
	if v.has("auth") && ways == 0 {
		v.fault("auth", "auth names no way: bearer, username with password, header with key, or oauth2")
	}
	if !v.has("auth/oauth2") {
		return
	}
	o := a.OAuth2
	if !isWebAddress(o.TokenURL) {
		v.fault("auth/oauth2/token_url", "oauth2 needs a token_url with http or https")
	}
	if o.ClientID == "" || (o.ClientSecret == "") == (o.ClientSecretFile == "") {
		v.fault("auth/oauth2", "oauth2 needs client_id, and either client_secret or client_secret_file")
	}
	if _, ok := oauth2Styles[o.Style]; !ok {
		v.fault("auth/oauth2/style", "style is header or body, not %q", o.Style)
	}
}

func (v *validator) restDataset(c *DatasetConfig) {
	v.paging(c.Paging)
	if v.has("incremental") && c.Incremental.Parameter == "" {
		v.fault("incremental", "incremental needs parameter: what takes the moment to read from")
	}
	switch c.Method {
	case "", http.MethodGet:
		if c.Body != nil {
			v.fault("body", "a body is sent with method: POST only")
		}
	case http.MethodPost:
	default:
		v.fault("method", "method is GET or POST, not %q", c.Method)
	}
	switch c.Shape {
	case "", shapeList, shapeMap, shapeObject:
	default:
		v.fault("shape", "shape is list, map or object, not %q", c.Shape)
	}
	if c.Lines && (c.Records != "" || c.Shape != "" && c.Shape != shapeList || c.Paging.Next != "" || c.Paging.Total != "") {
		v.fault("lines", "with lines each line is a record: records, shape, paging.next and paging.total mean nothing")
	}
}

func (v *validator) paging(p Paging) {
	need := func(key, value string) {
		if value == "" {
			v.fault("paging", "paging by %s needs %s", p.Kind, key)
		}
	}
	switch p.Kind {
	case "", "link":
	case "cursor":
		need("parameter", p.Parameter)
		need("next", p.Next)
	case "page", "offset":
		need("parameter", p.Parameter)
		if p.Size <= 0 {
			v.fault("paging", "paging by %s needs size, to know the last page", p.Kind)
		}
	default:
		v.fault("paging/kind", "paging is by cursor, page, offset or link, not %q", p.Kind)
	}
	if p.MaxPages < 0 {
		v.fault("paging/max_pages", "max_pages is a number of pages")
	}
	if p.Total != "" && p.TotalHeader != "" {
		v.fault("paging/total", "the length of the list stands at total or in total_header, not both")
	}
	if p.Next != "" && strings.HasPrefix(p.Total, p.Next+".") {
		v.fault("paging/total", "total cannot stand within next")
	}
}
