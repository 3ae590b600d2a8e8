//go:build !unix

package cli

// onHangup does nothing: this system knows no SIGHUP.
func onHangup(func()) (stop func()) { return func() {} }
