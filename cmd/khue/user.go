package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"khue"
	"khue/access"
	"khue/dashboards"
)

// withPeople runs a command's work on the book of people; a server may run meanwhile.
func (s *shared) withPeople(ctx context.Context, work func(ctx context.Context, o *Observatory) error) error {
	return s.withState(ctx, func(ctx context.Context, o *Observatory) error {
		var err error
		if o.People, err = access.Open(access.Options{Store: o.State, Now: o.Now}); err != nil {
			return err
		}
		return work(ctx, o)
	})
}

func newUser(s *shared) *cobra.Command {
	c := &cobra.Command{
		Use:   "user",
		Short: "Accounts: who may use the observatory, in which roles",
		Long: `Accounts and their roles: leader, staff, analyst, clerk (of named wards) and
administrator. Nobody has a password until they set one: a person gets in by a
one-time link first. The same is done on the pages (/people).`,
	}
	c.AddCommand(newUserList(s), newUserAdd(s), newUserRoles(s), newUserDisable(s), newUserLink(s), newUserPassword(s), newUserBind(s), newUserSecondStep(s))
	return c
}

func newUserList(s *shared) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the accounts", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				all, err := o.People.People(ctx)
				if err != nil {
					return err
				}
				t := table.NewWriter()
				t.SetOutputMirror(cmd.OutOrStdout())
				t.AppendHeader(table.Row{"login", "name", "roles", "areas", "state"})
				for _, p := range all {
					stands := khue.Text{VI: "đang dùng", EN: "in use"}
					switch {
					case p.Disabled:
						stands = khue.Text{VI: "đã khóa", EN: "locked"}
					case p.Provider:
						stands = khue.Text{VI: "tài khoản của cơ quan", EN: "the office's account"}
					case !p.HasPassword:
						stands = khue.Text{VI: "chưa đặt mật khẩu", EN: "no password yet"}
					}
					roles := make([]string, len(p.Roles))
					for i, r := range p.Roles {
						roles[i] = string(r)
					}
					t.AppendRow(table.Row{p.Login, p.Name, strings.Join(roles, ", "), strings.Join(p.Areas, ", "), stands.In(o.lang())})
				}
				t.Render()
				return nil
			})
		},
	}
}

// rolesFlags are those that give a person roles.
type rolesFlags struct{ roles, areas []string }

func (f *rolesFlags) register(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.roles, "role", nil, "leader, staff, analyst, clerk, administrator; several are joined with commas")
	c.Flags().StringSliceVar(&f.areas, "area", nil, "codes of the areas that a clerk is of (khue areas)")
}

func newUserAdd(s *shared) *cobra.Command {
	var name string
	var f rolesFlags
	var addr string
	c := &cobra.Command{
		Use: "add LOGIN", Short: "Add a person, and print a link with which they sign in first", Args: cobra.ExactArgs(1),
		Example: "  khue user add lan --name 'Nguyễn Thị Lan' --role staff\n  khue user add hoa --name 'Phạm Thị Hoa' --role clerk --area 00070",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				p, err := o.People.Add(ctx, access.AtConsole, args[0], name, f.roles, f.areas)
				if err != nil {
					return err
				}
				return o.printLink(ctx, cmd, p.Login, addr)
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "name as reports and notes print it")
	c.Flags().StringVar(&addr, "addr", "", "host:port of the server, for the link (default addr or public_url of the configuration)")
	f.register(c)
	return c
}

func newUserRoles(s *shared) *cobra.Command {
	var f rolesFlags
	c := &cobra.Command{
		Use: "roles LOGIN", Short: "Give a person other roles; their sessions end", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				return o.People.SetRoles(ctx, access.AtConsole, args[0], f.roles, f.areas)
			})
		},
	}
	f.register(c)
	return c
}

func newUserDisable(s *shared) *cobra.Command {
	var undo bool
	c := &cobra.Command{
		Use: "disable LOGIN", Short: "Lock a person out, or let them in again (--undo)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				return o.People.SetDisabled(ctx, access.AtConsole, args[0], !undo)
			})
		},
	}
	c.Flags().BoolVar(&undo, "undo", false, "let the person in again")
	return c
}

func newUserLink(s *shared) *cobra.Command {
	var addr string
	c := &cobra.Command{
		Use: "link LOGIN", Short: "Print a one-time link that signs a person in: for the first time, or a lost password", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error { return o.printLink(ctx, cmd, args[0], addr) })
		},
	}
	c.Flags().StringVar(&addr, "addr", "", "host:port of the server (default addr or public_url of the configuration)")
	return c
}

