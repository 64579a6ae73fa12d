// Package disclosure decides which cells of a table of sums may be shown
// without giving away what one contributor reported.
//
// A cell is withheld of itself (primary) when too few contributed to it or when
// one of them makes up too much of it. Then more cells are withheld (secondary)
// so that none of the first can be worked out from the totals, whatever cells of
// the table, inner ones and totals of every level, are shown together. The
// decision is made once for the whole table and so is the same in whatever part
// of it somebody looks at; every difference of shown cells is a difference of
// cells that were judged together.
//
// The package knows no database and no clock: the same facts give the same
// decision.
package disclosure
