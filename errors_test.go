package khue

import (
	"errors"
	"fmt"
	"testing"
)

func TestEveryFaultOfAChainIsToldInTheReadersLanguageWithWhatWasBeingDone(t *testing.T) {
	locked := Errorf(Invalid, "sổ tính có mật khẩu", "the workbook has a password")
	down := Errorf(Unavailable, "nguồn không trả lời", "the source does not answer").Because(errors.New("connection refused"))
	err := While(errors.Join(
		While(locked, "đọc %s", "reading %s", "a.xlsx"),
		fmt.Errorf("opening it: %w", down),
		errors.New("disk full"),
	), "kéo %s", "pulling %s", "attendance")
	for lang, want := range map[Lang]string{
		Vietnamese: "kéo attendance: đọc a.xlsx: sổ tính có mật khẩu\nnguồn không trả lời: connection refused\ndisk full",
		English:    "pulling attendance: reading a.xlsx: the workbook has a password\nthe source does not answer: connection refused\ndisk full",
	} {
		if got := ToldOf(err, lang); got != want {
			t.Errorf("in %s it is told as\n%s\nnot\n%s", lang, got, want)
		}
	}
	if got := CauseOf(err); got.VI != ToldOf(err, Vietnamese) || got.EN != err.Error() {
		t.Errorf("the log keeps %+v", got)
	}
	if KindOf(err) != Invalid || MessageOf(err) != locked.Message || !errors.Is(err, down) {
		t.Error("what was being done hides the kind, the message or a cause")
	}
}

func TestWhatNobodyWroteForReadersIsToldAsItIs(t *testing.T) {
	err := fmt.Errorf("saving: %w", errors.Join(errors.New("disk full"), errors.New("no inode left")))
	if got := ToldOf(err, Vietnamese); got != err.Error() {
		t.Errorf("told as %q", got)
	}
	if got := CauseOf(err); got.VI != "" || got.EN != err.Error() {
		t.Errorf("the log keeps %+v", got)
	}
	if CauseOf(nil) != (Text{}) || While(nil, "kéo", "pulling") != nil {
		t.Error("no error became one")
	}
}