func (o *Observatory) printLink(ctx context.Context, cmd *cobra.Command, login, addr string) error {
	secret, ends, err := o.People.Link(ctx, access.AtConsole, login)
	if err != nil {
		return err
	}
	base := o.Config.siteAddress(o.Config.Addr)
	if addr != "" {
		base = "http://" + addr
	}
	fmt.Fprintln(cmd.OutOrStdout(), base+dashboards.LinkAddress(secret))
	words := khue.Text{VI: "Dùng được một lần, đến %s.", EN: "It works once, until %s."}
	fmt.Fprintf(cmd.ErrOrStderr(), words.In(o.lang())+"\n", ends.In(o.Zone).Format("15:04:05 02/01/2006"))
	return nil
}

func newUserPassword(s *shared) *cobra.Command {
	return &cobra.Command{
		Use: "password LOGIN", Short: "Set a person's password, typed or from standard input; their sessions end", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				password, err := readPassword(cmd, o.lang())
				if err != nil {
					return err
				}
				return o.People.SetPassword(ctx, access.AtConsole, args[0], password)
			})
		},
	}
}

// readPassword reads without showing what is typed; from a pipe it takes one line.
func readPassword(cmd *cobra.Command, lang khue.Lang) (string, error) {
	if !isatty.IsTerminal(os.Stdin.Fd()) {
		text, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		if err != nil && text == "" {
			return "", khue.Errorf(khue.Invalid, "không đọc được mật khẩu từ đầu vào", "no password came from standard input").Because(err)
		}
		return strings.TrimRight(text, "\r\n"), nil
	}
	fmt.Fprint(cmd.ErrOrStderr(), khue.Text{VI: "Mật khẩu mới: ", EN: "New password: "}.In(lang))
	typed, err := term.ReadPassword(int(os.Stdin.Fd())) //nolint:gosec // a descriptor fits
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	return string(typed), nil
}

func newToken(s *shared) *cobra.Command {
	c := &cobra.Command{Use: "token", Short: "API tokens: secrets by which programs ask in a person's name"}
	c.AddCommand(newTokenCreate(s), newTokenList(s), newTokenRevoke(s))
	return c
}

func newTokenCreate(s *shared) *cobra.Command {
	var name string
	var rights []string
	var days int
	c := &cobra.Command{
		Use: "create LOGIN", Short: "Make a token for a person; it is printed this once", Args: cobra.ExactArgs(1),
		Example: "  khue token create minh --name 'R on the desk' --right api --days 90",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				_, secret, err := o.People.MakeToken(ctx, access.AtConsole, args[0], name, rights, time.Duration(min(max(days, 0), 1000))*24*time.Hour)
				if err == nil {
					fmt.Fprintln(cmd.OutOrStdout(), secret)
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "what it is for")
	c.Flags().StringSliceVar(&rights, "right", []string{string(access.AskAPI)}, "what it may at most: api, sql, look, download, inspect, confidential")
	c.Flags().IntVar(&days, "days", 90, "how long it holds, at most 366")
	return c
}

func newTokenList(s *shared) *cobra.Command {
	return &cobra.Command{
		Use: "list [LOGIN]", Short: "List the tokens of a person, or of all", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				all, err := o.People.Tokens(ctx, strings.Join(args, ""))
				if err != nil {
					return err
				}
				t := table.NewWriter()
				t.SetOutputMirror(cmd.OutOrStdout())
				t.AppendHeader(table.Row{"id", "login", "name", "rights", "ends", "last used", "holds"})
				for _, k := range all {
					used := ""
					if !k.UsedAt.IsZero() {
						used = k.UsedAt.In(o.Zone).Format("2006-01-02 15:04")
					}
					rights := make([]string, len(k.Rights))
					for i, r := range k.Rights {
						rights[i] = string(r)
					}
					t.AppendRow(table.Row{k.ID, k.Login, k.Name, strings.Join(rights, ", "), k.EndsAt.In(o.Zone).Format("2006-01-02 15:04"), used, !k.Over})
				}
				t.Render()
				return nil
			})
		},
	}
}

func newTokenRevoke(s *shared) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a token at once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				return o.People.RevokeToken(ctx, access.AtConsole, args[0], "")
			})
		},
	}
}

func newUserSecondStep(s *shared) *cobra.Command {
	return &cobra.Command{
		Use: "totp-off LOGIN", Short: "Take the second step of signing in away from somebody whose phone is lost", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withPeople(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				return o.People.DropAuthenticator(ctx, access.AtConsole, args[0])
			})
		},
	}
}
