//go:build !q2debug

package arena

const debug = false
