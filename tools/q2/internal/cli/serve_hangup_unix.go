//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// onHangup calls do at each SIGHUP, until the function that it returns is called.
func onHangup(do func()) (stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for range hangups {
			do()
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(hangups)
	}
}
