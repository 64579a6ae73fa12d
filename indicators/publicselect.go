package indicators

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
)

// publicPeriods are the grains of the published table.
var publicPeriods = map[string]khue.Grain{"month": khue.Month, "quarter": khue.Quarter, "year": khue.Year}

// PublicSelect writes a question as a SELECT over pub.figures, where that table holds
// its figures as they are; ok is false otherwise, and why says what stands in the way.
// The rows are those of a caller without rights. Combinations of which nothing is known
// have no row.
func (s *Service) PublicSelect(q Question) (sql string, why khue.Text, ok bool) {
	grain, why := s.catalogue.publicGrain(q)
	if why.VI == "" {
		why = s.notYet(q, grain)
	}
	if why.VI != "" {
		return "", why, false
	}
	filters := []string{"measure IN (" + quotedList(q.Measures) + ")", "grain = '" + string(grain) + "'"}
	if !q.From.IsZero() {
		filters = append(filters, "starts_on >= '"+q.From.Format(time.DateOnly)+"'")
	}
	if !q.To.IsZero() {
		filters = append(filters, "starts_on < '"+q.To.Format(time.DateOnly)+"'")
	}
	for _, dim := range publicationDims {
		values, limited := q.Where[dim]
		codes := make([]string, len(values))
		for i, v := range values {
			if codes[i] = v; v == "" {
				codes[i] = PublicUnknown
			}
		}
		switch split := slices.Contains(q.By, dim); {
		case split && limited:
			filters = append(filters, dim+" IN ("+quotedList(codes)+")")
		case split:
			filters = append(filters, dim+" != '"+PublicTotal+"'")
		case limited:
			filters = append(filters, dim+" = "+quotedText(codes[0]))
		default:
			filters = append(filters, dim+" = '"+PublicTotal+"'")
		}
	}
	return publicText(q, filters), khue.Text{}, true
}

// publicGrain is the grain of the rows that hold a question's figures; why is set when
// the table does not hold them.
func (c *Catalogue) publicGrain(q Question) (grain khue.Grain, why khue.Text) {
	if why := c.notPublic(q); why.VI != "" {
		return "", why
	}
	for _, dim := range q.By {
		if g, isGrain := publicPeriods[dim]; isGrain {
			if !begins(q.From, g) || !begins(q.To, g) {
				return "", khue.Text{VI: "khoảng thời gian không gồm trọn các kỳ", EN: "the span is not made of whole periods"}
			}
			return g, khue.Text{}
		}
	}
	for _, g := range []khue.Grain{khue.Year, khue.Quarter, khue.Month} { // without a grain: one period, taken whole
		if !q.From.IsZero() && khue.PeriodOf(q.From, g).Start().Equal(q.From) && khue.PeriodOf(q.From, g).End().Equal(q.To) {
			return g, khue.Text{}
		}
	}
	return "", khue.Text{VI: "không chia theo kỳ thì chỉ hỏi được đúng một tháng, một quý hoặc một năm", EN: "without a period in it, a question has to be of exactly one month, quarter or year"}
}

// notYet tells that a stock is asked about in periods that have not begun: the table
// has none of these.
func (s *Service) notYet(q Question, grain khue.Grain) khue.Text {
	if q.To.IsZero() || !q.To.After(khue.PeriodOf(s.Today(), grain).End()) {
		return khue.Text{}
	}
	for _, name := range q.Measures {
		if m, err := s.catalogue.Measure(name); err == nil && m.Kind == "stock" {
			return khue.Text{VI: fmt.Sprintf("kỳ chưa đến của %q không có trong bảng công bố", name), EN: fmt.Sprintf("periods of %q that have not begun are not in the published table", name)}
		}
	}
	return khue.Text{}
}

