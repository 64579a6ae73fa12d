package ingest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
	"github.com/shopspring/decimal"
	"golang.org/x/text/unicode/norm"

	"khue"
)

// expression works a value out of the columns of a row. It reads nothing else: no
// clock, no file, no network. What it may cost is bounded when it is compiled.
type expression struct {
	code    *vm.Program
	columns []string
	cells   []int
	row     map[string]any
	env     map[string]any
}

// rowName is what expressions call the row: row["Số lượt"].
const rowName = "row"

// forbidden are functions whose result changes by the hour, or whose cost a short
// expression can make as large as it likes.
var forbidden = []string{"now", "repeat", "reduce", "sortBy", "groupBy"}

// expression compiles one, with its faults told at a key of the configuration.
func (k *compiler) expression(at, source string, fits func(reflect.Type) bool, wanted string) *expression {
	source = norm.NFC.String(source)
	tree, err := parser.Parse(source)
	if err != nil {
		k.fault(at, "the expression cannot be read: %s", shortly(err))
		return nil
	}
	v := &inspector{}
	ast.Walk(&tree.Node, v)
	if v.bare != v.members {
		v.faults = append(v.faults, `a column is named in quotes, as row["Số lượt"]`)
	}
	for _, f := range v.faults {
		k.fault(at, "%s", f)
	}
	if v.faults != nil {
		return nil
	}
	e := &expression{columns: v.columns, row: make(map[string]any)}
	e.env = map[string]any{rowName: e.row}
	options := []expr.Option{expr.Env(map[string]any{rowName: map[string]any{}}), expr.MaxNodes(500)}
	for _, name := range forbidden {
		options = append(options, expr.DisableBuiltin(name))
	}
	options = append(options, expr.Function("number", k.number, new(func(any) float64), new(func(any, string) float64)),
		expr.Function("blank", blank, new(func(any) bool)), expr.Function("bare", bareText, new(func(any) string)))
	if e.code, err = expr.Compile(source, options...); err != nil {
		k.fault(at, "the expression does not hold: %s", shortly(err))
		return nil
	}
	if t := e.code.Node().Type(); t != nil && t.Kind() != reflect.Interface && !fits(t) {
		k.fault(at, "the expression gives a %s, not %s", t, wanted)
		return nil
	}
	for _, c := range e.columns {
		e.cells = append(e.cells, k.cell(c))
	}
	return e
}

// shortly is the first line of an error, with its place in the expression.
func shortly(err error) string {
	var f *file.Error
	if errors.As(err, &f) {
		return fmt.Sprintf("%s (column %d)", f.Message, f.Column+1)
	}
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}

// inspector gathers the columns that an expression reads and finds what is not allowed.
type inspector struct {
	columns       []string
	bare, members int // how often the row is named, and how often with a column
	faults        []string
}

// Visit implements ast.Visitor.
func (v *inspector) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if n.Value == rowName {
			v.bare++
		}
	case *ast.MemberNode:
		of, ok := n.Node.(*ast.IdentifierNode)
		if !ok || of.Value != rowName {
			return
		}
		if name, ok := n.Property.(*ast.StringNode); ok {
			v.members++
			if !slices.Contains(v.columns, name.Value) {
				v.columns = append(v.columns, name.Value)
			}
		}
	case *ast.PredicateNode:
		inner := &loops{}
		ast.Walk(&n.Node, inner)
		if inner.found {
			v.faults = append(v.faults, "an expression may not loop within a loop")
		}
	case *ast.BinaryNode:
		if n.Operator == ".." {
			v.faults = append(v.faults, "an expression may not count through a range")
		}
	}
}

type loops struct{ found bool }

// Visit implements ast.Visitor.
func (l *loops) Visit(node *ast.Node) {
	if _, ok := (*node).(*ast.PredicateNode); ok {
		l.found = true
	}
}

// number reads a number as fields do: number(row["Lượt"]), or number(row["Lượt"], "vi").
func (k *compiler) number(args ...any) (any, error) {
	f := &field{}
	if len(args) == 2 {
		if f.number, _ = args[1].(string); f.number != "vi" && f.number != "en" {
			return nil, errors.New(`number(x, …) takes "vi" or "en"`)
		}
	}
	v, ok := exprValue(args[0])
	if !ok || v.Kind == Null || v.Kind == Text && strings.TrimSpace(v.S) == "" {
		return nil, errors.New("there is no number")
	}
	if why, _ := toDecimal(f, k.m, &v); why != content {
		return nil, fmt.Errorf("%v is not %s", args[0], why.EN)
	}
	x, _ := v.Ref.(decimal.Decimal).Float64()
	return x, nil
}

