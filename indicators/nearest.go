package indicators

import (
	"strconv"

	"khue"
	"khue/indicators/definitionfile"
)

// notFound says that a name is unknown and which known ones come near it.
func notFound(vi, en, name string, known []string) *khue.Error {
	hint := definitionfile.Suggestion(name, known)
	return &khue.Error{Kind: khue.NotFound, Message: khue.Text{
		VI: "không có " + vi + " “" + name + "”; " + hint.VI,
		EN: "there is no " + en + " “" + name + "”; " + hint.EN,
	}}
}

// trimmed writes a number for a message, without a needless ".0".
func trimmed(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
