package notes

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// Book reads and writes the notes of an observatory. It remembers those that
// stand until one changes, here or in another process. It is safe for use by
// several goroutines.
type Book struct {
	keeper Keeper
	now    func() time.Time

	mu       sync.Mutex
	mark     int64
	read     bool
	standing []Note
}

// NewBook makes a book; a nil clock is the real one.
func NewBook(keeper Keeper, now func() time.Time) *Book {
	if now == nil {
		now = time.Now
	}
	return &Book{keeper: keeper, now: now}
}

// Standing are the notes that stand now, the newest first, and a mark that is
// another whenever any of them has changed. Nobody may write into the notes.
type Standing struct {
	Notes []Note
	Mark  string
}

// Standing looks whether notes have changed and gives those that stand.
func (b *Book) Standing(ctx context.Context) (Standing, error) {
	mark, err := b.keeper.NotesMark(ctx)
	if err != nil {
		return Standing{}, err
	}
	b.mu.Lock()
	if b.read && b.mark == mark {
		defer b.mu.Unlock()
		return Standing{b.standing, strconv.FormatInt(mark, 10)}, nil
	}
	b.mu.Unlock()
	all, err := b.keeper.Notes(ctx, time.Time{})
	if err != nil {
		return Standing{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.read || mark > b.mark { // what was read after the mark may be newer, and is then read once more
		b.read, b.mark, b.standing = true, mark, all
	}
	return Standing{all, strconv.FormatInt(mark, 10)}, nil
}

// AsOf are the notes as they stood at a moment, the newest first.
func (b *Book) AsOf(ctx context.Context, at time.Time) ([]Note, error) {
	return b.keeper.Notes(ctx, at)
}

// Revisions is all that a note ever said, the newest first; NotFound when it never was.
func (b *Book) Revisions(ctx context.Context, id int64) ([]Note, error) {
	return b.keeper.NoteRevisions(ctx, id)
}

// Add keeps a new note.
func (b *Book) Add(ctx context.Context, n Note) (Note, error) {
	return b.keeper.AddNote(ctx, n, b.now())
}

// Change keeps a note's next revision; n names the revision that its writer saw.
func (b *Book) Change(ctx context.Context, n Note) (Note, error) {
	n.TakenDown = false
	return b.keeper.ReviseNote(ctx, n, b.now())
}

// TakeDown ends a note: it stands no more, and what it said is kept.
func (b *Book) TakeDown(ctx context.Context, n Note) (Note, error) {
	n.TakenDown = true
	return b.keeper.ReviseNote(ctx, n, b.now())
}
