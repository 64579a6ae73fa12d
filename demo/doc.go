// Package demo is a simulated city: creative spaces, what they do, the events
// they hold and the people who come, from 2019 until now. It stands in for the
// source systems of a real city and is served the way those are: a REST registry,
// a SQL database and a folder of monthly workbooks. Nothing in it is real but the
// calendar and the administrative areas, and its names say so.
//
// Everything is a pure function of seed and scale. A record is a list of
// versions, each with the moment it became visible at its source; the state of a
// source at a moment is, of every record, the last version up to that moment.
// Every entity and day has a random stream of its own, so building until Tuesday
// and extending to Friday gives what building until Friday gives.
package demo
