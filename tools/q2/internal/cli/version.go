package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/q2kernel/q2/native"
)

type versionCommand struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

func (*versionCommand) Help() string {
	return `Examples:

    q2 version
    q2 version --json`
}

type versionLine struct {
	Command  string `json:"command"`
	Revision string `json:"revision,omitempty"`
	Kernel   string `json:"kernel"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (c *versionCommand) Run(s *streams) error {
	v := versionLine{
		Command: moduleVersion(), Revision: buildSetting("vcs.revision"),
		Kernel: kernelVersion(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if c.JSON {
		return printJSON(s.out, v)
	}
	_, err := fmt.Fprintf(s.out, "q2 %s (%s, %s, %s)\n", v.Command, v.Kernel, v.Go, v.Platform)
	return err
}

// kernelVersion is the release of the libq2 that is compiled in.
func kernelVersion() string {
	if version := (native.Cgo{}).Version(); version != "" {
		return "libq2 " + version
	}
	return "plain Go"
}

// moduleVersion is the version that Go recorded in the program: a release, a pseudo-version, or (devel).
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// buildSetting is one of the settings that Go recorded in the program, empty if it isn't there.
func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range info.Settings {
		if setting.Key == key {
			return setting.Value
		}
	}
	return ""
}