func blank(args ...any) (any, error) {
	s, isText := args[0].(string)
	return args[0] == nil || isText && strings.TrimSpace(s) == "", nil
}

func bareText(args ...any) (any, error) {
	if args[0] == nil {
		return "", nil
	}
	return unmarked(fmt.Sprint(args[0])), nil
}

// eval works the expression out for a row.
func (e *expression) eval(m *mapping, cells []Value) (any, error) {
	for i, c := range e.cells {
		v := &cells[c]
		switch v.Kind {
		case Unfit:
			return nil, fmt.Errorf("column %s (read %q): %s", e.columns[i], v.S, v.Ref.(khue.Text).EN)
		case Text:
			s, ok := cleanText(v.S)
			if !ok {
				return nil, fmt.Errorf("column %s: %s", e.columns[i], unreadableLetters.EN)
			}
			e.row[e.columns[i]] = s
		default:
			e.row[e.columns[i]] = m.plainValue(v)
		}
	}
	out, err := vm.Run(e.code, e.env)
	if err != nil {
		return nil, errors.New(shortly(err))
	}
	return out, nil
}

// plainValue is a raw value as expressions see it.
func (m *mapping) plainValue(v *Value) any {
	switch v.Kind {
	case Integer:
		return int(v.N)
	case Float:
		return v.Ref
	case Exact:
		return v.Ref.(decimal.Decimal).InexactFloat64()
	case Boolean:
		return v.N == 1
	case Instant:
		return v.time().In(m.zone)
	case Day:
		y, mo, d := v.time().Date()
		return time.Date(y, mo, d, 0, 0, 0, 0, m.zone)
	case List:
		return v.list()
	}
	return nil
}

// exprValue is the result of an expression as a raw value.
func exprValue(x any) (Value, bool) {
	switch x := x.(type) {
	case nil:
		return Value{}, true
	case string:
		return text(x), true
	case bool:
		return boolean(x), true
	case int:
		return integer(int64(x)), true
	case int64:
		return integer(x), true
	case float64:
		return Value{Kind: Float, Ref: x}, true
	case time.Time:
		return instant(x), true
	case []string:
		return Value{Kind: List, Ref: x}, true
	case []any:
		list := make([]string, len(x))
		for i, one := range x {
			v, ok := exprValue(one)
			if !ok || v.Kind == List {
				return Value{}, false
			}
			list[i] = (&mapping{}).textOf(&v)
		}
		return Value{Kind: List, Ref: list}, true
	}
	return Value{}, false
}

// fitsField tells whether a type of result can be a field's value.
func fitsField(f khue.Field) func(reflect.Type) bool {
	return func(t reflect.Type) bool {
		switch t.Kind() {
		case reflect.String:
			return true
		case reflect.Slice, reflect.Array:
			return f.Type == khue.DisciplinesList || f.Type == khue.TextList
		case reflect.Bool:
			return f.Type == khue.BooleanField || f.Type == khue.TextField || f.Type == khue.CodeField
		case reflect.Int, reflect.Int64, reflect.Float64:
			return f.Type != khue.DateField && f.Type != khue.InstantField
		case reflect.Struct:
			return t == reflect.TypeFor[time.Time]() && f.Type != khue.IntegerField && f.Type != khue.DecimalField && f.Type != khue.BooleanField
		}
		return false
	}
}

// work gives a field the value of its expression, or the fault of it.
func (f *field) work(m *mapping, v *Value, cells []Value) {
	at := -1
	if len(f.expression.cells) == 1 {
		at = f.expression.cells[0]
	}
	out, err := f.expression.eval(m, cells)
	raw, ok := exprValue(out)
	if err == nil && !ok {
		err = fmt.Errorf("the expression gives a %T", out)
	}
	if err != nil {
		m.faults = append(m.faults, fault{at, f, f.Name, "expression", notWorked(err), m.readBy(f.expression, cells)})
		*v = Value{}
		return
	}
	before := len(m.faults)
	*v = raw
	f.check(m, v, &raw)
	for i := before; i < len(m.faults); i++ {
		m.faults[i].cell = at
	}
}

func notWorked(err error) khue.Text {
	return says("giá trị mà biểu thức tính được: %v", "values that the expression can work with: %v", err)
}

// readBy is what an expression has read of a row, as one text.
func (m *mapping) readBy(e *expression, cells []Value) Value {
	parts := make([]string, len(e.cells))
	for i, c := range e.cells {
		parts[i] = m.textOf(&cells[c])
	}
	return text(strings.Join(parts, "; "))
}
