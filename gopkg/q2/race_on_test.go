//go:build race

package q2_test

const raceEnabled = true
