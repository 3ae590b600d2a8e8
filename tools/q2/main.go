// Command q2 turns hidden states into codes and keys, and checks and shows that it does. See `q2 --help`.
package main

import (
	"os"

	"github.com/q2kernel/q2/tools/q2/internal/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
