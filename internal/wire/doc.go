// Package wire is the JSON of the local API as CrowdSec speaks it: what requests are read into and answers written from.
package wire
