package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"khue"
	"khue/access"
	"khue/dashboards"
)

// cookies are those of readers, who come by TLS when the public address says so.
func (c Config) cookies() access.Cookies {
	return access.Cookies{Secure: strings.HasPrefix(c.PublicURL, "https://")}
}

// validateAccess checks what the settings say of who gets in.
func (c Config) validateAccess(faults *khue.Faults) {
	for name, set := range map[string]bool{"uploads": c.Uploads != nil, "actions": c.Actions != nil, "confidential_reports": c.ConfidentialReports != nil} {
		if set {
			faults.Add(c.file, lineOf(&c.root, name), "%s: this setting is gone: whoever is signed in does what their roles allow (khue user); take it out", name)
		}
	}
	for _, one := range c.TrustedProxies {
		_, single := netip.ParseAddr(one)
		_, several := netip.ParsePrefix(one)
		if single != nil && several != nil {
			faults.Add(c.file, lineOf(&c.root, "trusted_proxies"), "trusted_proxies: %q is neither an address nor a network such as 10.0.0.0/8", one)
		}
	}
	if c.PrivateAddr != "" {
		if _, _, err := net.SplitHostPort(c.PrivateAddr); err != nil {
			faults.Add(c.file, lineOf(&c.root, "private_addr"), "private_addr: %q is not host:port", c.PrivateAddr)
		}
	}
}

// siteAddress is where people reach the pages of a server that listens on addr.
func (c Config) siteAddress(addr string) string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	return "http://" + addr
}

// inviteFirst prints a one-time link for the first administrator, as long as none has
// set a password. It is printed for whoever sits at the machine, and not logged.
func (o *Observatory) inviteFirst(ctx context.Context, addr net.Addr) error {
	needs, err := o.People.NeedsFirst(ctx)
	if err != nil || !needs {
		return err
	}
	login, secret, err := o.People.First(ctx)
	if err != nil {
		return err
	}
	words := khue.Text{
		VI: "Mở liên kết này để đăng nhập lần đầu với tài khoản %s (dùng một lần, trong 15 phút; tạo lại bằng: khue user link %[1]s):",
		EN: "Open this link to sign in for the first time as %s (it works once, within 15 minutes; khue user link %[1]s makes another):",
	}
	_, err = fmt.Fprintf(os.Stdout, "\n"+words.In(o.lang())+"\n\n    %[2]s\n\n", login, o.Config.siteAddress(addr.String())+dashboards.LinkAddress(secret))
	return err
}

// servePrivately answers the operator's machines where the configuration says so.
func (o *Observatory) servePrivately(ctx context.Context, group *errgroup.Group) error {
	if o.Config.PrivateAddr == "" {
		return nil
	}
	listener, err := listen(ctx, o.Config.PrivateAddr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: o.private(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	group.Go(func() error { return serveUntil(ctx, server, listener) })
	o.Log.Info("metrics and profiles are served privately", "address", "http://"+listener.Addr().String())
	return nil
}

// private are the end points that ask nobody who they are: they belong on an address
// that the operator's own machines alone reach.
func (o *Observatory) private() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.metrics(), promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	// Not the command line, which may hold the password of a database.
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
