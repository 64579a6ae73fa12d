// Package indicators gives numbers their meaning: measures, targets, programmes
// and published figures as data, and one way to ask for them.
package indicators
