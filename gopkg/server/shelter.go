package server

import (
	"fmt"
	"runtime/debug"
)

// sheltered makes an error of a panic in a goroutine that is not a request's own, where it would end the process.
func sheltered(do func() error) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	return do()
}
