package charts

// categories are the colours of things that have no order and no meaning of
// good or bad: kept apart in lightness as well as in hue, so that they can be told
// apart without seeing red or green, and in print.
var categories = []string{"#9b2c2c", "#d9a441", "#2f7a6b", "#2c4a7c", "#b9755f", "#7fa8c9"}

// Category is the colour of the nth thing, from 0; what lies beyond the palette
// is Others.
func Category(n int) string {
	if n < 0 || n >= len(categories) {
		return Others
	}
	return categories[n]
}

// Categories is how many things have a colour of their own.
const Categories = 6

// Others is the colour of all that is not shown by itself.
const Others = "#c9bfae"

// paperOn is the ink that reads on a colour of Category: white on the dark ones.
func paperOn(colour string) string {
	switch colour {
	case "#9b2c2c", "#2f7a6b", "#2c4a7c":
		return "#fffdf9"
	}
	return "#2b2926" // not Ink: it stays dark on a light colour in the dark too
}
