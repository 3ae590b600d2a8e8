//go:build !race

package q2_test

const raceEnabled = false
