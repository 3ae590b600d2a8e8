package q2_test

import (
	"os"
	"os/exec"
	"strings"
)

// again runs this program once more, for one test. A program for another processor is run by the emulator that Q2_TEST_EXEC
// names, with its arguments.
func again(test string) *exec.Cmd {
	command := append(strings.Fields(os.Getenv("Q2_TEST_EXEC")), os.Args[0], "-test.run=^"+test+"$")
	return exec.Command(command[0], command[1:]...)
}