// notPublic tells what in a question the published table does not hold.
func (c *Catalogue) notPublic(q Question) khue.Text {
	switch {
	case !q.AsOf.IsZero():
		return khue.Text{VI: "bảng công bố chỉ giữ điều biết hiện nay", EN: "the published table holds what is known now, not at an earlier moment"}
	case q.Top != nil || len(q.Derive) > 0:
		return khue.Text{VI: "xếp hạng và số tính thêm không có trong bảng công bố", EN: "rankings and derived figures are not in the published table"}
	case q.AreaView != "" && q.AreaView != AreasAsWere, q.Counting != "" && q.Counting != CountMain, len(q.Editions) > 0:
		return khue.Text{VI: "bảng công bố giữ địa bàn như khi xảy ra và lĩnh vực chính", EN: "the published table has areas as they were and main fields alone"}
	case !q.Scope.All:
		return khue.Text{VI: "câu hỏi giới hạn theo địa bàn của người hỏi", EN: "the question is limited to the caller's areas"}
	}
	seen := map[string]bool{}
	for _, name := range q.Measures {
		m, err := c.Measure(name)
		if err != nil || seen[name] {
			return khue.Text{VI: fmt.Sprintf("%q là chỉ tiêu tính ra, bảng công bố chỉ có chỉ số", name), EN: fmt.Sprintf("%q is worked out of measures, and the published table has measures alone", name)}
		}
		seen[name] = true
		for _, dim := range publicationDims {
			_, limited := q.Where[dim]
			if d, err := c.Dimension(dim); (limited || slices.Contains(q.By, dim)) && (err != nil || !slices.Contains(d.Datasets, m.Dataset)) {
				return khue.Text{VI: fmt.Sprintf("chỉ số %q không chia theo %s", name, dim), EN: fmt.Sprintf("measure %q has no %s", name, dim)}
			}
		}
	}
	grains := 0
	for _, dim := range q.By {
		if _, isGrain := publicPeriods[dim]; isGrain {
			grains++
		} else if !slices.Contains(publicationDims, dim) {
			return khue.Text{VI: fmt.Sprintf("bảng công bố không chia theo %s", dim), EN: fmt.Sprintf("the published table is not split by %s", dim)}
		}
	}
	if len(q.Measures) == 0 || grains > 1 {
		return khue.Text{VI: "câu hỏi chưa trọn", EN: "the question is not whole"}
	}
	return notPublicFilter(q)
}

// notPublicFilter tells what in the filters of a question the table does not hold.
func notPublicFilter(q Question) khue.Text {
	for dim, values := range q.Where {
		switch {
		case !slices.Contains(publicationDims, dim):
			return khue.Text{VI: fmt.Sprintf("bảng công bố không lọc theo %s", dim), EN: fmt.Sprintf("the published table is not filtered by %s", dim)}
		case len(values) == 0, len(values) > 1 && !slices.Contains(q.By, dim):
			return khue.Text{VI: fmt.Sprintf("tổng của nhiều giá trị %s không có trong bảng công bố", dim), EN: fmt.Sprintf("the sum of several values of %s is not in the published table", dim)}
		case dim == "area" && slices.Contains(values, khue.CityCode):
			return khue.Text{VI: "toàn thành phố là dòng tổng, không phải một địa bàn", EN: "the whole city is the total and not an area"}
		}
	}
	return khue.Text{}
}

func begins(day time.Time, g khue.Grain) bool {
	return day.IsZero() || khue.PeriodOf(day, g).Start().Equal(day)
}

// publicText writes the statement: a column of values and one of states for each
// measure, a row for each combination of the dimensions.
func publicText(q Question, filters []string) string {
	var keys, order []string
	for _, dim := range q.By {
		if _, isGrain := publicPeriods[dim]; isGrain {
			dim = "period"
			order = append(order, "min(starts_on)")
		} else {
			order = append(order, dim)
		}
		keys = append(keys, dim)
	}
	columns := slices.Clone(keys)
	for _, m := range q.Measures {
		is := "measure = " + quotedText(m)
		columns = append(columns, fmt.Sprintf("maxIf(value, %s) AS `%s`", is, m), fmt.Sprintf("if(countIf(%[1]s) = 0, 'O', anyIf(status, %[1]s)) AS `%[2]s_status`", is, m))
	}
	out := "SELECT " + strings.Join(columns, ",\n    ") + "\nFROM pub.figures\nWHERE " + strings.Join(filters, "\n    AND ")
	if len(keys) > 0 {
		out += "\nGROUP BY " + strings.Join(keys, ", ") + "\nORDER BY " + strings.Join(order, ", ")
	}
	return out
}

func quotedText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

func quotedList(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = quotedText(s)
	}
	return strings.Join(out, ", ")
}
