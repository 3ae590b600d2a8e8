package server_test

// runAsCommand is for the tests that need a process of their own.
func runAsCommand() {}
